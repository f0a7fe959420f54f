//! Members with one value, which requests send by themselves.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use crate::document::Schema;
use crate::model::{Shape, Struct};

/// The constants of a struct, and the functions that write its fields with them.
pub(super) fn items(schema: Option<&Schema<'_>>, item: &Struct) -> Option<TokenStream> {
    let Shape::Fields { fields, .. } = &item.shape else {
        return None;
    };
    let items = fields.iter().filter_map(|field| {
        let property = schema?.property(&field.json_name())?;
        let value = property.extension.constant.as_ref()?;
        let doc = format!("What is sent where `{}` is `None`.", field.name);
        let (constant, write) = (constant(&field.name), writer(&field.name));
        let (ty, value) = literal(value)?;
        let held = &field.ty;
        Some(quote! {
            #[doc = #doc]
            pub const #constant: #ty = #value;

            fn #write<S: ::serde::Serializer>(value: &#held, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                crate::values::constant::write(value.as_ref(), &Self::#constant, serializer)
            }
        })
    });
    let items: Vec<_> = items.collect();
    let name = &item.name;
    (!items.is_empty()).then(|| quote!(impl #name { #(#items)* }))
}

/// The name of the function that writes the value of a field, or its constant.
pub(super) fn writer(field: &Ident) -> Ident {
    format_ident!("write_{}", field.to_string().trim_end_matches('_'))
}

/// The type of a constant, and its value.
pub(super) fn literal(value: &Value) -> Option<(TokenStream, TokenStream)> {
    Some(match value {
        Value::String(value) => (quote!(&'static str), quote!(#value)),
        Value::Bool(value) => (quote!(bool), quote!(#value)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => {
                let number = Literal::i64_unsuffixed(number);
                (quote!(i64), quote!(#number))
            }
            None => {
                let number = Literal::f64_unsuffixed(number.as_f64()?);
                (quote!(f64), quote!(#number))
            }
        },
        _ => return None,
    })
}

/// The name of the constant with the value of a field.
fn constant(field: &Ident) -> Ident {
    format_ident!("{}", field.to_string().trim_end_matches('_').to_uppercase())
}
