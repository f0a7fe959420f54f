//! Bodies that are sent as `multipart/form-data`: structs of files and values.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Type, parse_str};

use super::hints::{self, text};
use crate::rust_type::rust_type;

/// The struct of such a body, and how its parts are written.
pub(crate) fn body(name: &str, schema: &Value) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = hints::doc(schema);
    let mut fields = Vec::new();
    let mut writes = Vec::new();
    let required = schema["required"].as_array();
    for (rust, part) in schema["properties"].as_object().into_iter().flatten() {
        let field = format_ident!("{rust}");
        let ty: Type = parse_str(&rust_type(part))?;
        let is_required = required.is_some_and(|all| all.iter().any(|name| name == rust));
        let is_list = part["type"] == "array";
        let part_doc = hints::doc(part);
        let deprecated = (part["deprecated"] == true).then(|| quote!(#[deprecated]));
        let ty = match is_required || is_list {
            true => quote!(#ty),
            false => quote!(::std::option::Option<#ty>),
        };
        fields.push(quote!(#part_doc #deprecated pub #field: #ty));
        let codegen = &part["x-codegen"];
        let wire = text(codegen, "wire");
        writes.push(match codegen["file"] == true {
            true => {
                let files = match is_required && !is_list {
                    true => quote!([&self.#field]),
                    false => quote!(&self.#field),
                };
                let kind = match text(codegen, "content_type") {
                    "" => "application/octet-stream",
                    kind => kind,
                };
                quote!(parts.files(#wire, #kind, #files)?;)
            }
            false => match codegen["json"] == true {
                true => quote!(parts.json(#wire, &self.#field)?;),
                false => quote!(parts.value(#wire, &self.#field)?;),
            },
        });
    }
    let default = required.is_none().then(|| quote!(#[derive(Default)]));
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #default
        pub struct #ident {
            #(#fields,)*
        }

        impl crate::values::multipart::Multipart for #ident {
            fn write(&self, parts: &mut crate::values::multipart::Parts) -> Result<(), String> {
                #(#writes)*
                Ok(())
            }
        }
    })
}
