//! The bytes of a connection, between the socket and hyper.
//!
//! hyper itself responds, with an empty body, to too many headers, a URL that is too long and
//! bytes that are not HTTP. Here these responses get the API's envelope. The first bytes of a
//! connection are also read here, to distinguish HTTP/2 from HTTP/1.1, and a client that does not read
//! its responses is given up.

use std::future::{Future as _, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use http::StatusCode;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::api::response::{ApiError, TRACE_HEADER};

/// The first bytes from an HTTP/2 client.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream on which every error response has an envelope.
#[derive(Debug)]
pub(crate) struct EnvelopedStream {
    stream: TcpStream,
    /// Bytes that were received and that hyper has not read yet.
    unread: BytesMut,
    /// Bytes to write in place of hyper's response.
    pending: Vec<u8>,
    /// Whether the bytes that were read since the last response begin with `HEAD`.
    head: Option<bool>,
    /// Ends when the client has read nothing for too long.
    unwritable: Option<Pin<Box<Sleep>>>,
}

/// How long a client may read nothing of its responses.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

impl EnvelopedStream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: BytesMut::new(),
            pending: Vec::new(),
            head: None,
            unwritable: None,
        }
    }

    /// Waits for the first bytes and returns whether they begin HTTP/2. hyper reads them again.
    pub(crate) async fn begins_http2(&mut self) -> bool {
        while self.unread.len() < PREFACE.len() && PREFACE.starts_with(&self.unread) {
            let Ok(1..) = self.stream.read_buf(&mut self.unread).await else {
                break;
            };
        }
        self.unread.starts_with(PREFACE)
    }

    /// Writes what is pending and returns the socket.
    pub(crate) async fn into_inner(mut self) -> TcpStream {
        // A client that has disconnected does not need it.
        let _ = poll_fn(|context| self.poll_pending(context)).await;
        self.stream
    }

    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            let written = self.poll_socket(context, &[IoSlice::new(&pending)]);
            self.pending = pending;
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => drop(self.pending.drain(..written)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Writes to the socket, or fails if the client has read nothing for too long.
    fn poll_socket(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        if written.is_ready() {
            (self.head, self.unwritable) = (None, None);
            return written;
        }
        let sleep = || Box::pin(tokio::time::sleep(WRITE_TIMEOUT));
        ready!(
            self.unwritable
                .get_or_insert_with(sleep)
                .as_mut()
                .poll(context)
        );
        // Otherwise the operating system would keep what is not sent.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// The same error with an envelope, if hyper generated this response: all others have a trace id.
fn enveloped(response: &[u8]) -> Option<Vec<u8>> {
    let status = response.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    if status.first() != Some(&b'4') {
        return None;
    }
    let head = std::str::from_utf8(response).ok()?;
    let from_handler = head.contains(TRACE_HEADER.as_str());
    if from_handler || !head.contains("content-length: 0\r\n") || !head.ends_with("\r\n\r\n") {
        return None;
    }
    let status = StatusCode::from_bytes(status).ok()?;
    let message = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The request has too many or too large headers"
        }
        StatusCode::URI_TOO_LONG => "The URL of the request is too long",
        _ => "The request is not HTTP/1.1",
    };
    let response = ApiError::new(status, message).into_response("0");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        response.body.len()
    );
    Some([head.as_bytes(), &response.body].concat())
}

impl AsyncRead for EnvelopedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        if self.unread.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        } else {
            let length = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(length));
        }
        let read = buffer.filled().get(filled..).unwrap_or_default();
        self.head.get_or_insert_with(|| read.starts_with(b"HEAD "));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for EnvelopedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
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
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(context))?;
        // A response to HEAD has no body, so it stays as it is.
        if let ([only], None | Some(false)) = (slices, self.head)
            && let Some(envelope) = enveloped(only)
        {
            self.pending = envelope;
            return Poll::Ready(Ok(only.len()));
        }
        self.poll_socket(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
