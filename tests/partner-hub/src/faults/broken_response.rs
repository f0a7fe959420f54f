//! Responses that are sent in part, before their connection is closed.

use std::time::Duration;

use http::request::Parts;
use http::{Method, Version};
use socket2::SockRef;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::api::response::ApiResponse;
use crate::faults::fault::{BreakPoint, CloseMode};

/// The bytes that are sent, and how the connection is closed then.
#[derive(Debug)]
pub(crate) struct BrokenResponse {
    bytes: Vec<u8>,
    how: CloseMode,
}

impl BrokenResponse {
    /// Cuts a response off. On HTTP/2, whose frames hyper writes, that is always before the headers.
    pub(crate) fn new(
        request: &Parts,
        response: &ApiResponse,
        at: BreakPoint,
        how: CloseMode,
    ) -> Self {
        let at = match at {
            _ if request.version == Version::HTTP_2 => BreakPoint::BeforeHeaders,
            BreakPoint::DuringBody if request.method == Method::HEAD => BreakPoint::AfterHeaders,
            at => at,
        };
        let mut bytes = format!("HTTP/1.1 {}\r\n", response.status).into_bytes();
        for (name, value) in &response.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        let length = format!("content-length: {}\r\n\r\n", response.body.len());
        bytes.extend_from_slice(length.as_bytes());
        match at {
            BreakPoint::BeforeHeaders => bytes.clear(),
            BreakPoint::DuringHeaders => bytes.truncate(bytes.len() / 2),
            BreakPoint::AfterHeaders => {}
            BreakPoint::DuringBody => {
                let half = response.body.get(..response.body.len() / 2);
                bytes.extend_from_slice(half.unwrap_or_default());
            }
        }
        Self { bytes, how }
    }

    /// Sends nothing.
    pub(crate) fn empty(how: CloseMode) -> Self {
        Self {
            bytes: Vec::new(),
            how,
        }
    }

    /// Sends the bytes, and returns the stream if the connection is to stay open.
    pub(crate) async fn send(self, mut stream: TcpStream) -> Option<TcpStream> {
        stream.write_all(&self.bytes).await.ok()?;
        match self.how {
            CloseMode::Close => None,
            CloseMode::Reset => {
                // A socket that is closed without lingering sends a reset.
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                None
            }
            CloseMode::Stall => Some(stream),
        }
    }
}
