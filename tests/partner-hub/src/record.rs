//! What was sent to the hub.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use serde::Serialize;
use serde_json::Value;

/// A request as it came, without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Which request of the hub it was, from 1.
    pub number: u64,
    /// The operation it asked for; `None` when the path or method is none of the API's.
    pub operation: Option<String>,
    /// The method, such as `GET`.
    pub method: String,
    /// The path, still encoded.
    pub path: String,
    /// The query, still encoded, without its `?`.
    pub query: Option<String>,
    /// The headers in the order they came. Of credentials only `***` is kept.
    pub headers: Vec<(String, String)>,
    /// The body as text, up to 64 KiB; a password in it is `***`.
    pub body: String,
    /// The status it was answered with; `None` while it runs and when the connection was broken.
    pub status: Option<u16>,
    /// The faults that struck it.
    pub faults: Vec<String>,
}

impl RecordedRequest {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query_param(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_deref()?.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

const BODY_KEPT: usize = 64 * 1024;
const MASK: &str = "***";

/// The latest requests and how many there were.
#[derive(Debug)]
pub(crate) struct Record {
    kept: usize,
    total: u64,
    requests: VecDeque<RecordedRequest>,
    counts: BTreeMap<String, u64>,
}

impl Record {
    pub(crate) fn new(kept: usize) -> Self {
        Self {
            kept,
            total: 0,
            requests: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Adds a request and returns its number.
    pub(crate) fn begin(&mut self, operation: Option<&str>, parts: &Parts, body: &Bytes) -> u64 {
        self.total += 1;
        if let Some(operation) = operation {
            match self.counts.get_mut(operation) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(operation.to_owned(), 1);
                }
            }
        }
        if self.kept > 0 {
            if self.requests.len() >= self.kept {
                self.requests.pop_front();
            }
            self.requests.push_back(RecordedRequest {
                number: self.total,
                operation: operation.map(str::to_owned),
                method: parts.method.as_str().to_owned(),
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().map(str::to_owned),
                headers: masked(&parts.headers),
                body: body_text(body),
                status: None,
                faults: Vec::new(),
            });
        }
        self.total
    }

    /// Notes the faults that strike a request, before they do: the client may not wait for its
    /// end.
    pub(crate) fn struck(&mut self, number: u64, faults: Vec<String>) {
        if let Some(request) = self.find(number) {
            request.faults = faults;
        }
    }

    /// Notes the status of the response.
    pub(crate) fn end(&mut self, number: u64, status: u16) {
        if let Some(request) = self.find(number) {
            request.status = Some(status);
        }
    }

    /// The request of this number, if it is still kept.
    fn find(&mut self, number: u64) -> Option<&mut RecordedRequest> {
        let first = self.requests.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.requests.get_mut(index)
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.clone()
    }

    pub(crate) fn count(&self, operation: &str) -> u64 {
        self.counts.get(operation).copied().unwrap_or_default()
    }

    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.counts.clear();
    }
}

fn masked(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = match name.as_str() {
                "authorization" | "proxy-authorization" => match value.split_once(' ') {
                    Some((scheme, _)) => format!("{scheme} {MASK}"),
                    None => MASK.to_owned(),
                },
                "x-api-key" | "cookie" => MASK.to_owned(),
                _ => value.into_owned(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

fn body_text(body: &Bytes) -> String {
    let kept = body.get(..BODY_KEPT).unwrap_or(body);
    let text = String::from_utf8_lossy(kept).into_owned();
    if !text.contains("password") {
        return text;
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut members)) => {
            for (name, value) in &mut members {
                if name.contains("password") {
                    *value = MASK.into();
                }
            }
            Value::Object(members).to_string()
        }
        _ => MASK.to_owned(),
    }
}
