//! The media types that lowering distinguishes.

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

/// A media type without its parameters.
fn essence(kind: &str) -> String {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}
