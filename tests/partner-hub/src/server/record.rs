//! The record of requests, without their secrets.

use std::collections::{BTreeMap, VecDeque};

use http::HeaderMap;
use http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A request as it was received, without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The number of the request, counted from 1.
    pub number: u64,
    /// The `operationId`, or `token`; `None` for an unknown path or method.
    pub operation: Option<String>,
    /// The method, such as `GET`.
    pub method: String,
    /// The path, percent-encoded.
    pub path: String,
    /// The query, percent-encoded, without the `?`.
    pub query: Option<String>,
    /// The headers in the order they were received. Credentials are replaced by `***`.
    pub headers: Vec<(String, String)>,
    /// The body as a string, up to 64 KiB. A password is replaced by `***`.
    pub body: String,
    /// The status of the response; `None` while the request is in flight and if the connection broke.
    pub status: Option<u16>,
    /// The faults that were injected.
    pub faults: Vec<String>,
}

impl RecordedRequest {
    /// The first value of a header; the case of the name does not matter.
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

/// The maximum size of a recorded body in bytes.
const MAX_BODY: usize = 64 * 1024;
const MASK: &str = "***";

/// The latest requests, and how many requests each operation had.
#[derive(Debug)]
pub(crate) struct Record {
    max_requests: usize,
    total: u64,
    requests: VecDeque<RecordedRequest>,
    counts: BTreeMap<String, u64>,
}

impl Record {
    pub(crate) fn new(max_requests: usize) -> Self {
        Self {
            max_requests,
            total: 0,
            requests: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Adds a request and returns its number.
    pub(crate) fn begin(&mut self, operation: Option<&str>, parts: &Parts, body: &[u8]) -> u64 {
        self.total += 1;
        if let Some(operation) = operation {
            match self.counts.get_mut(operation) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(operation.to_owned(), 1);
                }
            }
        }
        if self.max_requests > 0 {
            if self.requests.len() >= self.max_requests {
                self.requests.pop_front();
            }
            self.requests.push_back(RecordedRequest {
                number: self.total,
                operation: operation.map(str::to_owned),
                method: parts.method.as_str().to_owned(),
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().map(str::to_owned),
                headers: masked_headers(&parts.headers),
                body: masked_body(body),
                status: None,
                faults: Vec::new(),
            });
        }
        self.total
    }

    /// Records the faults of a request, before they take effect: the client may give up first.
    pub(crate) fn set_faults(&mut self, number: u64, faults: Vec<String>) {
        if let Some(request) = self.find(number) {
            request.faults = faults;
        }
    }

    /// Records the status of the response.
    pub(crate) fn set_status(&mut self, number: u64, status: u16) {
        if let Some(request) = self.find(number) {
            request.status = Some(status);
        }
    }

    /// The request with this number, if it is still recorded.
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

fn masked_headers(headers: &HeaderMap) -> Vec<(String, String)> {
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

fn masked_body(body: &[u8]) -> String {
    let kept = body.get(..MAX_BODY).unwrap_or(body);
    let kept = String::from_utf8_lossy(kept);
    if !kept.contains("password") {
        return kept.into_owned();
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
