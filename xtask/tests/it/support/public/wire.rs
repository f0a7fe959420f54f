//! What a request must be by the published document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::instance::{Instances, Side};
use super::style::{Style, text};
use super::{Document, Operation};

/// The arguments of a call, and the request that they must become.
pub struct Expected {
    /// The values of parameters by location and name.
    pub parameters: BTreeMap<(String, String), Value>,
    /// The body, if one is published.
    pub body: Option<Body>,
    /// The method, in upper case.
    pub method: String,
    /// The segments of the path, decoded.
    pub path: Vec<String>,
    /// The names and values of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The cookies.
    pub cookies: BTreeSet<String>,
}

/// A body as it is published.
pub struct Body {
    /// Its media type.
    pub kind: String,
    /// Its value, whatever the media type.
    pub value: Value,
    /// How the members of a form are written.
    pub encoding: Value,
}

/// Headers that are no parameters, by the specification.
const NOT_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// The expected request of an operation in this round; none if it has no finite value.
pub fn expected(document: &Document, operation: &Operation<'_>, round: usize) -> Option<Expected> {
    let instances = Instances::new(&document.json, Side::Request, round);
    let mut expected = Expected {
        parameters: BTreeMap::new(),
        body: None,
        method: operation.method.to_uppercase(),
        path: Vec::new(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        cookies: BTreeSet::new(),
    };
    let mut placeholders = BTreeMap::new();
    for ((location, name), parameter) in parameters(document, operation) {
        let content = parameter["content"]
            .as_object()
            .and_then(|it| it.values().next());
        let schema = content.map_or(&parameter["schema"], |media| &media["schema"]);
        let mut value = fit(instances.value(schema)?, &location);
        if value.is_f64() && location == "query" && ["limit", "offset"].contains(&&*name) {
            // A number of items is whole, even where its type is `number`.
            value = json!(1);
        }
        let style = Style::of(parameter, &location, content.is_some());
        match &*location {
            "path" => {
                placeholders.insert(name.clone(), style.joined(&value));
            }
            "query" => expected.query.extend(style.pairs(&name, &value)),
            "header" if NOT_PARAMETERS.contains(&&*name.to_lowercase()) => continue,
            "header" => {
                expected
                    .headers
                    .insert(name.to_lowercase(), style.joined(&value));
            }
            _ => {
                let pairs = style.pairs(&name, &value);
                let cookies = pairs
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"));
                expected.cookies.extend(cookies);
            }
        }
        expected.parameters.insert((location, name), value);
    }
    let (template, fixed) = operation
        .path
        .split_once('?')
        .unwrap_or((operation.path, ""));
    let pairs = fixed.split('&').filter_map(|pair| pair.split_once('='));
    expected
        .query
        .extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let servers = [operation.value, operation.item, &document.json];
    let server = servers.iter().find(|it| it["servers"].is_array());
    let prefix = server.map(|it| base_path(it)).unwrap_or_default();
    expected.path = path(&format!("{prefix}{template}"), &placeholders);
    let body = resolved(document, &operation.value["requestBody"]);
    if let Some((kind, media)) = preferred(body) {
        let value = match kind.contains("json") || kind.contains("form") {
            true => instances.value(&media["schema"])?,
            false => json!("some bytes"),
        };
        let encoding = media["encoding"].clone();
        if kind.starts_with("multipart/") && value == json!({}) {
            // There is nothing to send.
            return Some(expected);
        }
        expected.body = Some(Body {
            kind,
            value,
            encoding,
        });
    }
    Some(expected)
}

/// The parameters of the path item and those of the operation, which replace them.
fn parameters<'a>(
    document: &'a Document,
    operation: &Operation<'a>,
) -> BTreeMap<(String, String), &'a Value> {
    let holders = [
        &operation.item["parameters"],
        &operation.value["parameters"],
    ];
    let all = holders.into_iter().filter_map(Value::as_array).flatten();
    // A placeholder that nothing describes is a string.
    let names = operation.path.split('{').skip(1);
    let names = names.filter_map(|rest| rest.split_once('}'));
    let placeholders = names.map(|(name, _)| (("path".to_owned(), name.to_owned()), &UNDESCRIBED));
    let described = all.map(|parameter| {
        let parameter = resolved(document, parameter);
        let text = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
        ((text("in"), text("name")), parameter)
    });
    placeholders.chain(described).collect()
}

/// A parameter without a description, whose value is any string.
static UNDESCRIBED: Value = Value::Null;

/// The path of the first server of a document, path or operation.
pub fn base_path(holder: &Value) -> String {
    let server = &holder["servers"][0];
    let mut url = text(&server["url"]);
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), &text(&variable["default"]));
    }
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = match after_scheme {
        0 => Some(0),
        start => url[start..].find('/').map(|at| start + at),
    };
    path.map_or("", |at| url[at..].trim_end_matches('/'))
        .to_owned()
}

/// What a value refers to.
pub fn resolved<'a>(document: &'a Document, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    match target.and_then(|it| document.json.pointer(it)) {
        Some(target) => resolved(document, target),
        None => value,
    }
}

/// The media type in which a body is sent: JSON, a form, multipart, or the first.
fn preferred(body: &Value) -> Option<(String, &Value)> {
    let content = body["content"].as_object()?;
    let kinds = [
        "json",
        "x-www-form-urlencoded",
        "multipart/form-data",
        "octet-stream",
        "text/plain",
        "",
    ];
    kinds.iter().find_map(|kind| {
        let mut all = content.iter();
        all.find(|(name, _)| name.contains(kind))
            .map(|(name, media)| (name.clone(), media))
    })
}

/// The value without characters that its location cannot hold.
fn fit(value: Value, location: &str) -> Value {
    match value {
        Value::String(text) if location == "header" || location == "cookie" => {
            let text: String = text.chars().filter(char::is_ascii).collect();
            text.trim().into()
        }
        Value::Array(items) => items
            .into_iter()
            .map(|it| plain(fit(it, location)))
            .collect(),
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, it)| (name, fit(it, location)));
            members.collect::<Map<_, _>>().into()
        }
        value => value,
    }
}

/// A string without what may be a delimiter.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) => text.replace([' ', ',', '|', '%'], "-").into(),
        value => value,
    }
}

/// The segments of the path, decoded.
fn path(template: &str, values: &BTreeMap<String, String>) -> Vec<String> {
    let mut segments = Vec::new();
    for segment in template.split('/').skip(1) {
        let mut segment = segment.to_owned();
        for (name, value) in values {
            // A value has no placeholder of its own.
            segment = segment.replace(&format!("{{{name}}}"), value);
        }
        segments.push(segment);
    }
    segments
}
