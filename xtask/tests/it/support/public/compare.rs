//! What was sent and decoded, compared with what had to be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::cases::Case;
use super::style::{Style, text};
use super::wire::{Body, Expected};

/// What happened in one call, as the program in the copy recorded it.
pub struct Recorded<'a>(pub &'a Value);

impl Recorded<'_> {
    /// What is wrong with the request; nothing if it is right.
    pub fn request_problem(&self, case: &Case) -> Option<String> {
        let Some(sent) = self.0.get("sent").filter(|it| it.is_object()) else {
            return Some(format!(
                "nothing was sent: {}",
                self.error().unwrap_or("no error")
            ));
        };
        let expected = &case.expected;
        let mut problems = Vec::new();
        let mut differ = |what: &str, is: String, must: String| {
            if is != must {
                problems.push(format!("{what} is {is}, must be {must}"));
            }
        };
        differ("the method", text(&sent["method"]), expected.method.clone());
        let target = text(&sent["target"]);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let segments: Vec<_> = path.split('/').skip(1).map(decoded).collect();
        differ(
            "the path",
            format!("{segments:?}"),
            format!("{:?}", expected.path),
        );
        differ("the query", shown(&pairs(query)), shown(&expected.query));
        let headers = headers(sent);
        for (name, must) in &expected.headers {
            let is = headers.get(name).cloned().unwrap_or_default();
            differ(&format!("the header {name}"), is, must.clone());
        }
        let cookies = headers.get("cookie").map_or("", String::as_str);
        let cookies: BTreeSet<_> = cookies
            .split("; ")
            .filter(|it| !it.is_empty())
            .map(decoded)
            .collect();
        differ(
            "the cookies",
            format!("{cookies:?}"),
            format!("{:?}", expected.cookies),
        );
        if let Some(problem) = body_problem(expected, &headers, &text(&sent["body"])) {
            problems.push(problem);
        }
        (!problems.is_empty()).then(|| problems.join("; "))
    }

    /// Why the response was not decoded, or what of it was lost.
    pub fn response_problem(&self, case: &Case) -> Option<(bool, String)> {
        if let Some(error) = self.error() {
            return Some((false, error.to_owned()));
        }
        let received = &self.0["received"];
        let must = without_nulls(case.response.body.clone());
        let is = without_nulls(received.clone());
        difference(&is, &must, "").map(|difference| (true, difference))
    }

    fn error(&self) -> Option<&str> {
        self.0["error"].as_str()
    }
}

fn headers(sent: &Value) -> BTreeMap<String, String> {
    let all = sent["headers"].as_array().into_iter().flatten();
    all.map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1])))
        .collect()
}

fn body_problem(
    expected: &Expected,
    headers: &BTreeMap<String, String>,
    sent: &str,
) -> Option<String> {
    let Some(Body {
        kind,
        value: must,
        encoding,
    }) = &expected.body
    else {
        return (!sent.is_empty()).then(|| format!("there must be no body, but it is {sent}"));
    };
    let plain = |kind: &str| {
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase()
    };
    let content_type = headers.get("content-type").map_or("", String::as_str);
    if plain(content_type) != plain(kind) {
        return Some(format!(
            "the content type is {content_type}, must be {kind}"
        ));
    }
    if kind.contains("json") {
        let Ok(is) = serde_json::from_str(sent) else {
            return Some(format!("the body is not JSON: {sent}"));
        };
        let difference = difference(&without_nulls(is), &without_nulls(must.clone()), "");
        return difference.map(|it| format!("the body: {it}"));
    }
    if kind.contains("x-www-form-urlencoded") {
        let is: Vec<_> = pairs(sent);
        let must = form(must, encoding);
        return (shown(&is) != shown(&must))
            .then(|| format!("the form is {}, must be {}", shown(&is), shown(&must)));
    }
    if kind.starts_with("multipart/") {
        let names = must
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null());
        let missing: Vec<_> = names
            .map(|(name, _)| name)
            .filter(|name| !sent.contains(&format!("name=\"{name}\"")))
            .collect();
        return (!missing.is_empty()).then(|| format!("the parts {missing:?} are missing"));
    }
    (sent != text(must)).then(|| format!("the body is {sent}, must be {must}"))
}

/// The pairs of a form: by default arrays repeat their name, and objects are JSON.
fn form(value: &Value, encoding: &Value) -> Vec<(String, String)> {
    let members = value.as_object().into_iter().flatten();
    members
        .flat_map(|(name, value)| {
            let encoding = &encoding[name];
            let style = encoding["style"].as_str().unwrap_or("form");
            Style {
                style,
                explode: encoding["explode"].as_bool().unwrap_or(style == "form"),
                is_json: value.is_object() && style == "form",
            }
            .pairs(name, value)
        })
        .collect()
}

/// The pairs in a fixed order, those of one name in theirs.
///
/// OpenAPI leaves open how an array in a deep object is written, so `a[]` and `a[0]` are the same.
fn shown(pairs: &[(String, String)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (without_indices(name), canonical(value)));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    format!("{pairs:?}")
}

fn without_indices(name: &str) -> String {
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    let keys =
        parts.filter(|part| part.trim_end_matches(']').parse::<usize>().is_err() && *part != "]");
    keys.fold(first, |name, part| format!("{name}[{part}"))
}

/// JSON in a parameter without the order of its members.
fn canonical(value: &str) -> String {
    match serde_json::from_str::<Value>(value) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => {
            let mut value = without_nulls(value);
            value.sort_all_objects();
            value.to_string()
        }
        _ => value.to_owned(),
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|it| !it.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (
                decoded(&name.replace('+', " ")),
                decoded(&value.replace('+', " ")),
            )
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Without members that are null or empty, which mean the same as none.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, it)| (name, without_nulls(it)));
            let is_empty = |value: &Value| {
                value.is_null()
                    || *value == Value::Array(Vec::new())
                    || *value == Value::Object(Map::new())
            };
            members
                .filter(|(_, it)| !is_empty(it))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

/// The first difference of two values.
fn difference(is: &Value, must: &Value, at: &str) -> Option<String> {
    match (is, must) {
        (Value::Object(is), Value::Object(must)) => {
            let names: BTreeSet<_> = is.keys().chain(must.keys()).collect();
            names.into_iter().find_map(|name| {
                let at = format!("{at}/{name}");
                match (is.get(name), must.get(name)) {
                    (Some(is), Some(must)) => difference(is, must, &at),
                    (is, must) => Some(format!("{at} is {}, must be {}", short(is), short(must))),
                }
            })
        }
        (Value::Array(is), Value::Array(must)) if is.len() == must.len() => {
            let mut both = is.iter().zip(must).enumerate();
            both.find_map(|(index, (is, must))| difference(is, must, &format!("{at}/{index}")))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if is == must => None,
        _ => Some(format!(
            "{at} is {}, must be {}",
            short(Some(is)),
            short(Some(must))
        )),
    }
}

fn short(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "missing".to_owned(), Value::to_string);
    text.chars().take(120).collect()
}
