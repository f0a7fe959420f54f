//! Scopes: a method of the client that sets one path parameter for every operation that has it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Type, parse_str};

use super::{builder_name, docs};
use crate::contract::{self, SchemaExtension};
use crate::document::{Document, Operation};
use crate::rust_type::rust_type;

/// One scope.
struct Scope<'a> {
    method: Ident,
    ident: Ident,
    parameter: Ident,
    ty: Type,
    /// How the parameter is read.
    read: TokenStream,
    operations: Vec<&'a Operation<'a>>,
}

impl<'a> Scope<'a> {
    fn all(document: &'a Document<'a>) -> Result<Vec<Self>, String> {
        let scopes = document.extension.scopes.iter();
        scopes.map(|scope| Self::of(document, scope)).collect()
    }

    fn of(document: &'a Document<'a>, scope: &contract::Scope) -> Result<Self, String> {
        let parameter = &scope.parameter;
        let schema = document.referred(&scope.schema);
        let extension = schema.and_then(|schema| schema.extension.as_ref());
        Ok(Self {
            read: match extension {
                Some(SchemaExtension::Identifier) => {
                    quote!(checked(#parameter, value, crate::values::identifier::check))
                }
                Some(SchemaExtension::Query { .. }) => {
                    quote!(checked(#parameter, value, crate::values::query::check_segment))
                }
                _ => quote!(read(#parameter, value)),
            },
            method: format_ident!("{}", scope.name),
            ident: format_ident!("{}", scope.type_name),
            ty: parse_str(&rust_type(&scope.schema)).map_err(|error| error.to_string())?,
            operations: document
                .operations
                .iter()
                .filter(|operation| operation.has_in_path(parameter))
                .collect(),
            parameter: format_ident!("{parameter}"),
        })
    }
}

/// The methods of the client that return scopes.
pub(crate) fn methods(document: &Document<'_>) -> Result<Vec<TokenStream>, String> {
    let methods = Scope::all(document)?.into_iter().map(|scope| {
        let Scope {
            method,
            ident,
            parameter,
            ty,
            ..
        } = scope;
        let doc = format!("The operations with a `{parameter}`, with that parameter already set.");
        quote! {
            #[doc = #doc]
            ///
            /// Nothing is sent. Each call fails if the value is not valid in a path.
            pub fn #method<V>(&self, #parameter: V) -> builder::#ident<'_>
            where
                V: ::std::convert::TryInto<#ty>,
                V::Error: ::std::fmt::Display,
            {
                builder::#ident::new(self, #parameter)
            }
        }
    });
    Ok(methods.collect())
}

/// The types of the scopes, for the module of the builders.
pub(crate) fn items(document: &Document<'_>) -> Result<Vec<TokenStream>, String> {
    let scopes = Scope::all(document)?;
    Ok(scopes.iter().map(|scope| item(document, scope)).collect())
}

fn item(document: &Document<'_>, scope: &Scope<'_>) -> TokenStream {
    let Scope {
        method,
        ident,
        parameter,
        ty,
        read,
        operations,
    } = scope;
    let doc = format!(
        "The operations with a `{parameter}`, with that parameter already set; from [`Client::{method}`](super::Client::{method})."
    );
    let calls = operations.iter().map(|operation| {
        let attributes = docs::attributes(document, operation);
        let call = format_ident!("{}", operation.id);
        let builder = format_ident!("{}", builder_name(operation.id));
        quote! {
            #(#attributes)*
            pub fn #call(&self) -> #builder<'a> {
                #builder {
                    #parameter: self.#parameter.clone(),
                    ..#builder::new(self.client)
                }
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub struct #ident<'a> {
            client: &'a super::Client,
            #parameter: Result<#ty, String>,
        }

        impl<'a> #ident<'a> {
            pub(crate) fn new<V>(client: &'a super::Client, value: V) -> Self
            where
                V: ::std::convert::TryInto<#ty>,
                V::Error: ::std::fmt::Display,
            {
                Self { client, #parameter: crate::values::argument::#read }
            }

            #(#calls)*
        }
    }
}
