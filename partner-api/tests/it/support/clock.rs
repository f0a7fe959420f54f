//! Tokio's paused clock with real sockets, and a server that records when each request arrived.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::raw_server::{Server, Then};

/// The paused clock, which would otherwise advance whenever the runtime waits for a socket.
///
/// It advances in [`run`](Self::run) only. For a runtime of one thread, with `start_paused`.
pub struct Clock {
    start: Instant,
    /// Tokio does not advance the clock while a blocking task runs.
    _release: mpsc::Sender<()>,
}

impl Clock {
    pub fn stop() -> Self {
        let (release, released) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || released.recv());
        Self {
            start: Instant::now(),
            _release: release,
        }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Runs a future that needs no time: the clock does not advance.
    pub async fn hold<T>(&self, future: impl Future<Output = T>) -> T {
        let (late, is_late) = oneshot::channel();
        // Real time, because the paused clock cannot end a future that waits for it.
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(5));
            let _ = late.send(());
        });
        tokio::select! {
            biased;
            output = future => output,
            _ = is_late => panic!("it waits for the clock"),
        }
    }

    /// Runs a future while the clock advances by `step` whenever the sockets are quiet.
    pub async fn run<T>(&self, step: Duration, future: impl Future<Output = T>) -> T {
        let ticks = async {
            loop {
                settle().await;
                tokio::time::advance(step).await;
            }
        };
        tokio::select! {
            biased;
            output = future => output,
            () = ticks => unreachable!(),
        }
    }
}

/// Runs everything that needs no time: the runtime polls its sockets each time a task yields.
pub async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// The time of each request since the start, and its request line.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Vec<(Duration, String)>>>);

impl Record {
    /// The times of the requests whose line contains this.
    pub fn times(&self, part: &str) -> Vec<Duration> {
        let requests = self.0.lock().unwrap();
        let requests = requests.iter().filter(|(_, line)| line.contains(part));
        requests.map(|(at, _)| *at).collect()
    }

    /// The largest number of requests within a period whose line contains this.
    pub fn most_within(&self, period: Duration, part: &str) -> usize {
        let mut times = self.times(part);
        times.sort_unstable();
        let within = |from: &Duration| {
            let until = *from + period;
            times
                .iter()
                .filter(|at| (*from..until).contains(*at))
                .count()
        };
        times.iter().map(within).max().unwrap_or(0)
    }
}

/// A server that records requests. `respond` gets the head of a request and the number of earlier
/// requests with the same line; it returns a status line with further headers, and a body.
pub async fn recorded(
    respond: impl Fn(&str, usize) -> (String, String) + Send + Sync + 'static,
) -> (Server, Record) {
    let record = Record::default();
    let (requests, start) = (record.clone(), Instant::now());
    let server = Server::responding(
        move |head| {
            let line = head.lines().next().unwrap().to_owned();
            let mut requests = requests.0.lock().unwrap();
            let before = requests.iter().filter(|(_, other)| *other == line).count();
            requests.push((start.elapsed(), line));
            let (status, body) = respond(head, before);
            let head = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            vec![head.into_bytes(), body.into_bytes()]
        },
        Then::Close,
    )
    .await;
    (server, record)
}

/// A successful response to the operation of a request line.
pub fn fitting(line: &str) -> (String, String) {
    let path = line.split([' ', '?']).nth(1).unwrap_or_default();
    let body = match path.rsplit('/').next().unwrap_or_default() {
        "token" => r#"{"access_token": "first", "expires_in": 3600}"#,
        "clients" => r#"{"clients": [], "total": 0}"#,
        "selective_partner_change_requests" => r#"{"partner_change_requests": [], "total": 0}"#,
        "shared_client_numbers" => "[]",
        _ => r#"{"id": "Kq3vTzPA"}"#,
    };
    ("200 OK".to_owned(), body.to_owned())
}
