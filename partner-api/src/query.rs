//! Objects in the query of a request.

use std::fmt;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

/// An object sent as JSON in one query parameter; builders make it from the object itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json<T>(pub T);

/// An object sent as one query parameter for each of its members; builders make it from the
/// object itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form<T>(pub T);

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> From<T> for Form<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(&self.0).map_err(S::Error::custom)?)
    }
}

impl<T: Serialize> fmt::Display for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl<T: Serialize> Serialize for Form<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Serialize> fmt::Display for Form<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Json(&self.0).fmt(f)
    }
}

/// The parameters that a value in the query is sent as.
#[cfg(feature = "mock")]
#[allow(dead_code, reason = "a document need not have a query")]
pub(crate) fn pairs<T: Serialize>(name: &str, value: &T) -> Vec<(String, String)> {
    let text = serde_urlencoded::to_string(progenitor_client::QueryParam::new(name, value));
    let mut url = reqwest::Url::parse("http://localhost").ok();
    if let (Some(url), Ok(text)) = (&mut url, text) {
        url.set_query(Some(&text));
    }
    url.iter()
        .flat_map(|url| url.query_pairs().into_owned())
        .collect()
}
