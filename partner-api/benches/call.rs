//! The cost of a call compared with one written by hand with reqwest and `serde_json` for the same
//! types.
//!
//! `cargo bench -p partner-api --bench call` prints ratios: wall time, CPU time of the calling
//! thread, allocations, and instructions if `valgrind` is installed. The servers run in their own
//! process: the emulator, and a server that sends fixed responses.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot continue should stop"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use partner_api::prelude::*;
use partner_api::reqwest;
use partner_hub::Hub;
use tokio::runtime::{Builder, Runtime};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => serve(),
        ["run", side, call, url, key, partner, count] => {
            let target = Target {
                name: "",
                url: url.to_owned(),
                key: key.to_owned(),
                partner: partner.to_owned(),
            };
            let bench = Bench::new(&target);
            let count: usize = count.parse().expect("a number");
            bench.run(side == "ours", call == "page", count);
        }
        _ => compare(),
    }
}

/// A server, with a key and a partner.
struct Target {
    name: &'static str,
    url: String,
    key: String,
    partner: String,
}

/// The same calls, by this crate and by hand.
struct Bench {
    runtime: Runtime,
    ours: Client,
    by_hand: reqwest::Client,
    target: (String, String, String),
}

impl Bench {
    fn new(target: &Target) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        #[cfg(feature = "rustls")]
        drop(rustls::crypto::ring::default_provider().install_default());
        Self {
            runtime,
            ours: Client::with_api_key(target.key.as_str())
                .base_url(&target.url)
                .build()
                .expect("a client"),
            by_hand: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            target: (
                target.url.clone(),
                target.key.clone(),
                target.partner.clone(),
            ),
        }
    }

    fn run(&self, ours: bool, page: bool, count: usize) {
        self.runtime.block_on(async {
            for _ in 0..count {
                self.one(ours, page).await;
            }
        });
    }

    fn run_concurrently(&self, ours: bool, count: usize) {
        let calls = (0..count).map(|_| self.one(ours, false));
        self.runtime.block_on(futures_util::future::join_all(calls));
    }

    async fn one(&self, ours: bool, page: bool) {
        match (ours, page) {
            (true, false) => self.partner().await,
            (true, true) => self.page().await,
            (false, false) => self.partner_by_hand().await,
            (false, true) => self.page_by_hand().await,
        }
    }

    async fn partner(&self) {
        let call = self.ours.get_partner().partner_id(&self.target.2);
        let partner = call.send().await.expect("a partner").into_inner();
        assert!(partner.id.is_some());
    }

    async fn page(&self) {
        let call = self.ours.list_clients().partner_id(&self.target.2);
        let page = call.limit(100).send().await.expect("a page").into_inner();
        assert_eq!(page.clients.len(), 100);
    }

    async fn partner_by_hand(&self) {
        let (url, key, partner) = &self.target;
        let request = self.by_hand.get(format!("{url}/api/v2/partners/{partner}"));
        let response = request.header("X-API-Key", key).send().await;
        let response = response.and_then(reqwest::Response::error_for_status);
        let body = response.expect("a response").bytes().await.expect("a body");
        let partner: types::Partner = serde_json::from_slice(&body).expect("a partner");
        assert!(partner.id.is_some());
    }

    async fn page_by_hand(&self) {
        let (url, key, partner) = &self.target;
        let request = self
            .by_hand
            .get(format!("{url}/api/v2/partners/{partner}/clients"))
            .query(&[("limit", "100")]);
        let response = request.header("X-API-Key", key).send().await;
        let response = response.and_then(reqwest::Response::error_for_status);
        let body = response.expect("a response").bytes().await.expect("a body");
        let page: types::ClientList = serde_json::from_slice(&body).expect("a page");
        assert_eq!(page.clients.len(), 100);
    }
}

fn compare() {
    let (mut servers, targets) = start();
    println!(
        "{:34}{:>8}{:>8}{:>8}{:>13}   us by hand",
        "ours / by hand", "time", "CPU", "allocs", "instructions"
    );
    for target in &targets {
        let bench = Bench::new(target);
        for (call, page, count) in [("partner", false, 2000), ("page", true, 300)] {
            let [time, cpu] = ratios(|ours| bench.run(ours, page, count));
            let allocations = |ours| {
                let counted = allocation_counter::measure(|| bench.run(ours, page, 100));
                ratio_of(counted.count_total)
            };
            let allocated = allocations(true) / allocations(false);
            let executed = [true, false].map(|ours| instructions(target, ours, call));
            let executed = match executed {
                [Some(ours), Some(by_hand)] => format!("{:.3}", ours / by_hand),
                _ => "no valgrind".to_owned(),
            };
            println!(
                "{:34}{:>8.3}{:>8.3}{:>8.3}{executed:>13}   {:.0}",
                format!("{}, {call}", target.name),
                time.ratio,
                cpu.ratio,
                allocated,
                time.by_hand.as_secs_f64() * 1e6 / count as f64,
            );
        }
        let [time, cpu] = ratios(|ours| bench.run_concurrently(ours, 1000));
        println!(
            "{:34}{:>8.3}{:>8.3}{:>8}{:>13}   {:.0}",
            format!("{}, 1,000 concurrent partners", target.name),
            time.ratio,
            cpu.ratio,
            "",
            "",
            time.by_hand.as_secs_f64() * 1e6 / 1000.0,
        );
    }
    servers.kill().expect("the servers stop");
    servers.wait().expect("the servers stop");
}

