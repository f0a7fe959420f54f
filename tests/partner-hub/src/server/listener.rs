//! The server's port, which can be closed and opened again.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::lock::lock;

#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    open: Mutex<Open>,
    /// Whether the port was closed and [`Self::next`] has not yet reported it.
    closed: AtomicBool,
    /// Notified when the port is opened or closed.
    changed: Notify,
}

#[derive(Debug)]
enum Open {
    Yes(TcpListener),
    No { until: Option<Instant> },
}

/// What happened to the port.
#[derive(Debug)]
pub(crate) enum Event {
    Connection(TcpStream),
    /// It was closed; open connections should end.
    Closed,
}

impl Listener {
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = listen(address)?;
        Ok(Self {
            address: listener.local_addr()?,
            open: Mutex::new(Open::Yes(listener)),
            closed: AtomicBool::new(false),
            changed: Notify::new(),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port until [`Self::open`] is called, or for a duration.
    pub(crate) fn close(&self, duration: Option<Duration>) {
        let until = duration.and_then(|duration| Instant::now().checked_add(duration));
        *lock(&self.open) = Open::No { until };
        self.closed.store(true, Ordering::Release);
        // `Notify` keeps the permit if nothing waits for it yet.
        self.changed.notify_one();
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(*lock(&self.open), Open::Yes(_))
    }

    /// Opens the port if it is closed.
    pub(crate) fn open(&self) -> io::Result<()> {
        let mut open = lock(&self.open);
        if let Open::No { .. } = *open {
            *open = Open::Yes(listen(self.address)?);
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Opens the port if it is closed for a duration.
    pub(crate) fn end_refusal(&self) {
        let temporary = matches!(*lock(&self.open), Open::No { until: Some(_) });
        if temporary {
            // If that is impossible, it is opened when the duration ends.
            let _ = self.open();
        }
    }

    pub(crate) async fn next(&self) -> Event {
        loop {
            let until = match &*lock(&self.open) {
                Open::Yes(_) => None,
                Open::No { until } => *until,
            };
            tokio::select! {
                () = self.changed.notified() => {
                    if self.closed.swap(false, Ordering::AcqRel) {
                        return Event::Closed;
                    }
                }
                accepted = self.accept() => match accepted {
                    Ok(stream) => return Event::Connection(stream),
                    // Possibly a transient error, such as too many open files.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                () = sleep_until(until) => {
                    if self.open().is_err() {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
            }
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|context| match &*lock(&self.open) {
            Open::Yes(listener) => listener.poll_accept(context),
            Open::No { .. } => Poll::Pending,
        })
        .await
        .map(|(stream, _)| stream)
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // Allows the port to be bound again while old connections are in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
