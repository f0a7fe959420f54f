//! Cookies that are parameters of an operation.
#![allow(dead_code, reason = "a document need not have cookies")]

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a cookie cannot hold as it is, and `%`.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// The header with these cookies, if any is set. What a cookie cannot hold is percent-encoded.
pub(crate) fn header<const N: usize>(cookies: [(&str, Option<String>); N]) -> Option<String> {
    let set = cookies.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(format!("{name}={}", utf8_percent_encode(&value, RESERVED)))
    });
    let set: Vec<_> = set.collect();
    (!set.is_empty()).then(|| set.join("; "))
}

/// Whether a request has this cookie, or no such cookie for `None`.
#[cfg(feature = "mock")]
pub(crate) fn is(name: &str, value: Option<&str>, request: &httpmock::HttpMockRequest) -> bool {
    let headers = request.headers_vec().iter();
    let cookies = headers.filter(|(header, _)| header.eq_ignore_ascii_case("cookie"));
    let mut pairs = cookies.flat_map(|(_, cookies)| cookies.split("; "));
    let found = pairs.find(|pair| {
        pair.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('='))
    });
    let expected = header([(name, value.map(str::to_owned))]);
    found == expected.as_deref()
}
