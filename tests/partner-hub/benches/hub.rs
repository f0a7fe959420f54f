//! The cost of the emulator, which is part of each benchmark of a client.
//!
//! `cargo bench -p partner-hub` prints a table. The emulator and the client each run on a thread of
//! their own. Their CPU times are from `/proc`, and omitted on systems without it.

#![allow(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::fs;
use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use partner_api::prelude::*;
use partner_hub::Hub;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

const CLIENTS: u32 = 100_000;
const PAGE: u32 = 100;

/// The CPU time of the current thread.
fn cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ')
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

/// An emulator on a thread of its own.
struct Served {
    url: String,
    key: String,
    partner: String,
    ids: Vec<String>,
    started_in: Duration,
    runtime: Handle,
    _stop: oneshot::Sender<()>,
}

fn serve() -> Served {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let handle = runtime.handle().clone();
        runtime.block_on(async move {
            let start = Instant::now();
            let hub = Hub::builder()
                .clients(CLIENTS)
                .seed(7)
                .recorded_requests(0)
                .start()
                .await
                .expect("a hub");
            let started_in = start.elapsed();
            let (stop, stopped) = oneshot::channel();
            let served = Served {
                url: hub.url().to_owned(),
                key: hub.api_key().to_owned(),
                partner: hub.partner_id().to_owned(),
                ids: hub.client_ids(hub.partner_id()),
                started_in,
                runtime: handle,
                _stop: stop,
            };
            if send.send(served).is_ok() {
                let _ = stopped.await;
            }
        });
    });
    receive.recv().expect("the hub starts")
}

impl Served {
    /// The CPU time of the emulator's thread.
    async fn cpu(&self) -> Option<Duration> {
        self.runtime.spawn(async { cpu() }).await.ok().flatten()
    }
}

struct Row {
    what: String,
    requests: u32,
    took: Duration,
    hub: Option<Duration>,
    client: Option<Duration>,
}

impl Row {
    fn print(&self) {
        let each = |time: Option<Duration>| {
            time.map_or("-".to_owned(), |time| {
                format!("{:.0}", time.as_secs_f64() * 1e6 / f64::from(self.requests))
            })
        };
        println!(
            "{:<58} {:>8} {:>9.0} {:>9} {:>9} {:>9}",
            self.what,
            self.requests,
            f64::from(self.requests) / self.took.as_secs_f64(),
            each(Some(self.took)),
            each(self.hub),
            each(self.client),
        );
    }
}

async fn measure(
    served: &Served,
    what: &str,
    requests: u32,
    mut call: impl AsyncFnMut(u32),
) -> Row {
    let (hub, client, start) = (served.cpu().await, cpu(), Instant::now());
    for nth in 0..requests {
        call(nth).await;
    }
    let took = start.elapsed();
    let since = |now: Option<Duration>, then: Option<Duration>| now?.checked_sub(then?);
    let row = Row {
        what: what.to_owned(),
        requests,
        took,
        client: since(cpu(), client),
        hub: since(served.cpu().await, hub),
    };
    row.print();
    row
}

fn main() {
    // `cargo test --benches` also runs this program.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let served = serve();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(bench(&served));
}

async fn bench(served: &Served) {
    let api = Client::with_api_key(served.key.as_str())
        .base_url(served.url.as_str())
        .build()
        .expect("a client");
    println!(
        "{CLIENTS} clients started in {:.0} ms",
        served.started_in.as_secs_f64() * 1e3
    );
    println!();
    println!(
        "{:<58} {:>8} {:>9} {:>9} {:>9} {:>9}",
        "", "requests", "a second", "us each", "us hub", "us client"
    );
    let first = measure_all(served, &api).await;
    let sorted = measure_sorted(served, &api).await;
    let changed = measure_changed(served, &api).await;
    measure(served, "a partner", 2_000, async |_| {
        let call = api.get_partner().partner_id(&served.partner);
        black_box(call.send().await.expect("a partner"));
    })
    .await;

    let serialising = serialising(served, &api).await;
    println!();
    println!(
        "serialising a page of {PAGE}: {:.0} us",
        serialising.as_secs_f64() * 1e6
    );
    println!(
        "start / reading all once: {:.2}",
        served.started_in.as_secs_f64() / first.took.as_secs_f64()
    );
    for (what, row) in [("a page", &sorted), ("a page after a change", &changed)] {
        if let Some(hub) = row.hub {
            let ratio = hub.as_secs_f64() / f64::from(row.requests) / serialising.as_secs_f64();
            println!("hub's CPU for {what} / serialising it: {ratio:.1}");
        }
        if let (Some(hub), Some(client)) = (row.hub, row.client) {
            println!(
                "hub's CPU for {what} / client's: {:.2}",
                hub.as_secs_f64() / client.as_secs_f64()
            );
        }
    }
}

/// A page of the clients, all of them or the active ones by their time of creation.
async fn page(api: &Client, served: &Served, offset: u32, list: List) -> types::ClientList {
    let mut call = api
        .list_clients()
        .partner_id(&served.partner)
        .limit(PAGE)
        .offset(offset);
    if list != List::All {
        call = call.sort("-created_at");
    }
    if list == List::SortedActive {
        call = call.filters(types::ClientFilters {
            status: Some("active".into()),
            ..Default::default()
        });
    }
    call.send().await.expect("a page").into_inner()
}

#[derive(Clone, Copy, PartialEq)]
enum List {
    All,
    Sorted,
    SortedActive,
}

async fn measure_all(served: &Served, api: &Client) -> Row {
    let pages = CLIENTS / PAGE;
    let all = async |nth| {
        black_box(page(api, served, nth * PAGE, List::All).await);
    };
    let first = measure(served, "all pages, for the first time", pages, all).await;
    measure(served, "all pages once more", pages, all).await;
    first
}

async fn measure_sorted(served: &Served, api: &Client) -> Row {
    for (what, list) in [
        (
            "the first page by -created_at (sorts 100,000)",
            List::Sorted,
        ),
        (
            "the first page of the active (a new list)",
            List::SortedActive,
        ),
    ] {
        measure(served, what, 1, async |_| {
            black_box(page(api, served, 0, list).await);
        })
        .await;
    }
    let what = "pages by -created_at of the active";
    measure(served, what, 500, async |nth| {
        black_box(page(api, served, nth * PAGE, List::SortedActive).await);
    })
    .await
}

async fn measure_changed(served: &Served, api: &Client) -> Row {
    let what = "the same, and a client changed before each";
    measure(served, what, 300, async |nth| {
        let id = served.ids.get(nth as usize).expect("an id");
        let update = types::ClientUpdate {
            max_channels: Some(nth.into()),
            ..Default::default()
        };
        let call = api.update_client().partner_id(&served.partner);
        let call = call.client_id(id).body(update);
        call.send().await.expect("an update");
        black_box(page(api, served, nth * PAGE, List::SortedActive).await);
    })
    .await
}

/// How long the serialisation of a page takes.
async fn serialising(served: &Served, api: &Client) -> Duration {
    let page = page(api, served, 5_000, List::SortedActive).await;
    let start = Instant::now();
    for _ in 0..1_000 {
        black_box(serde_json::to_vec(black_box(&page)).expect("JSON"));
    }
    start.elapsed() / 1_000
}
