//! What a connection reads and writes beside hyper: the look at its first bytes, which tells
//! HTTP/2 from HTTP/1.1, and the hub's envelope where hyper responds by itself with an empty body:
//! to more headers than it reads, too long an address, or what is not HTTP.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

use crate::envelope::{Problem, TRACE_HEADER};

/// What a client that speaks HTTP/2 sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that never sends an error without an envelope.
#[derive(Debug)]
pub(crate) struct Enveloped {
    stream: TcpStream,
    /// What came and is still to be read.
    unread: BytesMut,
    /// What is still to be written in the place of hyper's answer.
    pending: Vec<u8>,
}

impl Enveloped {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: BytesMut::new(),
            pending: Vec::new(),
        }
    }

    /// Waits for what the client sends first, and returns whether that is HTTP/2. Nothing of it is
    /// taken away.
    pub(crate) async fn begins_http2(&mut self) -> bool {
        while self.unread.len() < PREFACE.len() && PREFACE.starts_with(&self.unread) {
            let Ok(1..) = self.stream.read_buf(&mut self.unread).await else {
                break;
            };
        }
        self.unread.starts_with(PREFACE)
    }

    /// The connection, after what is pending was written.
    pub(crate) async fn into_inner(mut self) -> TcpStream {
        // Whoever is gone does not miss it.
        let _ = self.stream.write_all(&self.pending).await;
        self.stream
    }

    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

/// The envelope for an answer that hyper made; the hub's own all have a trace id.
fn enveloped(answer: &[u8]) -> Option<Vec<u8>> {
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    if status.first() != Some(&b'4') {
        return None;
    }
    let head = std::str::from_utf8(answer).ok()?;
    let own = head.contains(TRACE_HEADER.as_str());
    if own || !head.contains("content-length: 0\r\n") || !head.ends_with("\r\n\r\n") {
        return None;
    }
    let status = StatusCode::from_bytes(status).ok()?;
    let message = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The request has too many or too large headers"
        }
        StatusCode::URI_TOO_LONG => "The address of the request is too long",
        _ => "The request is not HTTP/1.1",
    };
    let answer = Problem::new(status, message).into_answer("0");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        answer.body.len()
    );
    Some([head.as_bytes(), &answer.body].concat())
}

impl AsyncRead for Enveloped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let length = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(length));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Enveloped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(context))?;
        if let Some(envelope) = enveloped(bytes) {
            self.pending = envelope;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(context))?;
        if let [only] = slices {
            return self.poll_write(context, only);
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
