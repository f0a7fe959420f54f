//! Connections: HTTP/1.1 and HTTP/2 by hyper, and faults that end them.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use http::{Request, Version};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tower_service::Service as _;

use crate::faults::broken_response::BrokenResponse;
use crate::faults::fault::CloseMode;
use crate::lock::lock;
use crate::server::listener::{Event, Listener};
use crate::server::raw_errors::{EnvelopedStream, WRITE_TIMEOUT};

/// How long a connection may be silent before or between the headers of requests. On HTTP/2, how
/// long it may be silent before the server sends a ping.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the server reads on after a response to a request that it did not read to its end.
const LINGER: Duration = Duration::from_secs(2);

/// Serves connections until the future is dropped.
pub(crate) async fn serve(listener: Arc<Listener>, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            event = listener.next() => match event {
                Event::Connection(stream) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                Event::Closed => connections.abort_all(),
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// What the faults of its requests do to a whole connection.
#[derive(Debug, Default)]
pub(crate) struct ConnectionState {
    stuck: AtomicBool,
    end: Mutex<Option<BrokenResponse>>,
    ended: Notify,
}

impl ConnectionState {
    /// Leaves this request and all later ones without a response.
    pub(crate) fn get_stuck(&self, version: Version) {
        if version == Version::HTTP_2 {
            self.stuck.store(true, Ordering::Release);
        } else {
            // hyper does not notice that the client has gone while a request is in flight.
            self.end(BrokenResponse::empty(CloseMode::Stall));
        }
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Acquire)
    }

    /// Ends the connection with a broken response. The caller must not send another response.
    pub(crate) fn end(&self, response: BrokenResponse) {
        *lock(&self.end) = Some(response);
        self.ended.notify_one();
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let mut io = EnvelopedStream::new(stream);
    let Ok(http2) = tokio::time::timeout(HEADER_TIMEOUT, io.begins_http2()).await else {
        return;
    };
    let state = Arc::new(ConnectionState::default());
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&state));
        router.clone().call(request)
    });
    // Errors are ignored: they concern only the client.
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
                .half_close(true)
                .serve_connection(io, service);
            let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
        }
    };
    tokio::select! {
        () = served => {}
        () = state.ended.notified() => {}
    }
    let mut stream = io.into_inner().await;
    let broken = lock(&state.end).take();
    if let Some(broken) = broken {
        let sent = tokio::time::timeout(WRITE_TIMEOUT, broken.send(stream)).await;
        if let Ok(Some(mut stream)) = sent {
            drain(&mut stream).await;
        }
    // To close a connection with unread bytes would reset it, and the client could lose a response
    // that it has not read yet.
    } else if stream.shutdown().await.is_ok() {
        let _ = tokio::time::timeout(LINGER, drain(&mut stream)).await;
    }
}

/// Reads until the client closes the connection.
async fn drain(stream: &mut TcpStream) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}