fn ratio_of(count: u64) -> f64 {
    count as f64
}

struct Measured {
    ratio: f64,
    by_hand: Duration,
}

/// Wall time and CPU time: the medians of many rounds, by this crate and by hand in turn.
fn ratios(run: impl Fn(bool)) -> [Measured; 2] {
    let mut rounds: [[Vec<Duration>; 2]; 2] = Default::default();
    for round in 0..31 {
        // Each side is first in every other round.
        for ours in [round % 2 == 0, round % 2 == 1] {
            let (start, busy) = (Instant::now(), cpu());
            run(ours);
            rounds[0][usize::from(ours)].push(start.elapsed());
            rounds[1][usize::from(ours)].push(cpu().saturating_sub(busy));
        }
    }
    rounds.map(|[by_hand, ours]| {
        let (by_hand, ours) = (median(by_hand), median(ours));
        Measured {
            ratio: ours.as_secs_f64() / by_hand.as_secs_f64(),
            by_hand,
        }
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The CPU time of this thread; zero if the system does not report it.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or(Duration::ZERO, Duration::from_nanos)
}

/// Instructions of one call: the difference between many and few calls, which excludes the start.
fn instructions(target: &Target, ours: bool, call: &str) -> Option<f64> {
    let executed = |count: u32| -> Option<f64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(env::current_exe().ok()?)
            .args(["run", if ours { "ours" } else { "by hand" }, call])
            .args([&target.url, &target.key, &target.partner])
            .arg(count.to_string())
            .output()
            .ok()?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = report
            .lines()
            .find_map(|line| line.split("Collected : ").nth(1))?;
        collected.trim().parse().ok()
    };
    Some((executed(150)? - executed(50)?) / 100.0)
}

/// Starts the servers in their own process.
fn start() -> (Child, Vec<Target>) {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the servers start");
    let mut line = String::new();
    let output = child.stdout.take().expect("its output");
    BufReader::new(output)
        .read_line(&mut line)
        .expect("its addresses");
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut word = || words.next().expect("an address");
    let (hub, fixed, key, partner) = (word(), word(), word(), word());
    let targets = [("the emulator", hub), ("fixed responses", fixed)].map(|(name, url)| Target {
        name,
        url,
        key: key.clone(),
        partner: partner.clone(),
    });
    (child, targets.into())
}

/// Runs the servers until standard input ends, which is when the other process ends.
fn serve() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let hub = Hub::builder()
        .clients(1000)
        .anomaly_rate(0.0)
        .recorded_requests(0);
    let hub = runtime.block_on(hub.start()).expect("a hub");
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .build()
        .expect("a client");
    let (partner, page) = runtime.block_on(async {
        let partner = client.get_partner().partner_id(hub.partner_id()).send();
        let page = client
            .list_clients()
            .partner_id(hub.partner_id())
            .limit(100);
        let (partner, page) = (partner.await, page.send().await);
        (
            serde_json::to_string(&*partner.expect("a partner")).expect("JSON"),
            serde_json::to_string(&*page.expect("a page")).expect("JSON"),
        )
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    println!(
        "{} http://{address} {} {}",
        hub.url(),
        hub.api_key(),
        hub.partner_id()
    );
    let response = |body: String| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
        format!("{head} {}\r\n\r\n{body}", body.len())
    };
    let (partner, page): (&str, &str) = (response(partner).leak(), response(page).leak());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || send_fixed_responses(connection, partner, page));
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn send_fixed_responses(mut connection: TcpStream, partner: &str, page: &str) -> Option<()> {
    connection.set_nodelay(true).ok()?;
    let (mut buffer, mut length) = ([0; 8192], 0);
    loop {
        let read = connection.read(buffer.get_mut(length..)?).ok()?;
        if read == 0 {
            return None;
        }
        length += read;
        let request = buffer.get(..length)?;
        if request.ends_with(b"\r\n\r\n") {
            let is_page = request.windows(8).any(|part| part == b"/clients");
            let response = if is_page { page } else { partner };
            connection.write_all(response.as_bytes()).ok()?;
            length = 0;
        }
    }
}
