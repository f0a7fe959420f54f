//! Bodies that are sent as `multipart/form-data`: structs of files and values.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Type, parse_str};

use super::constants;
use super::docs::doc;
use crate::contract::Part;
use crate::document::{Property, Schema};
use crate::rust_type::rust_type;

/// The struct of such a body, and how its parts are written.
pub(crate) fn body(name: &str, schema: &Schema<'_>) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = doc(schema.value);
    let parts = schema.properties.iter().map(part);
    let (fields, writes): (Vec<_>, Vec<_>) =
        parts.collect::<syn::Result<Vec<_>>>()?.into_iter().unzip();
    let has_required = schema.properties.iter().any(|property| property.required);
    let default = (!has_required).then(|| quote!(#[derive(Default)]));
    let parts = format_ident!("{}", if writes.is_empty() { "_parts" } else { "parts" });
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #default
        pub struct #ident {
            #(#fields,)*
        }

        impl crate::values::multipart::Multipart for #ident {
            fn write(&self, #parts: &mut crate::values::multipart::Parts) -> ::std::result::Result<(), ::std::string::String> {
                #(#writes)*
                Ok(())
            }
        }
    })
}

/// The field of a part, and the statement that writes it.
fn part(property: &Property<'_>) -> syn::Result<(TokenStream, TokenStream)> {
    let field = format_ident!("{}", property.name);
    let ty: Type = parse_str(&rust_type(property.value))?;
    let is_list = property.value["type"] == "array";
    let kind = property.extension.part.as_ref().unwrap_or(&Part::Value);
    let is_optional = !property.required && !is_list && *kind != Part::Named;
    let doc = doc(property.value);
    let deprecated = (property.value["deprecated"] == true).then(|| quote!(#[deprecated]));
    let ty = match is_optional {
        true => quote!(::std::option::Option<#ty>),
        false => quote!(#ty),
    };
    let wire = property.wire_name();
    let write = match kind {
        Part::File { content_type } => {
            let files = match property.required && !is_list {
                true => quote!([&self.#field]),
                false => quote!(&self.#field),
            };
            let content_type = content_type
                .as_deref()
                .unwrap_or("application/octet-stream");
            quote!(parts.files(#wire, #content_type, #files)?;)
        }
        Part::Named => quote!(parts.named(&self.#field)?;),
        Part::Json => quote!(parts.json(#wire, &self.#field)?;),
        Part::Value => {
            let constant = property.extension.constant.as_ref();
            match constant.and_then(constants::literal) {
                Some((_, value)) => quote! {
                    match &self.#field {
                        Some(value) => parts.value(#wire, value)?,
                        None => parts.value(#wire, &#value)?,
                    }
                },
                None => quote!(parts.value(#wire, &self.#field)?;),
            }
        }
    };
    Ok((quote!(#doc #deprecated pub #field: #ty), write))
}
