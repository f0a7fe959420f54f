//! The bytes of a connection, between the socket and hyper.
//!
//! hyper itself responds, with an empty body, to too many headers, a URL that is too long and
//! bytes that are not HTTP. Here these responses get the API's envelope. The first bytes of a
//! connection are also read here, to distinguish HTTP/2 from HTTP/1.1.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

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
}

impl EnvelopedStream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: BytesMut::new(),
            pending: Vec::new(),
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
        if !self.unread.is_empty() {
            let length = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(length));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for EnvelopedStream {
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
