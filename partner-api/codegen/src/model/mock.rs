//! The httpmock helpers.

use proc_macro2::{Ident, Span};
use quote::{format_ident, quote};
use syn::visit::{self, Visit};
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, ItemUse, LitInt, LitStr,
    Type, parse_quote,
};

use super::{content, expect, unknown};

/// The helpers of every operation.
pub(crate) struct Mocks {
    /// The documentation of the module `operations`.
    pub(crate) docs: Vec<Attribute>,
    /// What the module `operations` imports.
    pub(crate) imports: Vec<ItemUse>,
    pub(crate) operations: Vec<Mock>,
    /// The trait that has a method for each operation, and its implementation.
    pub(crate) server: Vec<Item>,
}

/// The helpers of one operation.
pub(crate) struct Mock {
    /// The type that describes the request, which ends in `When`.
    pub(crate) when: Ident,
    /// The method of HTTP, in upper case.
    pub(crate) method: Ident,
    pub(crate) parameters: Vec<When>,
    /// The type that describes the response, which ends in `Then`.
    pub(crate) then: Ident,
    pub(crate) responses: Vec<Then>,
}

/// A parameter or body that a mock asks for.
pub(crate) struct When {
    pub(crate) name: Ident,
    pub(crate) kind: WhenKind,
    pub(crate) ty: Type,
}

/// Where a mock looks for it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum WhenKind {
    Path,
    Query { optional: bool },
    Header { optional: bool },
    Body(MockBody),
}

/// How a mock writes or compares a body.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum MockBody {
    /// A value that is serialised to JSON.
    Json,
    /// Any JSON.
    Value,
    Text,
}

/// A response that a mock gives.
pub(crate) struct Then {
    pub(crate) name: Ident,
    pub(crate) status: Status,
    pub(crate) body: Option<(MockBody, Type)>,
}

/// The status of a response.
pub(crate) enum Status {
    Code(LitInt),
    /// Any of a hundred, by the first digit.
    Range(LitInt),
}

impl Mocks {
    pub(super) fn read(items: Vec<Item>) -> Result<Self, String> {
        let mut mocks = Self {
            docs: Vec::new(),
            imports: Vec::new(),
            operations: Vec::new(),
            server: Vec::new(),
        };
        for item in items {
            match item {
                Item::Mod(module) if module.ident == "operations" => {
                    mocks.docs.clone_from(&module.attrs);
                    mocks.operations(content(module)?)?;
                }
                Item::Trait(item) if item.ident == "MockServerExt" => {
                    mocks.server.push(Item::Trait(item));
                }
                Item::Impl(item) if is_server(&item) => mocks.server.push(Item::Impl(item)),
                other => return Err(unknown("an item of the mocks", &other)),
            }
        }
        Ok(mocks)
    }

