//! JSON pointers (RFC 6901) as strings.

use serde_json::Value;

/// Appends a reference token to a pointer.
#[must_use]
pub(crate) fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// The value that a local `$ref` such as `#/components/schemas/Client` points to. References on the way
/// are followed.
#[must_use]
pub(crate) fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    // The bound ends a cycle of references, which has no target.
    target(document, reference, &mut 32)
}

/// The value that a `$ref` points to, if it takes at most `bound` other references to get there.
fn target<'a>(document: &'a Value, reference: &str, bound: &mut usize) -> Option<&'a Value> {
    let pointer = reference.strip_prefix('#')?;
    let found = document
        .pointer(pointer)
        .or_else(|| document.pointer(&percent_decoded(pointer)?));
    if found.is_some() {
        return found;
    }
    let pointer = percent_decoded(pointer)?;
    let mut value = document;
    for token in pointer.strip_prefix('/')?.split('/') {
        let token = format!("/{token}");
        value = loop {
            if let Some(inner) = value.pointer(&token) {
                break inner;
            }
            *bound = bound.checked_sub(1)?;
            value = target(document, value.get("$ref")?.as_str()?, bound)?;
        };
    }
    Some(value)
}

/// Whether a pointer is another, or inside it.
#[must_use]
pub(crate) fn is_in(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The name of the schema component that a reference points to, if it does.
#[must_use]
pub(crate) fn schema_name(reference: &str) -> Option<&str> {
    let name = reference.strip_prefix("#/components/schemas/")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// Decodes a pointer: a `$ref` is a URI, so its pointer may be percent-encoded.
#[must_use]
pub(crate) fn percent_decoded(pointer: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The value itself, or the value that its `$ref` points to.
pub(crate) fn inlined<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    // The bound ends a cycle of references, which has no target.
    for _ in 0..32 {
        match value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| resolve(document, reference))
        {
            Some(target) => value = target,
            None => break,
        }
    }
    value
}

/// The pointer to the same part without a `$ref` on the way to it. A schema at the end that is a `$ref`
/// is a part itself; a parameter, body or response that is one stands for its target.
pub(crate) fn published(document: &Value, pointer: &str) -> String {
    let mut reached = String::new();
    let mut value = Some(document);
    let mut tokens = pointer.split('/').skip(1).peekable();
    while let Some(token) = tokens.next() {
        reached = format!("{reached}/{token}");
        value = value.and_then(|value| value.pointer(&format!("/{token}")));
        // The bound ends a cycle of references, which has no target.
        for _ in 0..32 {
            let reference = value
                .and_then(|it| it.get("$ref")?.as_str())
                .unwrap_or_default();
            let is_followed = tokens.peek().is_some() || schema_name(reference).is_none();
            let Some(target) = resolve(document, reference).filter(|_| is_followed) else {
                break;
            };
            value = Some(target);
            reached = reference.trim_start_matches('#').to_owned();
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_behind_a_reference_is_published_at_its_target() {
        let document = json!({
            "paths": {"/a": {"parameters": [{"$ref": "#/components/parameters/A"}]}},
            "components": {"parameters": {"A": {"schema": {"type": "string"}}}},
        });
        for (pointer, expected) in [
            (
                "/paths/~1a/parameters/0/schema",
                "/components/parameters/A/schema",
            ),
            ("/paths/~1a/parameters/0", "/components/parameters/A"),
            ("/paths/~1b/get", "/paths/~1b/get"),
        ] {
            assert_eq!(published(&document, pointer), expected);
        }
    }

    #[test]
    fn a_pointer_leads_through_references() {
        let document = json!({
            "paths": {"/a": {"get": {"$ref": "#/components/b/c"}}},
            "components": {"b": {"$ref": "#/other"}, "loop": {"$ref": "#/components/loop/in"}},
            "other": {"c": {"allOf": [{"$ref": "#/target"}]}},
            "target": {"y": 1},
        });
        let found = resolve(&document, "#/paths/~1a/get/allOf/0/y");
        assert_eq!(found, Some(&json!(1)));
        // What is at the end is itself, even if it is a reference.
        let found = resolve(&document, "#/paths/~1a/get/allOf/0");
        assert_eq!(found, Some(&json!({"$ref": "#/target"})));
        for nowhere in ["#/paths/~1a/get/no", "#/components/loop/a", "#target", "x"] {
            assert_eq!(resolve(&document, nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_path_is_one_token() {
        let document = json!({"paths": {"/a/{b}": {"get": 1}}});
        let pointer = join(&join("/paths", "/a/{b}"), "get");
        assert_eq!(pointer, "/paths/~1a~1{b}/get");
        assert_eq!(resolve(&document, &format!("#{pointer}")), Some(&json!(1)));
        assert_eq!(
            resolve(&document, "#/paths/~1a~1%7Bb%7D/get"),
            Some(&json!(1))
        );
        assert_eq!(resolve(&document, "#/paths/nowhere"), None);
    }
}
