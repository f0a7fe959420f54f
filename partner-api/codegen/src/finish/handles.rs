//! Handles: a method of the client that sets one path parameter for every operation that has it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, ImplItem, Item, Type, parse_str, parse2};

use super::{Operation, Operations, builder_name, client};
use crate::rust_type::rust_type;

/// One handle, as the document describes it.
struct Handle<'a> {
    method: Ident,
    ident: Ident,
    parameter: Ident,
    ty: Type,
    /// How the parameter is read.
    read: TokenStream,
    operations: Vec<&'a Operation<'a>>,
}

impl<'a> Handle<'a> {
    fn all(document: &Value, operations: &'a Operations<'a>) -> syn::Result<Vec<Self>> {
        let handles = document["x-codegen"]["handles"]
            .as_array()
            .into_iter()
            .flatten();
        let text =
            |handle: &Value, name: &str| handle[name].as_str().unwrap_or_default().to_owned();
        handles
            .map(|handle| {
                let parameter = text(handle, "parameter");
                let has = |operation: &&Operation<'_>| operation.has_in_path(&parameter);
                let name = text(&handle["schema"], "$ref");
                let name = name.rsplit('/').next().unwrap_or_default();
                let schema = &document["components"]["schemas"][name];
                Ok(Self {
                    read: match schema["x-codegen"]["identifier"] == true {
                        true => {
                            quote!(checked(#parameter, value, crate::values::identifier::check))
                        }
                        false => quote!(read(#parameter, value)),
                    },
                    method: format_ident!("{}", text(handle, "name")),
                    ident: format_ident!("{}", text(handle, "type")),
                    ty: parse_str(&rust_type(&handle["schema"]))?,
                    operations: operations.all.iter().filter(has).collect(),
                    parameter: format_ident!("{parameter}"),
                })
            })
            .collect()
    }
}

/// The methods of the client that make handles.
pub(crate) fn methods(document: &Value, operations: &Operations<'_>) -> syn::Result<Vec<ImplItem>> {
    let methods = Handle::all(document, operations)?
        .into_iter()
        .map(|handle| {
            let Handle {
                method,
                ident,
                parameter,
                ty,
                ..
            } = handle;
            let doc = format!("Every operation with a `{parameter}`, which is set already.");
            parse2(quote! {
                #[doc = #doc]
                ///
                /// Nothing is sent. One that cannot stand in a path is refused by each call.
                pub fn #method<V>(&self, #parameter: V) -> builder::#ident<'_>
                where
                    V: ::std::convert::TryInto<#ty>,
                    V::Error: ::std::fmt::Display,
                {
                    builder::#ident::new(self, #parameter)
                }
            })
        });
    methods.collect()
}

/// The types of the handles, for the module of the builders.
pub(crate) fn items(document: &Value, operations: &Operations<'_>) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    for handle in Handle::all(document, operations)? {
        items.extend(parse2::<File>(item(document, &handle))?.items);
    }
    Ok(items)
}

fn item(document: &Value, handle: &Handle<'_>) -> TokenStream {
    let Handle {
        method,
        ident,
        parameter,
        ty,
        read,
        operations,
    } = handle;
    let doc = format!(
        "Every operation with a `{parameter}`, which is set already; from [`Client::{method}`](super::Client::{method})."
    );
    let calls = operations.iter().map(|operation| {
        let attributes = client::attributes(document, operation);
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
