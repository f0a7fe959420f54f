//! How values are written outside of JSON, by the styles of OpenAPI.

use serde_json::Value;

/// How a parameter is written.
pub struct Style<'a> {
    pub style: &'a str,
    pub explode: bool,
    pub is_json: bool,
}

impl<'a> Style<'a> {
    pub fn of(parameter: &'a Value, location: &str, is_json: bool) -> Self {
        let default = match location {
            "query" | "cookie" => "form",
            _ => "simple",
        };
        let style = parameter["style"].as_str().unwrap_or(default);
        Self {
            style,
            explode: parameter["explode"].as_bool().unwrap_or(style == "form"),
            is_json,
        }
    }

    fn delimiter(&self) -> &'static str {
        match self.style {
            "spaceDelimited" => " ",
            "pipeDelimited" => "|",
            _ => ",",
        }
    }

    /// The value in the query or a cookie.
    pub fn pairs(&self, name: &str, value: &Value) -> Vec<(String, String)> {
        let single = |text: String| vec![(name.to_owned(), text)];
        match value {
            _ if self.is_json => single(value.to_string()),
            Value::Array(_) | Value::Object(_) if self.style == "deepObject" => deep(name, value),
            Value::Array(items) if self.explode => {
                items.iter().map(|it| (name.to_owned(), text(it))).collect()
            }
            Value::Object(members) if self.explode => members
                .iter()
                .map(|(name, it)| (name.clone(), text(it)))
                .collect(),
            _ => single(self.joined(value)),
        }
    }

    /// The value in one piece.
    pub fn joined(&self, value: &Value) -> String {
        match value {
            _ if self.is_json => value.to_string(),
            Value::Array(items) => items
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join(self.delimiter()),
            Value::Object(members) => {
                let between = if self.explode { "=" } else { self.delimiter() };
                let members = members
                    .iter()
                    .map(|(name, it)| format!("{name}{between}{}", text(it)));
                members.collect::<Vec<_>>().join(self.delimiter())
            }
            value => text(value),
        }
    }
}

/// An object as `name[key]=value`; items of an array in it have its name.
fn deep(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            members
                .flat_map(|(key, it)| deep(&format!("{name}[{key}]"), it))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(|it| deep(name, it)).collect(),
        value => vec![(name.to_owned(), text(value))],
    }
}

/// A value outside of JSON.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}