    fn operations(&mut self, items: Vec<Item>) -> Result<(), String> {
        let mut items = items.into_iter().peekable();
        while let Some(Item::Use(_)) = items.peek() {
            if let Some(Item::Use(import)) = items.next() {
                self.imports.push(import);
            }
        }
        while items.peek().is_some() {
            let next = [items.next(), items.next(), items.next(), items.next()];
            match next {
                [
                    Some(Item::Struct(when)),
                    Some(Item::Impl(when_impl)),
                    Some(Item::Struct(then)),
                    Some(Item::Impl(then_impl)),
                ] => self
                    .operations
                    .push(Mock::read(&when, when_impl, &then, then_impl)?),
                other => {
                    let found = other.into_iter().flatten();
                    return Err(unknown("the mocks of an operation", &quote!(#(#found)*)));
                }
            }
        }
        Ok(())
    }
}

fn is_server(item: &ItemImpl) -> bool {
    let is_ext = item
        .trait_
        .as_ref()
        .is_some_and(|it| it.0.is_ident("MockServerExt"));
    is_ext && *item.self_ty == parse_quote!(::httpmock::MockServer)
}

impl Mock {
    fn read(
        when: &ItemStruct,
        when_impl: ItemImpl,
        then: &ItemStruct,
        then_impl: ItemImpl,
    ) -> Result<Self, String> {
        let (when_name, then_name) = (when.ident.clone(), then.ident.clone());
        let label = format!("the mock `{when_name}`");
        expect(
            &label,
            when,
            &parse_quote!(pub struct #when_name(::httpmock::When);),
        )?;
        let label_then = format!("the mock `{then_name}`");
        expect(
            &label_then,
            then,
            &parse_quote!(pub struct #then_name(::httpmock::Then);),
        )?;

        let mut whens = functions(&label, when_impl)?.into_iter();
        let method = whens.next().map(|new| constructor(&label, &new));
        let method = method.ok_or_else(|| format!("{label} has no constructor"))??;
        into_inner(&label, whens.next(), &parse_quote!(::httpmock::When))?;

        let mut thens = functions(&label_then, then_impl)?.into_iter();
        let new = parse_quote! {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
        };
        let found = thens
            .next()
            .ok_or_else(|| format!("{label_then} has no constructor"))?;
        expect(&label_then, &found, &new)?;
        into_inner(&label_then, thens.next(), &parse_quote!(::httpmock::Then))?;
        Ok(Self {
            method,
            parameters: whens
                .map(|it| When::read(&label, &it))
                .collect::<Result<_, _>>()?,
            responses: thens
                .map(|it| Then::read(&label_then, &it))
                .collect::<Result<_, _>>()?,
            when: when_name,
            then: then_name,
        })
    }
}

fn functions(label: &str, item: ItemImpl) -> Result<Vec<ImplItemFn>, String> {
    let functions = item.items.into_iter().map(|item| match item {
        ImplItem::Fn(function) => Ok(function),
        other => Err(unknown(label, &other)),
    });
    functions.collect()
}

/// The method of HTTP that the constructor of a `When` asks for.
fn constructor(label: &str, function: &ImplItemFn) -> Result<Ident, String> {
    let path = first_string(function).ok_or_else(|| unknown(label, function))?;
    for method in [
        "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
    ] {
        let method = format_ident!("{method}");
        let expected: ImplItemFn = parse_quote! {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(inner
                    .method(::httpmock::Method::#method)
                    .path_matches(regex::Regex::new(#path).unwrap()))
            }
        };
        if *function == expected {
            return Ok(method);
        }
    }
    Err(unknown(label, function))
}

fn into_inner(label: &str, found: Option<ImplItemFn>, inner: &Type) -> Result<(), String> {
    let found = found.ok_or_else(|| format!("{label} has no `into_inner`"))?;
    let expected = parse_quote! {
        pub fn into_inner(self) -> #inner {
            self.0
        }
    };
    expect(label, &found, &expected)
}

impl When {
    fn read(label: &str, function: &ImplItemFn) -> Result<Self, String> {
        let name = &function.sig.ident;
        let label = format!("`{name}` of {label}");
        let unknown = || unknown(&label, function);
        let is_generic = !function.sig.generics.params.is_empty();
        let ty = match is_generic {
            true => bound(function),
            false => input(function, "value").cloned(),
        };
        let ty = ty.ok_or_else(unknown)?;
        let kinds = [
            WhenKind::Path,
            WhenKind::Query {
                optional: is_generic,
            },
            WhenKind::Header {
                optional: is_generic,
            },
            WhenKind::Body(MockBody::Json),
            WhenKind::Body(MockBody::Value),
            WhenKind::Body(MockBody::Text),
        ];
        for kind in kinds {
            let name = name.clone();
            let ty = ty.clone();
            let found = Self { name, kind, ty };
            if found
                .written(function)
                .is_some_and(|written| written == *function)
            {
                return Ok(found);
            }
        }
        Err(unknown())
    }

    /// The function as progenitor writes it; the pattern of a path is taken from it.
    fn written(&self, function: &ImplItemFn) -> Option<ImplItemFn> {
        let (name, ty) = (&self.name, &self.ty);
        let wire = name.to_string();
        let (optional, block) = match self.kind {
            WhenKind::Path => {
                let pattern = first_format(function)?;
                let block = quote! {
                    let re = regex::Regex::new(&format!(#pattern, value.to_string())).unwrap();
                    Self(self.0.path_matches(re))
                };
                (false, block)
            }
            WhenKind::Query { optional: false } => (
                false,
                quote!(Self(self.0.query_param(#wire, value.to_string()))),
            ),
            WhenKind::Header { optional: false } => {
                (false, quote!(Self(self.0.header(#wire, value.to_string()))))
            }
            WhenKind::Query { optional: true } => (
                true,
                quote! {
                    if let Some(value) = value.into() {
                        Self(self.0.query_param(#wire, value.to_string(),))
                    } else {
                        Self(self.0.query_param_missing(#wire))
                    }
                },
            ),
            WhenKind::Header { optional: true } => (
                true,
                quote! {
                    if let Some(value) = value.into() {
                        Self(self.0.header(#wire, value.to_string()))
                    } else {
                        Self(self.0.header_missing(#wire))
                    }
                },
            ),
            WhenKind::Body(MockBody::Json) => (false, quote!(Self(self.0.json_body_obj(value)))),
            WhenKind::Body(MockBody::Value) => (false, quote!(Self(self.0.json_body(value)))),
            WhenKind::Body(MockBody::Text) => (false, quote!(Self(self.0.body(value)))),
        };
        let signature = self.signature();
        let is_generic = !function.sig.generics.params.is_empty();
        if optional != is_generic {
            return None;
        }
        let _ = (name, ty);
        Some(parse_quote!(pub fn #signature { #block }))
    }

    /// The function's name, arguments and bounds.
    pub(crate) fn signature(&self) -> proc_macro2::TokenStream {
        let (name, ty) = (&self.name, &self.ty);
        let lifetime = match ty {
            Type::Reference(reference) => reference.lifetime.as_ref(),
            _ => None,
        };
        let lifetime = lifetime.map(|lifetime| quote!(#lifetime,));
        match self.kind {
            WhenKind::Query { optional: true } | WhenKind::Header { optional: true } => quote! {
                #name<#lifetime T>(self, value: T,) -> Self
                where
                    T: Into<Option<#ty>>,
            },
            _ => quote!(#name(self, value: #ty) -> Self),
        }
    }
}

/// `X` of the bound `T: Into<Option<X>>`.
fn bound(function: &ImplItemFn) -> Option<Type> {
    struct Search(Option<Type>);
    impl<'ast> Visit<'ast> for Search {
        fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
            if segment.ident == "Option"
                && let Some(arguments) = super::rust_type::arguments(segment)
                && self.0.is_none()
            {
                self.0 = arguments.first().map(|ty| (*ty).clone());
            }
            visit::visit_path_segment(self, segment);
        }
    }
    let mut search = Search(None);
    search.visit_generics(&function.sig.generics);
    search.0
}

impl Then {
    fn read(label: &str, function: &ImplItemFn) -> Result<Self, String> {
        let label = format!("`{}` of {label}", function.sig.ident);
        let statuses = match input(function, "status") {
            Some(_) => (1..=5)
                .map(|digit| Status::Range(u16_literal(digit)))
                .collect(),
            None => first_number(function)
                .map(Status::Code)
                .into_iter()
                .collect::<Vec<_>>(),
        };
        let bodies: Vec<Option<(MockBody, Type)>> = match input(function, "value") {
            None => vec![None],
            Some(ty) => [MockBody::Json, MockBody::Value]
                .map(|body| Some((body, ty.clone())))
                .into(),
        };
        for status in statuses {
            let mut found = Self {
                name: function.sig.ident.clone(),
                status,
                body: None,
            };
            for body in &bodies {
                found.body.clone_from(body);
                if found.written() == *function {
                    return Ok(found);
                }
            }
        }
        Err(unknown(&label, function))
    }

    /// The function as progenitor writes it.
    fn written(&self) -> ImplItemFn {
        let name = &self.name;
        let value = self.body.as_ref().map(|(_, ty)| quote!(value: #ty,));
        let body = self.body.as_ref().map(|(body, _)| {
            let write = match body {
                MockBody::Json => quote!(json_body_obj),
                MockBody::Value | MockBody::Text => quote!(json_body),
            };
            quote!(.header("content-type", "application/json").#write(value))
        });
        match &self.status {
            Status::Code(code) => parse_quote! {
                pub fn #name(self, #value) -> Self {
                    Self(self.0.status(#code) #body)
                }
            },
            Status::Range(digit) => parse_quote! {
                pub fn #name(self, status: u16, #value) -> Self {
                    assert_eq!(status / 100u16, #digit);
                    Self(self.0.status(status) #body)
                }
            },
        }
    }
}

fn u16_literal(value: u16) -> LitInt {
    LitInt::new(&format!("{value}u16"), Span::call_site())
}

/// The type of an argument.
fn input<'a>(function: &'a ImplItemFn, name: &str) -> Option<&'a Type> {
    function.sig.inputs.iter().find_map(|input| match input {
        FnArg::Typed(input) => match &*input.pat {
            syn::Pat::Ident(pattern) if pattern.ident == name => Some(&*input.ty),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// The literals of a function, in their order.
#[derive(Default)]
struct Literals {
    strings: Vec<LitStr>,
    numbers: Vec<LitInt>,
    formats: Vec<LitStr>,
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        self.strings.push(literal.clone());
    }

    fn visit_lit_int(&mut self, literal: &'ast LitInt) {
        self.numbers.push(literal.clone());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let first = call.tokens.clone().into_iter().take(1).collect();
        self.formats.extend(syn::parse2::<LitStr>(first).ok());
    }
}

fn literals(function: &ImplItemFn) -> Literals {
    let mut literals = Literals::default();
    literals.visit_block(&function.block);
    literals
}

fn first_string(function: &ImplItemFn) -> Option<LitStr> {
    literals(function).strings.into_iter().next()
}

fn first_number(function: &ImplItemFn) -> Option<LitInt> {
    literals(function).numbers.into_iter().next()
}

fn first_format(function: &ImplItemFn) -> Option<LitStr> {
    literals(function).formats.into_iter().next()
}
