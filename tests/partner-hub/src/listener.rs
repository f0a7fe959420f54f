//! The port the hub listens on, which can be closed and opened again.

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

use crate::lock;

#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    open: Mutex<Open>,
    /// Whether it was closed since that was last said.
    closed: AtomicBool,
    /// Told whenever it is opened or closed.
    changed: Notify,
}

#[derive(Debug)]
enum Open {
    Yes(TcpListener),
    No { again: Option<Instant> },
}

/// What a listener has to say.
#[derive(Debug)]
pub(crate) enum Event {
    Connection(TcpStream),
    /// It was closed; the connections there are should end.
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

    /// Closes the port at once; it opens again after a while, or when told to.
    pub(crate) fn close(&self, again_after: Option<Duration>) {
        let again = again_after.and_then(|after| Instant::now().checked_add(after));
        *lock(&self.open) = Open::No { again };
        self.closed.store(true, Ordering::Release);
        // Remembered when nobody waits just now.
        self.changed.notify_one();
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

    pub(crate) async fn next(&self) -> Event {
        loop {
            let again = match &*lock(&self.open) {
                Open::Yes(_) => None,
                Open::No { again } => *again,
            };
            tokio::select! {
                () = self.changed.notified() => {
                    if self.closed.swap(false, Ordering::AcqRel) {
                        return Event::Closed;
                    }
                }
                accepted = self.accept() => match accepted {
                    Ok(stream) => return Event::Connection(stream),
                    // Out of file descriptors, say: it may pass.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                () = sleep_until(again) => {
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
    // So that a port can be had again while connections to it are remembered.
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
