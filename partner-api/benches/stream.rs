//! The cost of reading a whole list compared with a loop over offsets written by hand, with reqwest
//! and `serde_json` for the same types.
//!
//! `cargo bench -p partner-api --bench stream` prints ratios: CPU time, wall time with latency and
//! prefetched pages, and peak memory. The emulator and each reader run in their own processes.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot continue should stop"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use partner_api::prelude::*;
use partner_api::reqwest;
use partner_hub::{Fault, Hub};
use tokio::runtime::{Builder, Runtime};

const PAGE: u32 = 100;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", clients, latency] => serve(number(clients), number(latency).into()),
        ["read", concurrency, url, key, partner] => read(number(concurrency), url, key, partner),
        _ => compare(),
    }
}

fn compare() {
    println!("{:44}{:>8}", "ours / by hand", "");
    let hub = Served::new(100_000, 0);
    let (ours, by_hand) = hub.cheapest(2);
    println!(
        "{:44}{:>8.3}",
        "100,000 clients: CPU",
        ours.cpu / by_hand.cpu
    );
    println!(
        "{:44}{:>8.3}",
        "100,000 clients: time",
        ours.time / by_hand.time
    );
    drop(hub);

    let hub = Served::new(10_000, 50);
    let by_hand = hub.read(0);
    for concurrency in [1, 2, 8] {
        let ours = hub.read(concurrency);
        let what = format!("10,000 clients, 50 ms, {concurrency} concurrent: time");
        let times = by_hand.time / ours.time;
        println!("{what:44}{:>8.3}  ({times:.1} times as fast)", 1.0 / times);
    }
    drop(hub);

    println!(
        "\n{:44}{:>8}{:>10}{:>10}",
        "peak memory", "ratio", "more", "fewer"
    );
    let [fewer, more] = [10_000, 1_000_000].map(|clients| {
        let hub = Served::new(clients, 0);
        hub.read(2).peak
    });
    println!(
        "{:44}{:>8.3}{:>7.1} MB{:>7.1} MB",
        "1,000,000 clients / 10,000 clients",
        more / fewer,
        more / 1e6,
        fewer / 1e6
    );
}

/// The cost of reading a whole list.
#[derive(Clone, Copy)]
struct Cost {
    time: f64,
    cpu: f64,
    peak: f64,
}

/// An emulator in its own process.
struct Served {
    child: Child,
    address: Vec<String>,
}

impl Served {
    fn new(clients: u32, latency: u32) -> Self {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .args(["serve", &clients.to_string(), &latency.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("its address");
        let address: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let served = Self { child, address };
        // The first read generates data that the emulator keeps.
        served.read(1);
        served
    }

    /// Reads the list in its own process; by hand if the concurrency is 0.
    fn read(&self, concurrency: u32) -> Cost {
        let output = Command::new(env::current_exe().expect("this program"))
            .args(["read", &concurrency.to_string()])
            .args(&self.address)
            .output()
            .expect("a reader");
        assert!(output.status.success(), "{output:?}");
        let output = String::from_utf8(output.stdout).expect("UTF-8");
        let mut numbers = output
            .split_whitespace()
            .map(|word| word.parse().expect("a number"));
        let mut next = || numbers.next().expect("a number");
        Cost {
            time: next(),
            cpu: next(),
            peak: next(),
        }
    }

    /// The lowest costs of several rounds, by this crate and by hand in turn.
    fn cheapest(&self, concurrency: u32) -> (Cost, Cost) {
        let rounds: Vec<_> = (0..7)
            .map(|_| (self.read(concurrency), self.read(0)))
            .collect();
        let least = |costs: Vec<Cost>| {
            let of = |cost: fn(&Cost) -> f64| costs.iter().map(cost).fold(f64::INFINITY, f64::min);
            Cost {
                time: of(|it| it.time),
                cpu: of(|it| it.cpu),
                peak: of(|it| it.peak),
            }
        };
        let (ours, by_hand) = rounds.into_iter().unzip();
        (least(ours), least(by_hand))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(concurrency: u32, url: &str, key: &str, partner: &str) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (start, busy) = (Instant::now(), cpu());
    let count = match concurrency {
        0 => by_hand(&runtime, url, key, partner),
        _ => ours(&runtime, url, key, partner, concurrency as usize),
    };
    assert!(count >= 10_000, "{count}");
    let (time, cpu) = (start.elapsed().as_secs_f64(), cpu() - busy);
    println!("{time} {cpu} {}", peak());
}

fn ours(runtime: &Runtime, url: &str, key: &str, partner: &str, concurrency: usize) -> usize {
    let client = Client::with_api_key(key)
        .base_url(url)
        .build()
        .expect("a client");
    runtime.block_on(async {
        let list = client
            .list_clients()
            .partner_id(partner)
            .limit(PAGE)
            .sort("id");
        let mut clients = list.stream().concurrency(concurrency);
        let (mut count, mut letters) = (0, 0);
        while let Some(account) = clients.try_next().await.expect("a client") {
            count += 1;
            letters += account.name.as_deref().map_or(0, str::len);
        }
        assert!(letters > 0);
        count
    })
}

fn by_hand(runtime: &Runtime, url: &str, key: &str, partner: &str) -> usize {
    #[cfg(feature = "rustls")]
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    runtime.block_on(async {
        let (mut count, mut letters) = (0, 0);
        loop {
            let request = client
                .get(format!("{url}/api/v2/partners/{partner}/clients"))
                .query(&[("limit", PAGE), ("offset", count)])
                .query(&[("sort", "id")])
                .header("X-API-Key", key);
            let response = request
                .send()
                .await
                .and_then(reqwest::Response::error_for_status);
            let body = response.expect("a response").bytes().await.expect("a body");
            let page: types::ClientList = serde_json::from_slice(&body).expect("a page");
            for account in page.clients {
                count += 1;
                letters += account.name.as_deref().map_or(0, str::len);
            }
            if i64::from(count) >= page.total.expect("a total") {
                break;
            }
        }
        assert!(letters > 0);
        count as usize
    })
}

/// The CPU seconds of this thread, which is the only one.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or(f64::NAN) / 1e9
}

/// The most memory that this process had, in bytes.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or(f64::NAN) * 1024.0
}

fn serve(clients: u32, latency: u64) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let hub = Hub::builder()
        .clients(clients)
        .anomaly_rate(0.0)
        .recorded_requests(0);
    let hub = runtime.block_on(hub.start()).expect("a hub");
    if latency > 0 {
        let late = Fault::Latency {
            ms: latency,
            jitter_ms: 0,
        };
        hub.fault(late).expect("a fault");
    }
    println!("{} {} {}", hub.url(), hub.api_key(), hub.partner_id());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn number(digits: &str) -> u32 {
    digits.parse().expect("a number")
}
