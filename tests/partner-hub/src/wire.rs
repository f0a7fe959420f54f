//! Connections: HTTP/1.1 and HTTP/2 by hyper, and what it would never do by hand.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use http::request::Parts;
use http::{Method, Request, Version};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tower_service::Service as _;

use crate::bare::Enveloped;
use crate::envelope::Answer;
use crate::fault::{End, Point};
use crate::listener::Event;
use crate::lock;
use crate::shared::Shared;

/// How long a connection may be silent before or between the headers of requests. On HTTP/2, how
/// long it may be silent before the hub sends it a ping.
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
    /// Sends an answer up to a point. That of HTTP/2, whose frames are not written by hand, is
    /// always before its headers.
    pub(crate) fn new(request: &Parts, answer: &Answer, at: Point, end: End) -> Self {
        let at = match at {
            _ if request.version == Version::HTTP_2 => Point::BeforeHeaders,
            Point::DuringBody if request.method == Method::HEAD => Point::AfterHeaders,
            at => at,
        };
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

/// What the faults of its requests do to a whole connection.
#[derive(Debug, Default)]
pub(crate) struct ConnectionState {
    stuck: AtomicBool,
    end: Mutex<Option<WireFault>>,
    ended: Notify,
}

impl ConnectionState {
    /// Responds to nothing from now on.
    pub(crate) fn set_stuck(&self) {
        self.stuck.store(true, Ordering::Release);
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Acquire)
    }

    /// Ends the connection. The request that asks for this must not be responded to.
    pub(crate) fn end(&self, fault: WireFault) {
        *lock(&self.end) = Some(fault);
        self.ended.notify_one();
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let mut io = Enveloped::new(stream);
    let Ok(http2) = tokio::time::timeout(HEADER_TIMEOUT, io.begins_http2()).await else {
        return;
    };
    let state = Arc::new(ConnectionState::default());
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&state));
        router.clone().call(request)
    });
    // How it ended does not matter: whoever was on the other side knows.
    let served = async {
        let io = TokioIo::new(&mut io);
        if http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            let builder = builder.timer(TokioTimer::new());
            let builder = builder.keep_alive_interval(HEADER_TIMEOUT);
            let _ = builder.serve_connection(io, service).await;
        } else {
            let mut connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(io, service);
            let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
        }
    };
    tokio::select! {
        () = served => {}
        () = state.ended.notified() => {}
    }
    let mut stream = io.into_inner().await;
    let fault = lock(&state.end).take();
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
