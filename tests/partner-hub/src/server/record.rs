//! The record of requests, without their secrets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::api::response::trace_id;
use crate::server::masking;

/// A request as it was received, without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The number of the request, counted from 1.
    pub number: u64,
    /// The trace id of its response.
    pub trace_id: String,
    /// The `operationId`, or `token`; `None` for an unknown path or method.
    pub operation: Option<String>,
    /// The method, such as `GET`.
    pub method: String,
    /// The path, percent-encoded.
    pub path: String,
    /// The query, percent-encoded, without the `?`. Credentials are replaced by `***`.
    pub query: Option<String>,
    /// The headers in the order they were received. Credentials are replaced by `***`.
    pub headers: Vec<(String, String)>,
    /// The body as a string, up to 64 KiB. Credentials are replaced by `***`, and a body that is not
    /// UTF-8 by a note of its size.
    pub body: String,
    /// The status of the response; `None` while the request is in flight and if the connection broke.
    pub status: Option<u16>,
    /// The time from the headers of the request to its response; `None` if there is no status. It is
    /// serialised as milliseconds in `duration_ms`.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    #[schemars(with = "Option<f64>")]
    pub duration: Option<Duration>,
    /// The faults that were injected, in the order in which they took effect.
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

    /// A request that has no number yet.
    pub(crate) fn new(operation: Option<&str>, parts: &Parts, body: &[u8]) -> Self {
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), masking::header(name, &value))
        });
        Self {
            number: 0,
            trace_id: String::new(),
            operation: operation.map(str::to_owned),
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(|it| masking::text(it).into_owned()),
            headers: headers.collect(),
            body: recorded_body(body),
            status: None,
            duration: None,
            faults: Vec::new(),
        }
    }

    /// How much memory it needs in bytes, approximately.
    fn memory(&self) -> usize {
        let optional = |string: &Option<String>| string.as_ref().map_or(0, String::len);
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.len() + PAIR);
        let faults = self.faults.iter().map(|name| fault_memory(name));
        size_of::<Self>()
            + self.trace_id.len()
            + optional(&self.operation)
            + self.method.len()
            + self.path.len()
            + optional(&self.query)
            + headers.sum::<usize>()
            + self.body.len()
            + faults.sum::<usize>()
    }
}

/// The maximum size of a recorded body in bytes.
const MAX_BODY: usize = 64 * 1024;
const PAIR: usize = size_of::<(String, String)>();

fn fault_memory(name: &str) -> usize {
    size_of::<String>() + name.len()
}

fn recorded_body(body: &[u8]) -> String {
    let Ok(text) = str::from_utf8(body) else {
        return format!("({} bytes that are not UTF-8)", body.len());
    };
    let masked = masking::text(text);
    let fits = masked
        .char_indices()
        .map(|(start, char)| start + char.len_utf8());
    let end = fits.take_while(|end| *end <= MAX_BODY).last();
    masked[..end.unwrap_or_default()].to_owned()
}

fn milliseconds<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    let milliseconds = duration.map(|duration| duration.as_micros() as f64 / 1_000.0);
    milliseconds.serialize(to)
}

/// The bounds of the record. The oldest requests are dropped first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordLimits {
    pub(crate) requests: usize,
    /// The memory of all requests, approximately.
    pub(crate) bytes: usize,
}

/// The latest requests, and how many requests each operation had.
#[derive(Debug)]
pub(crate) struct Record {
    seed: u64,
    limits: RecordLimits,
    total: u64,
    /// Consecutive numbers.
    requests: VecDeque<Arc<RecordedRequest>>,
    /// The memory of `requests`.
    bytes: usize,
    counts: BTreeMap<String, u64>,
}

impl Record {
    pub(crate) fn new(seed: u64, limits: RecordLimits) -> Self {
        Self {
            seed,
            limits,
            total: 0,
            requests: VecDeque::new(),
            bytes: 0,
            counts: BTreeMap::new(),
        }
    }

    /// Whether requests are kept, and not only counted.
    pub(crate) fn keeps_requests(&self) -> bool {
        self.limits.requests > 0
    }

    /// Counts a request, adds it if it is to be kept, and returns its number and trace id.
    pub(crate) fn begin(
        &mut self,
        operation: Option<&str>,
        request: Option<RecordedRequest>,
    ) -> (u64, String) {
        self.total += 1;
        if let Some(operation) = operation {
            match self.counts.get_mut(operation) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(operation.to_owned(), 1);
                }
            }
        }
        let trace_id = trace_id(self.seed, self.total);
        if let Some(mut request) = request {
            request.number = self.total;
            request.trace_id.clone_from(&trace_id);
            self.bytes += request.memory();
            self.requests.push_back(Arc::new(request));
            self.drop_oldest();
        }
        (self.total, trace_id)
    }

    /// Records a fault that takes effect now.
    pub(crate) fn add_fault(&mut self, number: u64, name: String) {
        let memory = fault_memory(&name);
        if let Some(request) = self.find(number) {
            request.faults.push(name);
            self.bytes += memory;
            self.drop_oldest();
        }
    }

    /// Records the response.
    pub(crate) fn finish(&mut self, number: u64, status: u16, duration: Duration) {
        if let Some(request) = self.find(number) {
            request.status = Some(status);
            request.duration = Some(duration);
        }
    }

    fn drop_oldest(&mut self) {
        while self.requests.len() > self.limits.requests || self.bytes > self.limits.bytes {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.bytes -= oldest.memory();
        }
    }

    /// The request with this number, if it is still recorded.
    fn find(&mut self, number: u64) -> Option<&mut RecordedRequest> {
        let first = self.requests.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.requests.get_mut(index).map(Arc::make_mut)
    }

    pub(crate) fn requests(&self) -> Vec<Arc<RecordedRequest>> {
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
        self.bytes = 0;
        self.counts.clear();
    }
}
