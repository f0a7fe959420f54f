//! Bodies of type `multipart/form-data`: files and other values.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a document need not have uploads"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, TryStreamExt as _};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::{Form, Part};
use serde::Serialize;
use serde_json::Value;

use super::form;

/// A file to upload, held in memory.
///
/// # Defaults
///
/// - content type: that of the documentation, else `application/octet-stream`
#[derive(Clone, PartialEq, Eq)]
pub struct FilePart {
    name: String,
    content_type: Option<String>,
    bytes: Bytes,
}

impl FilePart {
    /// A file with the name that is sent to the server.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            content_type: None,
            bytes: bytes.into(),
        }
    }

    /// Sets the content type, such as `image/png`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The content may be confidential, and is long.
        f.debug_struct("FilePart")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("len", &self.bytes.len())
            .finish()
    }
}

/// A multipart body.
pub(crate) trait Multipart {
    /// Adds the parts. The error names a part that cannot be sent.
    fn write(&self, parts: &mut Parts) -> Result<(), String>;
}

/// The parts of a multipart body.
#[derive(Default)]
pub(crate) struct Parts {
    form: Form,
    count: usize,
}

impl Parts {
    /// Adds files. `kind` is the content type of files that set none.
    pub(crate) fn files<'f>(
        &mut self,
        name: &'static str,
        kind: &str,
        files: impl IntoIterator<Item = &'f FilePart>,
    ) -> Result<(), String> {
        for file in files {
            self.file(name.into(), kind, file)?;
        }
        Ok(())
    }

    /// Adds files by the names of their parts.
    pub(crate) fn named(&mut self, files: &BTreeMap<String, FilePart>) -> Result<(), String> {
        for (name, file) in files {
            if name.contains(|c: char| c == '"' || c == '\\' || c.is_control()) {
                return Err(format!(
                    "{name:?}: the name of a part cannot contain quotes, backslashes or control characters"
                ));
            }
            self.file(name.clone().into(), "application/octet-stream", file)?;
        }
        Ok(())
    }

    fn file(&mut self, name: Cow<'static, str>, kind: &str, file: &FilePart) -> Result<(), String> {
        // It would start another header.
        if file.name.contains(char::is_control) {
            return Err(format!("{name}: the file's name has a control character"));
        }
        let kind = file.content_type.as_deref().unwrap_or(kind);
        let length = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
        let part = Part::stream_with_length(file.bytes.clone(), length)
            .file_name(file.name.clone())
            .mime_str(kind)
            .map_err(|_| format!("{name}: `{}` is not a content type", kind.escape_debug()))?;
        self.add(name, part);
        Ok(())
    }

    /// Adds a value: a part for each item of a list, JSON for an object, no part for null.
    pub(crate) fn value(
        &mut self,
        name: &'static str,
        value: &impl Serialize,
    ) -> Result<(), String> {
        match json(name, value)? {
            Value::Array(items) => items.iter().try_for_each(|item| self.item(name, item)),
            item => self.item(name, &item),
        }
    }

    /// Adds a value of any type as JSON; no part for null.
    pub(crate) fn json(
        &mut self,
        name: &'static str,
        value: &impl Serialize,
    ) -> Result<(), String> {
        match json(name, value)? {
            Value::Null => Ok(()),
            value => self.add_json(name, &value),
        }
    }

    fn item(&mut self, name: &'static str, item: &Value) -> Result<(), String> {
        if item.is_array() || item.is_object() {
            self.add_json(name, item)?;
        } else if let Some(string) = form::string(item) {
            self.add(name, Part::text(string));
        }
        Ok(())
    }

    fn add_json(&mut self, name: &'static str, value: &Value) -> Result<(), String> {
        let part = Part::text(value.to_string()).mime_str("application/json");
        self.add(name, part.map_err(|why| format!("{name}: {why}"))?);
        Ok(())
    }

    fn add(&mut self, name: impl Into<Cow<'static, str>>, part: Part) {
        self.form = std::mem::take(&mut self.form).part(name.into(), part);
        self.count += 1;
    }
}

fn json(name: &str, value: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|why| format!("{name}: {why}"))
}

/// Adds a multipart body of at most `limit` bytes to a request.
///
/// The whole body is in memory, so that the request can be retried like any other.
pub(crate) fn attach(
    request: RequestBuilder,
    body: &impl Multipart,
    limit: usize,
) -> Result<RequestBuilder, String> {
    let Encoded { boundary, bytes } = encode(body, limit).map_err(|why| format!("body: {why}"))?;
    let content_type = format!("multipart/form-data; boundary={boundary}");
    Ok(request.header(CONTENT_TYPE, content_type).body(bytes))
}

struct Encoded {
    boundary: String,
    bytes: Bytes,
}

fn encode(body: &impl Multipart, limit: usize) -> Result<Encoded, String> {
    let mut parts = Parts::default();
    body.write(&mut parts)?;
    if parts.count == 0 {
        return Err("sets nothing, so there is nothing to send".to_owned());
    }
    // No name has a character that needs encoding, and servers expect plain names.
    let form = parts.form.percent_encode_noop();
    let boundary = form.boundary().to_owned();
    let chunks = form.into_stream().map_err(|why| why.to_string());
    let bytes = chunks.try_fold(BytesMut::new(), |mut bytes, chunk| async move {
        if bytes.len() + chunk.len() > limit {
            return Err(format!(
                "has more than {limit} bytes; raise `ClientBuilder::max_response_bytes`"
            ));
        }
        bytes.extend_from_slice(&chunk);
        Ok(bytes)
    });
    // Every part is in memory, so the stream is always ready.
    let bytes = bytes.now_or_never().ok_or("cannot be encoded")??;
    let bytes = bytes.freeze();
    Ok(Encoded { boundary, bytes })
}

/// Whether a request has this multipart body.
#[cfg(feature = "mock")]
pub(crate) fn is(body: &impl Multipart, request: &httpmock::HttpMockRequest) -> bool {
    let headers = request.headers_vec().iter();
    let mut kinds = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let boundary = kinds.find_map(|(_, kind)| kind.strip_prefix("multipart/form-data; boundary="));
    let (Some(boundary), Ok(expected)) = (boundary, encode(body, usize::MAX)) else {
        return false;
    };
    // Each body has its own boundary.
    let between = |bytes: &[u8], boundary: &str| -> Vec<Vec<u8>> {
        let marks = regex::bytes::Regex::new(&regex::escape(boundary)).ok();
        let pieces = marks.iter().flat_map(|marks| marks.split(bytes));
        pieces.map(<[u8]>::to_vec).collect()
    };
    between(&expected.bytes, &expected.boundary) == between(request.body_ref(), boundary)
}
