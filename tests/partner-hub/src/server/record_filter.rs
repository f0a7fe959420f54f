//! Which of the recorded requests an admin path returns.

use std::time::Duration;

use crate::server::record::RecordedRequest;

/// A condition on recorded requests.
#[derive(Debug)]
pub(crate) enum RecordFilter {
    Operation(String),
    Method(String),
    Path(String),
    Status(u16),
    /// A fault as recorded, such as `status 503`, or its kind.
    Fault(String),
    TraceId(String),
    /// Requests with a greater number.
    After(u64),
    MinDuration(Duration),
}

impl RecordFilter {
    /// Parses a query parameter.
    pub(crate) fn parse(name: &str, value: &str) -> Result<Self, String> {
        let number = || {
            let number = value.parse::<u64>();
            number.map_err(|_| format!("`{name}` must be an integer from 0"))
        };
        Ok(match name {
            "operation" => Self::Operation(value.to_owned()),
            "method" => Self::Method(value.to_owned()),
            "path" => Self::Path(value.to_owned()),
            "status" => Self::Status(
                value
                    .parse()
                    .map_err(|_| "`status` must be a number such as 503")?,
            ),
            "fault" => Self::Fault(value.to_owned()),
            "trace_id" => Self::TraceId(value.to_owned()),
            "after" => Self::After(number()?),
            "min_duration_ms" => Self::MinDuration(Duration::from_millis(number()?)),
            _ => {
                return Err(format!(
                    "there is no filter `{name}`; use operation, method, path, status, fault, trace_id, after or min_duration_ms"
                ));
            }
        })
    }

    pub(crate) fn matches(&self, request: &RecordedRequest) -> bool {
        match self {
            Self::Operation(id) => request.operation.as_ref() == Some(id),
            Self::Method(method) => request.method.eq_ignore_ascii_case(method),
            Self::Path(path) => request.path == *path,
            Self::Status(status) => request.status == Some(*status),
            Self::Fault(fault) => {
                let mut names = request.faults.iter();
                names.any(|name| name == fault || name.split(' ').next() == Some(fault))
            }
            Self::TraceId(id) => request.trace_id == *id,
            Self::After(number) => request.number > *number,
            Self::MinDuration(least) => request.duration.is_some_and(|took| took >= *least),
        }
    }
}
