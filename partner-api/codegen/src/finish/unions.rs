//! Values of several types: enums that keep what is none of them.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Type, parse_str};

use super::docs::doc;
use crate::code_span::code_span;
use crate::contract::{Alternative, Encoding, Member, MemberTest, SchemaExtension, Test};
use crate::document::Document;
use crate::rust_type::rust_type;

/// An enum of alternatives.
pub(crate) fn union(
    document: &Document<'_>,
    name: &str,
    schema: &Value,
    alternatives: &[Alternative],
) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let types: Vec<_> = alternatives
        .iter()
        .map(|it| rust_type(&it.schema))
        .collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for ty in &types {
        *uses.entry(ty).or_default() += 1;
    }
    let mut definitions = Vec::new();
    let mut cases = Vec::new();
    let mut conversions = Vec::new();
    for (alternative, rust) in alternatives.iter().zip(&types) {
        let variant = format_ident!("{}", alternative.name);
        let ty: Type = parse_str(rust)?;
        let variant_doc = meaning(&alternative.when);
        // An object may have the enum itself in it.
        let (held, wrapped) = match &alternative.when {
            Test::Object(_) => (
                quote!(::std::boxed::Box<#ty>),
                quote!(::std::boxed::Box::new(value)),
            ),
            _ => (quote!(#ty), quote!(value)),
        };
        let when = test(&alternative.when);
        definitions.push(quote!(#[doc = #variant_doc] #variant(#held)));
        cases.push(quote!(#variant(#held) if #when));
        if uses.get(rust.as_str()) != Some(&1) {
            continue;
        }
        conversions.push(quote! {
            impl ::std::convert::From<#ty> for #ident {
                fn from(value: #ty) -> Self {
                    Self::#variant(#wrapped)
                }
            }
        });
        if rust == "::std::string::String" {
            conversions.push(quote! {
                impl ::std::convert::From<&str> for #ident {
                    fn from(value: &str) -> Self {
                        Self::#variant(value.to_owned())
                    }
                }
            });
        }
    }
    let is_text = alternatives
        .iter()
        .all(|alternative| is_text(document, &alternative.schema));
    let display = is_text.then(|| display(&ident, alternatives));
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum #ident {
            #(#definitions,)*
            /// None of the above: the JSON as it was sent.
            Unknown(::serde_json::Value),
        }

        #(#conversions)*

        crate::values::open_union::open_union!(#ident, #(#cases),*);

        #display
    })
}

/// What the documentation says of an alternative.
fn meaning(test: &Test) -> String {
    let members = match test {
        Test::Object(members) => members,
        Test::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| format!("a JSON {}", json(item)))
                .collect();
            return match items.is_empty() {
                true => "A JSON array.".to_owned(),
                false => format!("A JSON array whose first item is {}.", items.join(" or ")),
            };
        }
        other => return format!("A JSON {}.", json(other)),
    };
    let members = members.iter().map(condition);
    let members: Vec<_> = members.collect();
    match members.is_empty() {
        true => "A JSON object.".to_owned(),
        false => format!("{}.", members.join(" and ")),
    }
}

/// What the documentation says of a member.
fn condition(Member { name, is }: &Member) -> String {
    let name = code_span(name);
    let list = |all: Vec<String>| all.join(" or ");
    match is {
        MemberTest::Present => format!("{name} is present"),
        MemberTest::OneOf(values) => {
            format!("{name} is {}", list(values.iter().map(plain).collect()))
        }
        MemberTest::Type(tests) => {
            let tests = tests.iter().map(|test| json(test).to_owned()).collect();
            format!("{name} is a JSON {}", list(tests))
        }
        MemberTest::Any(members) => list(members.iter().map(condition).collect()),
        MemberTest::None(members) => {
            let members = members.iter().map(condition).collect();
            format!("not that {}", list(members))
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(string) => code_span(string),
        other => code_span(&other.to_string()),
    }
}

const fn json(test: &Test) -> &'static str {
    match test {
        Test::Object(_) => "object",
        Test::Array(_) => "array",
        Test::String => "string",
        Test::Integer => "integer",
        Test::Number => "number",
        Test::Boolean => "boolean",
    }
}

/// A test as an expression.
fn test(test: &Test) -> TokenStream {
    match test {
        Test::Object(members) => {
            let members = members.iter().map(member);
            quote!(Object(&[#(#members),*]))
        }
        Test::Array(items) => {
            let items = items.iter().map(self::test);
            quote!(Array(&[#(#items),*]))
        }
        Test::String => quote!(String),
        Test::Integer => quote!(Integer),
        Test::Number => quote!(Number),
        Test::Boolean => quote!(Boolean),
    }
}

fn member(Member { name, is }: &Member) -> TokenStream {
    match is {
        MemberTest::Present => quote!(Present(#name)),
        MemberTest::OneOf(values) => {
            let values = values.iter().map(|value| match value {
                Value::Bool(value) => quote!(Bool(#value)),
                Value::Number(number) => {
                    let number = number.as_i64().unwrap_or_default();
                    quote!(Int(#number))
                }
                other => {
                    let string = other.as_str().unwrap_or_default();
                    quote!(Str(#string))
                }
            });
            quote!(OneOf(#name, &[#(#values),*]))
        }
        MemberTest::Type(tests) => {
            let tests = tests.iter().map(test);
            quote!(Type(#name, &[#(#tests),*]))
        }
        MemberTest::Any(members) => {
            let members = members.iter().map(member);
            quote!(Any(&[#(#members),*]))
        }
        MemberTest::None(members) => {
            let members = members.iter().map(member);
            quote!(Neither(&[#(#members),*]))
        }
    }
}

/// The implementation of `Display` for alternatives that can be written as one string.
fn display(ident: &Ident, alternatives: &[Alternative]) -> TokenStream {
    let variants = alternatives.iter().map(|it| format_ident!("{}", it.name));
    quote! {
        impl ::std::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    #(Self::#variants(value) => ::std::fmt::Display::fmt(value, f),)*
                    Self::Unknown(::serde_json::Value::String(value)) => f.write_str(value),
                    Self::Unknown(value) => ::std::fmt::Display::fmt(value, f),
                }
            }
        }
    }
}

/// Whether a value of a schema can be written as one string, as in a path or header.
fn is_text(document: &Document<'_>, schema: &Value) -> bool {
    let (schema, extension) = match document.referred(schema) {
        Some(schema) => (schema.value, schema.extension.as_ref()),
        None => (schema, None),
    };
    match extension {
        Some(SchemaExtension::Union(alternatives)) => alternatives
            .iter()
            .all(|alternative| is_text(document, &alternative.schema)),
        Some(SchemaExtension::Query { encoding, .. }) => {
            !matches!(encoding, Encoding::Form | Encoding::Deep)
        }
        _ => match crate::document::reference(schema) {
            // A component that is another one.
            Some(_) => is_text(document, schema),
            None => matches!(
                schema["type"].as_str(),
                Some("string" | "integer" | "number" | "boolean")
            ),
        },
    }
}
