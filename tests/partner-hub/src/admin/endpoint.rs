//! An admin path: how its requests are read, what they do, and how its document describes it.

use bytes::Bytes;
use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::response::{ApiError, ApiResponse};
use crate::server::context::Context;
use crate::server::request::BODY_LIMIT;

/// A request to an admin path.
#[derive(Debug)]
pub(crate) struct AdminRequest {
    pub(crate) path: PathParameters,
    pub(crate) query: String,
    pub(crate) body: Bytes,
}

/// The schema of a type, as the document of the admin paths refers to it.
type SchemaOf = fn(&mut SchemaGenerator) -> Schema;
type Handler = Box<dyn Fn(&Context, &AdminRequest) -> Result<ApiResponse, ApiError> + Send + Sync>;
/// The method, the path after `/__hub/`, the `operationId` and a summary.
type Name = (Method, &'static str, &'static str, &'static str);

/// One method of one admin path.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// The path template after `/__hub/`, with its parameters in braces.
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) query: Option<SchemaOf>,
    pub(crate) body: Option<SchemaOf>,
    /// The maximum size of a body in bytes.
    pub(crate) max_body: usize,
    pub(crate) response: SchemaOf,
    handler: Handler,
}

/// The decoded parameters of a path.
#[derive(Debug, Default)]
pub(crate) struct PathParameters(Vec<(&'static str, String)>);

impl PathParameters {
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Endpoint {
    /// An endpoint whose requests have no body.
    pub(crate) fn new<R: Serialize + JsonSchema + 'static>(
        name: Name,
        command: fn(&Context, &PathParameters) -> Result<R, ApiError>,
    ) -> Self {
        Self::responding(name, move |context, request| {
            command(context, &request.path)
        })
    }

    /// An endpoint whose requests have a JSON body.
    pub(crate) fn with_body<B, R>(
        name: Name,
        command: fn(&Context, &PathParameters, B) -> Result<R, ApiError>,
    ) -> Self
    where
        B: DeserializeOwned + JsonSchema + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let endpoint = Self::responding(name, move |context, request| {
            let body = serde_json::from_slice(&request.body)
                .map_err(|error| ApiError::bad_request(format!("invalid body: {error}")))?;
            command(context, &request.path, body)
        });
        Self {
            body: Some(SchemaGenerator::subschema_for::<B>),
            ..endpoint
        }
    }

    /// An endpoint whose requests have query parameters.
    pub(crate) fn with_query<Q, R>(
        name: Name,
        command: fn(&Context, Q) -> Result<R, ApiError>,
    ) -> Self
    where
        Q: DeserializeOwned + JsonSchema + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let endpoint = Self::responding(name, move |context, request| {
            let query = serde_urlencoded::from_str(&request.query)
                .map_err(|error| ApiError::bad_request(format!("invalid query: {error}")))?;
            command(context, query)
        });
        Self {
            query: Some(Q::json_schema),
            ..endpoint
        }
    }

    /// An endpoint whose requests have a body that the command parses, of the type `B`.
    pub(crate) fn with_bytes<B: JsonSchema + 'static, R: Serialize + JsonSchema + 'static>(
        name: Name,
        command: fn(&Context, &Bytes) -> Result<R, ApiError>,
    ) -> Self {
        let endpoint = Self::responding(name, move |context, request| {
            command(context, &request.body)
        });
        Self {
            body: Some(SchemaGenerator::subschema_for::<B>),
            ..endpoint
        }
    }

    fn responding<R: Serialize + JsonSchema + 'static>(
        (method, path, id, summary): Name,
        command: impl Fn(&Context, &AdminRequest) -> Result<R, ApiError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            status: StatusCode::OK,
            query: None,
            body: None,
            max_body: BODY_LIMIT,
            response: SchemaGenerator::subschema_for::<R>,
            handler: Box::new(move |context, request| {
                let result = command(context, request)?;
                Ok(ApiResponse::json(StatusCode::OK, &result))
            }),
        }
    }

    /// The status of a success, in place of 200.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_max_body(mut self, max_body: usize) -> Self {
        self.max_body = max_body;
        self
    }

    /// The parameters of a path, by its decoded segments, if it is a path of this endpoint.
    pub(crate) fn matches(&self, segments: &[String]) -> Option<PathParameters> {
        let templates: Vec<&'static str> = self.path.split('/').collect();
        if templates.len() != segments.len() {
            return None;
        }
        let mut parameters = PathParameters::default();
        for (template, segment) in templates.into_iter().zip(segments) {
            match parameter(template) {
                Some(name) if !segment.is_empty() => parameters.0.push((name, segment.clone())),
                None if template == segment => {}
                _ => return None,
            }
        }
        Some(parameters)
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(parameter)
    }

    pub(crate) fn call(
        &self,
        context: &Context,
        request: &AdminRequest,
    ) -> Result<ApiResponse, ApiError> {
        if self.query.is_none() && !request.query.is_empty() {
            return Err(ApiError::bad_request("this path takes no query"));
        }
        let mut response = (self.handler)(context, request)?;
        response.status = self.status;
        Ok(response)
    }
}

/// The name in a segment such as `{client_id}`.
fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The response of a command that returns nothing.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Done {
    done: bool,
}

pub(crate) fn done((): ()) -> Done {
    Done { done: true }
}
