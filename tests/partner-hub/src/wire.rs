//! Connections: HTTP/1.1 by hyper, and what it would never do by hand.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tower_service::Service as _;

use crate::bare::Enveloped;
use crate::envelope::Answer;
use crate::exchange::FaultSlot;
use crate::fault::{End, Point};
use crate::listener::Event;
use crate::lock;
use crate::shared::Shared;

/// How long a connection may be silent before or between the headers of requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the hub reads on after it has answered what it did not read.
const LINGER: Duration = Duration::from_secs(2);

/// Serves connections until it is dropped.
pub(crate) async fn serve(hub: Arc<Shared>, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            event = hub.listener.next() => match event {
                Event::Connection(stream) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                Event::Closed => connections.abort_all(),
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// What is sent instead of an answer, and how the connection ends then.
#[derive(Debug)]
pub(crate) struct WireFault {
    bytes: Vec<u8>,
    end: End,
}

impl WireFault {
    /// Sends an answer up to a point.
    pub(crate) fn new(answer: &Answer, at: Point, end: End) -> Self {
        let mut head = format!("HTTP/1.1 {}\r\n", answer.status).into_bytes();
        for (name, value) in &answer.headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(format!("content-length: {}\r\n\r\n", answer.body.len()).as_bytes());
        match at {
            Point::BeforeHeaders => head.clear(),
            Point::DuringHeaders => head.truncate(head.len() / 2),
            Point::AfterHeaders => {}
            Point::DuringBody => {
                let half = answer.body.get(..answer.body.len() / 2);
                head.extend_from_slice(half.unwrap_or_default());
            }
        }
        Self { bytes: head, end }
    }

    /// A reset before anything is sent.
    pub(crate) fn nothing() -> Self {
        Self {
            bytes: Vec::new(),
            end: End::Reset,
        }
    }

    async fn inflict(self, mut stream: TcpStream) {
        if stream.write_all(&self.bytes).await.is_err() {
            return;
        }
        match self.end {
            End::Close => {}
            // What is closed without lingering is reset.
            End::Reset => {
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            }
            End::Stall => drain(&mut stream).await,
        }
    }
}

/// Ends a request for which a [`WireFault`] was left.
#[derive(Debug)]
struct Aborted;

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault ended the connection")
    }
}

impl std::error::Error for Aborted {}

async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let slot = FaultSlot::default();
    let left = Arc::clone(&slot);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (slot, mut router) = (Arc::clone(&slot), router.clone());
        request.extensions_mut().insert(Arc::clone(&slot));
        Box::pin(async move {
            let answer: Result<Response<Body>, Infallible> = router.call(request).await;
            let faulty = lock(&slot).is_some();
            match answer {
                Ok(response) if !faulty => Ok(response),
                _ => Err(Aborted),
            }
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(Enveloped::new(stream)), service);
    // How it ended does not matter: whoever was on the other side knows.
    let _ = poll_fn(|context| Pin::new(&mut connection).poll_without_shutdown(context)).await;
    let mut stream = connection.into_parts().io.into_inner().into_inner().await;
    let fault = lock(&left).take();
    match fault {
        Some(fault) => fault.inflict(stream).await,
        None => {
            // To close while there is something unread would be a reset, which can take away the
            // answer from who has not read it yet.
            if stream.shutdown().await.is_ok() {
                let _ = tokio::time::timeout(LINGER, drain(&mut stream)).await;
            }
        }
    }
}

/// Reads until the other side closes.
async fn drain(stream: &mut TcpStream) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}
