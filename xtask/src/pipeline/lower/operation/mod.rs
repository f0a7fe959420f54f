//! Lowering operations: their parameters, bodies and responses.

mod multipart;
mod pagination;
mod parameter;
mod query;
mod request_body;
mod response;
mod route;
mod style;

use std::collections::BTreeMap;

use partner_api_codegen::contract::{Extension as _, OperationExtension};
use serde_json::{Map, Value, json};

use crate::document::pointer::inlined;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::doc;
use crate::pipeline::lower::naming::distinct::{Named, Wanted};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::operation::parameter::Parameters;
use crate::pipeline::lower::operation::route::Route;
use crate::pipeline::lower::usage;

impl Lowering<'_> {
    /// Lowers every operation; the second result is the pointer of each by its Rust name.
    pub(crate) fn paths(&mut self) -> (Value, BTreeMap<String, String>) {
        let mut paths = Map::new();
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        self.other_methods();
        let ids = self.operation_names();
        for ((at, name, operation), id) in usage::operations(self.document).zip(ids) {
            let before = self.problems.len();
            let Some((method, path)) = name.split_once(' ') else {
                continue;
            };
            self.lookalike(path, &at);
            self.lookalike(
                string_at(operation, "/operationId"),
                &format!("{at}/operationId"),
            );
            let lowered = self.operation(operation, method, path, &at, &id);
            if self.leaves_out(before, &at, &name) {
                continue;
            }
            let Some((path, lowered)) = lowered else {
                continue;
            };
            let method = method.to_lowercase();
            let is_taken = paths.get(&path).is_some_and(|it| it.get(&method).is_some());
            let path = match is_taken {
                // The generated code leaves the fragment out.
                true => format!("{path}#{id}"),
                false => path,
            };
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[method] = lowered;
            places.insert(id, at);
        }
        (paths.into(), places)
    }

    /// The Rust name of every operation.
    fn operation_names(&mut self) -> Vec<String> {
        let mut wanted = Vec::new();
        for (at, name, operation) in usage::operations(self.document) {
            let published = match string_at(operation, "/operationId") {
                "" => &name,
                id => id,
            };
            let (rust, is_changed) = names::operation(published);
            if is_changed {
                self.renamed(&at, published, &rust, Named::Operation);
            }
            wanted.push(Wanted {
                at,
                published: published.to_owned(),
                rust,
                is_chosen: false,
            });
        }
        self.distinct(Named::Operation, &wanted)
    }

    fn operation(
        &mut self,
        operation: &Value,
        method: &str,
        path: &str,
        at: &str,
        id: &str,
    ) -> Option<(String, Value)> {
        let route = self.route(method, path, at);
        let parameters = route
            .as_ref()
            .and_then(|route| self.parameters(operation, &route.path, at, id));
        let body = operation.get("requestBody").map(|body| {
            let body = inlined(self.document, body);
            self.request_body(body, &format!("{at}/requestBody"), id, method)
        });
        let responses = self.responses(operation, method, at, id);
        // Each has reported its problems by now.
        let Route { server, .. } = route?;
        let Parameters {
            path,
            lowered: mut parameters,
            wire,
            cookies,
        } = parameters?;
        let paged = Self::paged(&mut parameters);
        self.sort(&mut parameters, at);
        self.numbers(&mut parameters, at);
        let mut lowered = described(operation, id);
        let idempotent = operation.get("x-idempotent").and_then(Value::as_bool);
        let mut extension = OperationExtension {
            idempotent: idempotent.unwrap_or(method != "POST" && method != "PATCH"),
            wire,
            paged,
            cookies,
            server,
            accept: self.accept(operation),
            docs: self.docs_page(operation, at),
            deprecated: operation.get("deprecated") == Some(&json!(true)),
            body: None,
        };
        lowered["parameters"] = parameters.into();
        if let Some(body) = body {
            let (body, of_body) = body?;
            if !body.is_null() {
                extension.body = Some(of_body);
                lowered["requestBody"] = body;
            }
        }
        lowered["responses"] = responses?;
        Some((path, extension.on(lowered)))
    }

    /// The page that documents an operation.
    fn docs_page(&mut self, operation: &Value, at: &str) -> Option<String> {
        match string_at(operation, "/externalDocs/url") {
            "" => None,
            url if doc::is_address(url) => Some(url.to_owned()),
            _ => {
                self.note(
                    &format!("{at}/externalDocs/url"),
                    "this is not the URL of a web page, so it is not linked",
                );
                None
            }
        }
    }
}

/// An operation with its ID, summary and description.
fn described(operation: &Value, id: &str) -> Value {
    let summary = doc::line(string_at(operation, "/summary"));
    let description = doc::for_rustdoc(string_at(operation, "/description"));
    let mut described = json!({"operationId": id});
    if !summary.is_empty() {
        described["summary"] = summary.clone().into();
    }
    if !description.is_empty() && description != summary {
        described["description"] = description.into();
    }
    described
}
