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
    /// The environment variable that has its default.
    variable: Option<String>,
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
            variable: default_id(document, scope),
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

/// The methods of the client that return scopes, and the ids that it sets by itself.
pub(crate) fn methods(document: &Document<'_>) -> Result<Vec<TokenStream>, String> {
    let methods = Scope::all(document)?.into_iter().map(|scope| {
        let Scope {
            method,
            ident,
            parameter,
            ty,
            ..
        } = &scope;
        let doc = format!("The operations with a `{parameter}`, with that parameter already set.");
        let default = scope.default();
        quote! {
            #[doc = #doc]
            ///
            /// Nothing is sent. Each call fails if the value is not valid in a path.
            pub fn #method<V, M>(&self, #parameter: V) -> builder::#ident
            where
                V: crate::Argument<#ty, M>,
            {
                builder::#ident::new(self.clone(), #parameter)
            }

            #default
        }
    });
    Ok(methods.collect())
}

impl Scope<'_> {
    /// The method that returns the id that calls use if they set none.
    fn default(&self) -> Option<TokenStream> {
        let Self { parameter, ty, .. } = self;
        let variable = self.variable.as_ref()?;
        let name = parameter.to_string();
        let method = format_ident!("default_{name}");
        let doc = format!(
            "The `{name}` of calls that set none: the environment variable `{variable}`, if the client was created with [`from_env`](crate::AuthExt::from_env)."
        );
        Some(quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #method(&self) -> Option<#ty> {
                self.inner.default_id(#name)
            }
        })
    }
}

/// The parameters that a client can set by itself, with the environment variables that it reads them from.
pub(super) fn default_ids(document: &Document<'_>) -> TokenStream {
    let ids = document.extension.scopes.iter().filter_map(|scope| {
        let (parameter, variable) = (&scope.parameter, default_id(document, scope)?);
        Some(quote!((#parameter, #variable)))
    });
    quote!(#(#ids,)*)
}

/// The initial value of an argument that an operation requires.
pub(super) fn initial(
    document: &Document<'_>,
    operation: &Operation<'_>,
    client: &Ident,
    name: &str,
) -> TokenStream {
    let missing = format!("{name}: is required and was not set");
    let mut scopes = document.extension.scopes.iter();
    let has_default = operation.has_in_path(name)
        && scopes.any(|it| it.parameter == name && default_id(document, it).is_some());
    match has_default {
        true => quote!(#client.inner.default_id(#name).ok_or_else(|| #missing.to_owned())),
        false => quote!(Err(#missing.to_owned())),
    }
}

/// The environment variable of a parameter, if that is an identifier.
fn default_id(document: &Document<'_>, scope: &contract::Scope) -> Option<String> {
    let schema = document.referred(&scope.schema)?;
    let is_identifier = matches!(schema.extension, Some(SchemaExtension::Identifier));
    is_identifier.then(|| scope.parameter.to_uppercase())
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
        ..
    } = scope;
    let doc = format!(
        "The operations with a `{parameter}`, with that parameter already set; from [`Client::{method}`](super::Client::{method}).\n\nIt owns its client and is cheap to clone, so it can be kept in the state of an application."
    );
    let calls = operations.iter().map(|operation| {
        let attributes = docs::attributes(document, operation);
        let call = format_ident!("{}", operation.id);
        let builder = format_ident!("{}", builder_name(operation.id));
        quote! {
            #(#attributes)*
            pub fn #call(&self) -> #builder<'_> {
                #builder {
                    #parameter: self.#parameter.clone(),
                    ..#builder::new(&self.client)
                }
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub struct #ident {
            client: super::Client,
            #parameter: Result<#ty, String>,
        }

        impl #ident {
            pub(crate) fn new<V, M>(client: super::Client, value: V) -> Self
            where
                V: crate::Argument<#ty, M>,
            {
                Self { client, #parameter: crate::values::argument::#read }
            }

            #(#calls)*
        }
    }
}
