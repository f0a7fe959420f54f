//! What a request consists of, until it is sent.

use std::fmt::Display;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};

use super::operations::{INVALID, Target, target};
use crate::error::Error;
use crate::generated::Client;
use crate::transport::CallOptions;
use crate::values::identifier;

/// The media type of JSON.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Clone)]
pub(super) struct Draft {
    pub(super) method: Method,
    pub(super) target: &'static Target,
    /// Why the request is invalid: the first reason that was found.
    problem: Option<String>,
    /// The arguments of the template.
    pub(super) arguments: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    /// The body as JSON.
    pub(super) body: Option<Bytes>,
    headers: HeaderMap,
    pub(super) idempotent: Option<bool>,
    pub(super) options: CallOptions,
}

impl Draft {
    pub(super) fn new(method: Method, template: &'static str) -> Self {
        let (target, problem) = match target(&method, template) {
            Ok(target) => (target, None),
            Err(why) => (&INVALID, Some(why)),
        };
        Self {
            method,
            target,
            problem,
            arguments: Vec::new(),
            query: Vec::new(),
            body: None,
            headers: HeaderMap::new(),
            idempotent: None,
            options: CallOptions::new(),
        }
    }

    /// Keeps the first reason why the request is invalid.
    pub(super) fn reject(&mut self, why: String) {
        self.problem.get_or_insert(why);
    }

    pub(super) fn add_argument(&mut self, name: &str, value: String) {
        if let Err(why) = identifier::check(&value) {
            self.reject(format!("{name}: {why}"));
        }
        if self.arguments.iter().any(|(known, _)| known == name) {
            self.reject(format!("{name}: is set twice; set each parameter once"));
        }
        self.arguments.push((name.to_owned(), value));
    }

    pub(super) fn add_header(
        &mut self,
        name: Result<HeaderName, impl Display>,
        value: Result<HeaderValue, impl Display>,
    ) {
        match (name, value) {
            (Ok(name), Ok(_)) if self.headers.contains_key(&name) => self.reject(twice(&name)),
            (Ok(name), Ok(value)) => drop(self.headers.insert(name, value)),
            (Ok(name), Err(why)) => self.reject(format!("header `{name}`: {why}")),
            (Err(why), _) => self.reject(format!("the name of a header: {why}")),
        }
    }

    /// The options of the call. The error is that of the first invalid argument.
    pub(super) fn options(&self) -> Result<CallOptions, Error> {
        if let Some(why) = &self.problem {
            return Err(self.invalid(why.clone()));
        }
        let mut options = self.options.clone();
        options.idempotent = self.idempotent.or(options.idempotent);
        let mut names = self.headers.keys();
        if let Some(name) = names.find(|name| options.headers.contains_key(*name)) {
            return Err(self.invalid(twice(name)));
        }
        options.headers.extend(self.headers.clone());
        Ok(options)
    }

    /// The request, which accepts this media type.
    pub(super) fn request(
        &self,
        client: &Client,
        accept: Option<HeaderValue>,
    ) -> Result<reqwest::Result<Request>, Error> {
        let url = format!("{}{}", client.baseurl, self.path()?);
        let request = client.client.request(self.method.clone(), url);
        let mut request = request.query(&self.query);
        if let Some(accept) = accept {
            request = request.header(ACCEPT, accept);
        }
        if let Some(body) = &self.body {
            request = request.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        Ok(request.build())
    }

    /// The path with the arguments. It is an error if they are not those of the template.
    fn path(&self) -> Result<String, Error> {
        let template = &self.target.template;
        let known: Vec<_> = template.parameters().collect();
        let mut given = self.arguments.iter().map(|(name, _)| name.as_str());
        if let Some(name) = given.find(|name| !known.contains(name)) {
            let known = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            };
            return Err(self.invalid(format!(
                "{name}: is no parameter of the template, which has {known}"
            )));
        }
        template.path(&self.arguments).map_err(|name| {
            self.invalid(format!(
                "{name}: is required by the template and was not set; call `.path(\"{name}\", …)`"
            ))
        })
    }

    fn invalid(&self, why: String) -> Error {
        Error::invalid_request(self.target.operation, why)
    }
}

fn twice(name: &HeaderName) -> String {
    format!("header `{name}`: is set twice; set it once, or only with `CallOptions::header`")
}
