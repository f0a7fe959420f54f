//! Which versions of OpenAPI are read.

use serde_json::Value;

use super::Error;
use crate::document::pointer;
use crate::document::source_map::Origin;
use crate::document::visit::{MAPS, VALUES};

/// Checks the version of a document; without one it is not an OpenAPI document.
///
/// # Errors
/// When the pipeline does not know the version, or something that only OpenAPI 3.2 has.
pub(super) fn check(
    document: &Value,
    place: impl Fn(&str) -> Origin,
    warnings: &mut Vec<String>,
) -> Result<bool, Error> {
    let stated = document.get("openapi").or_else(|| document.get("swagger"));
    let Some(stated) = stated else {
        return Ok(false);
    };
    let version = stated
        .as_str()
        .map_or_else(|| stated.to_string(), str::to_owned);
    let Origin { page, line, .. } = place("/openapi");
    let is = |minor: &str| document.get("openapi").is_some() && version.starts_with(minor);
    if is("3.0.") || is("3.1.") {
        return Ok(true);
    }
    if !is("3.2.") {
        return Err(Error::Version {
            page,
            line,
            version,
        });
    }
    if let Some(pointer) = only_in_3_2(document, "", false) {
        let Origin { page, line, .. } = place(&pointer);
        return Err(Error::Newer {
            page,
            line,
            pointer,
        });
    }
    warnings.push(format!(
        "{page}:{line}: OpenAPI {version} is read as 3.1; new members that only describe are ignored"
    ));
    Ok(true)
}

/// The pointer of the first member that changes what is sent, and that only OpenAPI 3.2 has.
///
/// `named` means that the members have names chosen by the provider.
fn only_in_3_2(value: &Value, at: &str, named: bool) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let at = pointer::join(at, name);
            if named {
                return only_in_3_2(value, &at, false);
            }
            let is_new = match name.as_str() {
                "query" => value.is_object(),
                "in" => value == "querystring",
                name => NEW.contains(&name),
            };
            if is_new {
                return Some(at);
            }
            let is_data = VALUES.contains(&&**name) || name.starts_with("x-");
            let inner = || only_in_3_2(value, &at, MAPS.contains(&&**name));
            if is_data { None } else { inner() }
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| only_in_3_2(item, &format!("{at}/{index}"), false)),
        _ => None,
    }
}

/// The other members that only OpenAPI 3.2 has.
const NEW: [&str; 6] = [
    "$self",
    "additionalOperations",
    "itemEncoding",
    "itemSchema",
    "mediaTypes",
    "prefixEncoding",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(document: &Value) -> Result<(bool, Vec<String>), String> {
        let mut warnings = Vec::new();
        let place = |_: &str| Origin {
            page: "a.yaml".into(),
            line: 1,
            heading: None,
            url: None,
        };
        let is_one = check(document, place, &mut warnings).map_err(|error| error.to_string())?;
        Ok((is_one, warnings))
    }

    #[test]
    fn versions_that_are_not_known_are_rejected() {
        for version in ["3.0.3", "3.1.1"] {
            assert_eq!(checked(&json!({"openapi": version})), Ok((true, vec![])));
        }
        assert_eq!(checked(&json!({"info": {}})), Ok((false, vec![])));
        for document in [
            json!({"openapi": "4.0.0"}),
            json!({"openapi": 3.1}),
            json!({"swagger": "2.0"}),
        ] {
            let error = checked(&document).expect_err("it is not known");
            assert!(error.starts_with("a.yaml:1: OpenAPI "), "{error}");
            assert!(
                error.contains("expected a version such as 3.0.3"),
                "{error}"
            );
        }
    }

    #[test]
    fn version_3_2_is_read_as_3_1() {
        let names = json!({"query": {}, "itemSchema": {}, "in": {"const": "querystring"}});
        let document = json!({
            "openapi": "3.2.0",
            "paths": {"/query": {"get": {"parameters": [{"in": "query"}], "x-a": {"itemSchema": 1}}}},
            "components": {"schemas": {"query": {"properties": names, "example": {"$self": 1}}}},
        });
        let (is_one, warnings) = checked(&document).expect("it has nothing of 3.2");
        assert!(is_one);
        assert!(warnings[0].starts_with("a.yaml:1: OpenAPI 3.2.0 is read as 3.1"));
    }

    #[test]
    fn what_only_3_2_has_is_rejected() {
        for (pointer, value) in [
            ("/$self", json!("https://a.example")),
            ("/paths/~1a/query", json!({})),
            ("/paths/~1a/additionalOperations", json!({})),
            ("/paths/~1a/get/parameters", json!([{"in": "querystring"}])),
            ("/components/mediaTypes", json!({})),
            (
                "/paths/~1a/get/responses/200/content/a/itemSchema",
                json!({}),
            ),
        ] {
            let names = pointer[1..].rsplit('/').map(|name| name.replace("~1", "/"));
            let inner = names.fold(value, |value, name| json!({name: value}));
            let mut document = json!({"openapi": "3.2.0"});
            if let (Value::Object(document), Value::Object(inner)) = (&mut document, inner) {
                document.extend(inner);
            }
            let error = checked(&document).expect_err("only 3.2 has it");
            assert!(
                error.starts_with(&format!("a.yaml:1: {pointer}")),
                "{error}"
            );
        }
    }
}
