//! A server that counts its connections. It runs on threads of its own, so that it responds
//! whichever runtimes of the test are driven.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What a connection does with its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    Respond,
    /// Requests are read and get no response.
    Hang,
}

pub struct Server {
    pub address: SocketAddr,
    opened: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// `conduct` gets the number of earlier connections.
    pub fn start(conduct: impl Fn(usize) -> Conduct + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            opened: Arc::default(),
            closed: Arc::default(),
            requests: Arc::default(),
        };
        let opened = Arc::clone(&server.opened);
        let (closed, requests) = (Arc::clone(&server.closed), Arc::clone(&server.requests));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let conduct = conduct(opened.fetch_add(1, Ordering::SeqCst));
                let (closed, requests) = (Arc::clone(&closed), Arc::clone(&requests));
                thread::spawn(move || {
                    serve(stream, conduct, &requests);
                    closed.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    pub fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Serves requests without a body until the client closes the connection.
fn serve(stream: TcpStream, conduct: Conduct, requests: &AtomicUsize) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(line)) = lines.next() {
        if !line.is_empty() {
            continue;
        }
        requests.fetch_add(1, Ordering::SeqCst);
        if conduct == Conduct::Respond {
            let response = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            if writer.write_all(response.as_bytes()).is_err() {
                return;
            }
        }
    }
}
