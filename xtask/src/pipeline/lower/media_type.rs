//! The media types that lowering distinguishes.

/// How a request body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    Json,
    Form,
    Multipart,
    Bytes,
    Text,
}

impl BodyKind {
    /// How a body of this media type is sent, if it can be. Whether a wildcard is JSON depends on the
    /// schema.
    pub(super) fn of(kind: &str, is_structured: bool) -> Option<Self> {
        let is_valid = kind.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        Some(match essence(kind).as_str() {
            _ if is_json(kind) && (is_structured || !is_wildcard(kind)) => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            // Its parts need a boundary, and have headers of their own.
            essence if essence.starts_with("multipart/") => return None,
            essence if essence.starts_with("text/") && !is_wildcard(kind) => Self::Text,
            essence if essence.contains('/') => Self::Bytes,
            _ => return None,
        })
        .filter(|_| is_valid)
    }

    /// The media type that progenitor knows for it. Multipart bodies are JSON to progenitor; the finishing
    /// pass changes that.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json | Self::Multipart => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Bytes => "application/octet-stream",
            Self::Text => "text/plain",
        }
    }

    /// The order of preference.
    pub(super) fn rank(self) -> u8 {
        self as u8
    }
}

/// Whether a body of this media type is JSON; a wildcard is taken to be.
pub(super) fn is_json(kind: &str) -> bool {
    let kind = essence(kind);
    kind == "application/json"
        || kind.ends_with("+json")
        || kind == "*/*"
        || kind == "application/*"
}

/// Whether a body of this media type is a form with files.
pub(super) fn is_multipart(kind: &str) -> bool {
    essence(kind) == "multipart/form-data"
}

/// Whether it stands for several media types.
pub(super) fn is_wildcard(kind: &str) -> bool {
    essence(kind).contains('*')
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(kind: &str) -> String {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}
