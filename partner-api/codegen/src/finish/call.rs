//! What the finishing pass knows of an operation's calls.

use proc_macro2::Ident;
use quote::format_ident;

use super::operations::constant;
use crate::contract::SchemaExtension;
use crate::document::{Document, Operation};
use crate::list::List;
use crate::model::{Argument, Builder};

/// The builder of an operation, as the finishing pass writes it.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation<'a>,
    pub(crate) builder: &'a Builder,
    /// The arguments: a body is optional if the document does not require it.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) list: Option<List<'a>>,
    pub(crate) constant: Ident,
    pub(super) optional_body: bool,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        document: &Document<'a>,
        operation: &'a Operation<'a>,
        builder: &'a Builder,
    ) -> Self {
        let optional_body = operation.body().optional;
        let arguments = builder.arguments.iter().map(|argument| {
            let is_optional_body = optional_body && argument.name == "body";
            match is_optional_body && argument.optional {
                // It may be left out, and it may be null.
                true => Argument {
                    name: argument.name.clone(),
                    ty: argument.ty.clone().optional(),
                    optional: true,
                },
                false => Argument {
                    name: argument.name.clone(),
                    ty: argument.ty.clone(),
                    optional: argument.optional || is_optional_body,
                },
            }
        });
        Self {
            operation,
            builder,
            arguments: arguments.collect(),
            list: List::of(document, operation),
            constant: constant(operation.id),
            optional_body,
        }
    }

    /// Whether the status of a response decides what its body is.
    pub(super) fn reads_by_status(&self, document: &Document<'_>) -> bool {
        let responses = self.operation.value["responses"].as_object();
        let mut successes = responses.into_iter().flatten();
        let success = successes.find(|(status, _)| status.starts_with('2'));
        let body = success.map(|(_, it)| &it["content"]["application/json"]["schema"]);
        let component = body.and_then(|body| document.referred(body));
        let extension = component.and_then(|component| component.extension.as_ref());
        matches!(extension, Some(SchemaExtension::Responses(_)))
    }

    /// The name of the method that puts the request together, which no argument has.
    pub(crate) fn request_method(&self) -> Ident {
        let is_taken = self.arguments.iter().any(|it| it.name == "request");
        format_ident!("{}", if is_taken { "into_request" } else { "request" })
    }

    /// Whether an argument may be left out.
    pub(crate) fn is_optional(&self, argument: &str) -> bool {
        let mut arguments = self.arguments.iter();
        arguments.any(|it| it.name == argument && it.optional)
    }
}
