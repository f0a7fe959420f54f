//! An emulator with many clients: the time until it is ready, the memory of a client, and the longest
//! wait of a small request while others sort, filter and insert.
//!
//! `cargo bench -p partner-hub --bench many_clients -- 1000000` prints a table. The memory is from
//! `/proc`, and 0 on systems without it.

#![allow(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use partner_hub::{Fault, Hub};
use tokio::runtime::Runtime;

const INSERTED: u32 = 100_000;
const SORTS: &[&str] = &[
    "id",
    "name",
    "status",
    "meta_info.business_vertical",
    "meta_info.timezone",
    "meta_info.about",
    "meta_info.use_case",
    "contact_info.webpage_url",
    "contact_info.email",
    "contact_info.phone",
    "contact_info.country",
    "contact_info.street_name",
    "contact_info.city",
    "contact_info.zip_code",
    "created_at",
    "modified_at",
];

fn main() {
    // `cargo test --benches` also runs this program.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let count = std::env::args().find_map(|argument| argument.parse().ok());
    let count: u32 = count.unwrap_or(1_000_000);
    let runtime = Runtime::new().expect("a runtime");
    let (before, start) = (memory(), Instant::now());
    let builder = Hub::builder().clients(count).seed(7).recorded_requests(0);
    let hub = runtime.block_on(builder.start()).expect("a hub");
    let ready = start.elapsed();
    println!(
        "{count} clients, ready in {:.2} s ({:.2} s of processor time)",
        ready.as_secs_f64(),
        cpu().as_secs_f64()
    );
    let per_client = || memory().saturating_sub(before) / u64::from(count);
    println!("{} bytes each", per_client());
    println!();
    println!(
        "{:<38} {:>9} {:>9} {:>13} {:>10}",
        "while others", "took", "processor", "longest wait", "requests"
    );

    let get = |path: &str| Connection::open(&hub).get(path);
    watch(&hub, "do nothing", || thread::sleep(Duration::from_secs(1)));
    watch(&hub, "sort for the first time", || {
        get("/clients?limit=100&sort=-created_at");
    });
    watch(&hub, "filter for the first time", || {
        get("/clients?limit=100&filters={%22status%22:%22active%22}&sort=-created_at");
    });
    watch(&hub, "filter by another value", || {
        get("/clients?limit=100&filters={%22status%22:%22pending%22}&sort=-created_at");
    });
    watch(&hub, "sort by 32 more orders, 4 at a time", || {
        thread::scope(|scope| {
            for part in SORTS.chunks(SORTS.len() / 4) {
                scope.spawn(move || {
                    for sort in part {
                        get(&format!("/clients?limit=100&sort={sort}"));
                        get(&format!("/clients?limit=100&sort=-{sort}"));
                    }
                });
            }
        });
    });
    let insert = Fault::insert_clients(INSERTED).on("list_clients").nth(1);
    hub.fault(insert).expect("a fault");
    watch(&hub, "insert 100,000", || get("/clients?limit=1"));
    let remove = Fault::remove_clients(INSERTED).on("list_clients").nth(1);
    hub.fault(remove).expect("a fault");
    watch(&hub, "remove 100,000", || get("/clients?limit=1"));
    watch(&hub, "sort again", || {
        get("/clients?limit=100&sort=-created_at");
    });
    watch(&hub, "read all pages", || {
        let mut connection = Connection::open(&hub);
        for offset in (0..count).step_by(100) {
            connection.get(&format!("/clients?limit=100&offset={offset}"));
        }
    });
    println!();
    println!("{} bytes each at the end", per_client());
}

/// Sends small requests while `work` runs, and prints the longest time that one of them took.
fn watch(hub: &Hub, what: &str, work: impl FnOnce() + Send) {
    let done = AtomicBool::new(false);
    let mut connection = Connection::open(hub);
    let before = cpu();
    let (took, waits) = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut waits = Vec::new();
            while !done.load(Ordering::Acquire) {
                let start = Instant::now();
                connection.get("");
                waits.push(start.elapsed());
                thread::sleep(Duration::from_micros(500));
            }
            waits
        });
        let start = Instant::now();
        work();
        let took = start.elapsed();
        done.store(true, Ordering::Release);
        (took, watcher.join().expect("the waits"))
    });
    println!(
        "{what:<38} {:>6.0} ms {:>6.0} ms {:>10.1} ms {:>10}",
        took.as_secs_f64() * 1e3,
        (cpu() - before).as_secs_f64() * 1e3,
        waits
            .iter()
            .max()
            .map_or(0.0, |wait| wait.as_secs_f64() * 1e3),
        waits.len(),
    );
}

/// A connection that is kept open.
struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
    key: String,
}

impl Connection {
    fn open(hub: &Hub) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", hub.port())).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream: BufReader::new(stream),
            head: format!("GET /api/v2/partners/{}", hub.partner_id()),
            key: hub.api_key().to_owned(),
        }
    }

    /// Reads a path under that of the partner.
    fn get(&mut self, path: &str) {
        let request = format!(
            "{}{path} HTTP/1.1\r\nhost: hub\r\nx-api-key: {}\r\n\r\n",
            self.head, self.key
        );
        let sent = self.stream.get_mut().write_all(request.as_bytes());
        sent.expect("a request");
        let mut length = 0;
        for nth in 0.. {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a header");
            assert!(nth > 0 || line.contains(" 200 "), "{path}: {line}");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        self.stream
            .read_exact(&mut vec![0; length])
            .expect("a body");
    }
}

/// The processor time of this process.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // In hundredths of a second, in user and in kernel mode.
    let times = stat.split_whitespace().skip(13).take(2);
    let times = times.filter_map(|time| time.parse::<u64>().ok());
    Duration::from_millis(times.sum::<u64>() * 10)
}

/// The resident memory of this process in bytes.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
