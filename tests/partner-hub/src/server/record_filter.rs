//! Which of the recorded requests an admin path returns.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::server::record::RecordedRequest;

/// The conditions that a recorded request must meet; those that are `None` are met.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RecordFilter {
    operation: Option<String>,
    method: Option<String>,
    path: Option<String>,
    status: Option<u16>,
    /// A fault as recorded, such as `status 503`, or its kind.
    fault: Option<String>,
    trace_id: Option<String>,
    /// Requests with a greater number.
    after: Option<u64>,
    min_duration_ms: Option<u64>,
}

impl RecordFilter {
    pub(crate) fn matches(&self, request: &RecordedRequest) -> bool {
        let has_fault = |fault: &String| {
            let mut names = request.faults.iter();
            names.any(|name| name == fault || name.split(' ').next() == Some(fault))
        };
        let took = request.duration.map(|took| took.as_millis());
        met(&self.operation, |it| request.operation.as_ref() == Some(it))
            && met(&self.method, |it| request.method.eq_ignore_ascii_case(it))
            && met(&self.path, |it| request.path == *it)
            && met(&self.status, |it| request.status == Some(*it))
            && met(&self.fault, has_fault)
            && met(&self.trace_id, |it| request.trace_id == *it)
            && met(&self.after, |it| request.number > *it)
            && met(&self.min_duration_ms, |it| took >= Some((*it).into()))
    }
}

fn met<T>(condition: &Option<T>, is_met: impl FnOnce(&T) -> bool) -> bool {
    condition.as_ref().is_none_or(is_met)
}
