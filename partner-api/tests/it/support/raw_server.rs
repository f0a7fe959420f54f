//! A server that sends any bytes, whether they are HTTP or not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What follows the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Close,
    /// Nothing more is sent, and the connection stays open.
    Stall,
    /// The last part is sent without end.
    Repeat,
}

#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Server {
    /// Sends these parts, one after the other, to every request.
    pub async fn start(parts: impl IntoIterator<Item = Vec<u8>>, then: Then) -> Self {
        let parts = Vec::from_iter(parts);
        Self::responding(move |_| parts.clone(), then).await
    }

    /// Sends the parts that `respond` returns for the head of a request.
    pub async fn responding(
        respond: impl Fn(&str) -> Vec<Vec<u8>> + Send + Sync + 'static,
        then: Then,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(AtomicU64::new(0));
        let (seen, respond) = (Arc::clone(&requests), Arc::new(respond));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, respond) = (Arc::clone(&seen), Arc::clone(&respond));
                tokio::spawn(async move { respond_to(stream, &*respond, then, &seen).await });
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// Sends a head and a body, and closes the connection.
    pub async fn sending(head: &str, body: impl Into<Vec<u8>>) -> Self {
        let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
        Self::start([head.into_bytes(), body.into()], Then::Close).await
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The number of requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn respond_to(
    mut stream: TcpStream,
    respond: &(impl Fn(&str) -> Vec<Vec<u8>> + Sync),
    then: Then,
    requests: &AtomicU64,
) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    requests.fetch_add(1, Ordering::Relaxed);
    let parts = respond(&String::from_utf8_lossy(&request));
    for part in &parts {
        if stream.write_all(part).await.is_err() {
            return;
        }
    }
    match then {
        Then::Close => {}
        Then::Stall => while let Ok(1..) = stream.read(&mut [0; 4096]).await {},
        Then::Repeat => {
            let last = parts.last().map(Vec::as_slice).unwrap_or_default();
            while stream.write_all(last).await.is_ok() {}
        }
    }
}

/// Whether a request is complete, with its body.
fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    request.len() - end - 4 >= length.unwrap_or(0)
}

/// A chunk of a chunked body.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}
