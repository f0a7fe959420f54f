//! A local docs site, which can misbehave.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;

/// The site, which listens until the end of the test.
pub struct Site {
    address: String,
    state: Arc<Mutex<State>>,
}

/// The response of the site for a path.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// How many bytes of the announced body are not sent.
    kept_back: usize,
    endless: bool,
}

#[derive(Default)]
struct State {
    /// The replies by path; the last one is repeated.
    replies: BTreeMap<String, Vec<Reply>>,
    /// The requests with the status of their responses.
    seen: Vec<(String, u16)>,
}

/// A page with an `ETag`.
pub fn page(text: impl AsRef<[u8]>) -> Reply {
    let body = text.as_ref().to_vec();
    let length = body.len();
    let sum = body.iter().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add((*byte).into())
    });
    status(200)
        .with("content-type", "text/markdown; charset=utf-8")
        .with("etag", &format!("\"{length}-{sum}\""))
        .body(body)
}

/// A response without a body.
pub fn status(status: u16) -> Reply {
    let (headers, body, kept_back, endless) = (Vec::new(), Vec::new(), 0, false);
    Reply {
        status,
        headers,
        body,
        kept_back,
        endless,
    }
}

impl Reply {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn with_etag(mut self, etag: &str) -> Self {
        self.headers.retain(|(name, _)| name != "etag");
        self.with("etag", &format!("\"{etag}\""))
    }

    /// The end of the body is announced but never sent.
    pub fn cut_off(mut self) -> Self {
        self.kept_back = self.body.len() / 3;
        self
    }

    /// The body is repeated until the client hangs up or has 256 MiB.
    pub fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    /// The body is compressed.
    pub fn gzip(mut self) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&self.body).unwrap();
        self.body = gzip.finish().unwrap();
        self.with("content-encoding", "gzip")
    }

    fn etag(&self) -> Option<&str> {
        self.headers
            .iter()
            .find(|(name, _)| name == "etag")
            .map(|(_, value)| value.as_str())
    }
}

impl Site {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { address, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Sets the reply for a path.
    pub fn put(&self, path: &str, reply: Reply) {
        self.turns(path, [reply]);
    }

    /// Sets the replies for a path, in this order.
    pub fn turns(&self, path: &str, replies: impl Into<Vec<Reply>>) {
        lock(&self.state)
            .replies
            .insert(path.into(), replies.into());
    }

    /// The requests since the last call, sorted, with the status of their responses.
    pub fn seen(&self) -> Vec<(String, u16)> {
        let mut seen = std::mem::take(&mut lock(&self.state).seen);
        seen.sort();
        seen
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap_or_default();
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    // A request to a proxy has the absolute URL.
    let path = match target.split_once("://") {
        Some((_, rest)) => rest[rest.find('/').unwrap_or_default()..].to_owned(),
        None => target.clone(),
    };
    let mut known = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() <= 2 {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("if-none-match")
        {
            known = Some(value.trim().to_owned());
        }
    }
    let mut reply = {
        let mut state = lock(state);
        match state.replies.get_mut(&path) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
            None => status(404),
        }
    };
    if known.is_some() && reply.etag() == known.as_deref() {
        reply = status(304);
    }
    lock(state).seen.push((target, reply.status));
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    if reply.status != 304 && !reply.endless {
        write!(head, "content-length: {}\r\n", reply.body.len()).unwrap();
    }
    let sent = &reply.body[..reply.body.len() - reply.kept_back];
    // The client may hang up early.
    let mut hung_up = (&stream).write_all(&[head.as_bytes(), b"\r\n", sent].concat());
    let mut left = if reply.endless { 256 << 20 } else { 0 };
    while hung_up.is_ok() && left > 0 {
        hung_up = (&stream).write_all(sent);
        left -= sent.len().min(left);
    }
}
