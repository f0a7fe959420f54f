//! The method `send` of a builder: how a request is put together.

use proc_macro2::{Ident, Span};
use quote::{format_ident, quote};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{
    Expr, ExprLit, ExprMethodCall, ExprReference, ImplItemFn, Lit, LitInt, LitStr, Local, Pat,
    ReturnType, Stmt, Token, parse_quote,
};

use super::argument::Argument;
use super::rust_type::{RustType, unwrap};
use super::{expect, unknown};
use crate::document::without_fragment;

/// The parts of a request.
pub(crate) struct Send {
    /// The type that a call returns.
    pub(crate) response: RustType,
    /// The name of the variable that holds the URL.
    pub(crate) url: Ident,
    /// The path with `{}` for each argument, after one for the address of the API.
    pub(crate) path: LitStr,
    /// The arguments in the path.
    pub(crate) path_arguments: Vec<Ident>,
    /// The method of HTTP, in lower case.
    pub(crate) method: Ident,
    /// Whether it accepts JSON only.
    pub(crate) accept_json: bool,
    pub(crate) body: Option<BodyKind>,
    pub(crate) query: Vec<Query>,
    pub(crate) headers: Vec<Header>,
}

/// How a body is sent.
#[derive(Clone)]
pub(crate) enum BodyKind {
    Json,
    Form,
    /// Bytes or a string of this media type.
    Raw(LitStr),
}

/// A parameter of the query.
pub(crate) struct Query {
    /// The Rust name, which progenitor sends as the name, too.
    pub(crate) name: String,
    pub(crate) argument: Ident,
}

/// A header.
pub(crate) struct Header {
    /// The Rust name, which progenitor sends as the name, too.
    pub(crate) name: String,
    pub(crate) argument: Ident,
    pub(crate) required: bool,
}

/// Reads `send` of a builder with these arguments.
pub(super) fn read(
    label: &str,
    client: &Ident,
    arguments: &[Argument],
    send: &ImplItemFn,
) -> Result<Send, String> {
    let label = format!("`send` of {label}");
    let mut statements = Statements {
        label: &label,
        rest: &send.block.stmts,
    };
    let names: Vec<_> = arguments.iter().map(|argument| &argument.name).collect();
    statements.expect(&parse_quote!(let Self { #client, #(#names,)* } = self;))?;
    for argument in arguments {
        statements.argument(argument)?;
    }
    let (url, path, path_arguments) = statements.url(client)?;
    let headers = statements.headers()?;
    let chain = statements.request(client, &url)?;
    statements.transport()?;
    Ok(Send {
        response: response(&label, send)?,
        url,
        path,
        path_arguments,
        headers,
        method: chain.method,
        accept_json: chain.accept_json,
        body: chain.body,
        query: chain.query,
    })
}

/// `T` of `Result<ResponseValue<T>, Error<…>>`.
fn response(label: &str, send: &ImplItemFn) -> Result<RustType, String> {
    let output = match &send.sig.output {
        ReturnType::Type(_, ty) => unwrap(ty, "Result", 2),
        ReturnType::Default => None,
    };
    let response = output.and_then(|ty| unwrap(ty, "ResponseValue", 1));
    let response = response.ok_or_else(|| unknown(label, &send.sig))?;
    RustType::read(label, response)
}

/// The statements that are still to be read.
struct Statements<'a> {
    label: &'a str,
    rest: &'a [Stmt],
}

impl<'a> Statements<'a> {
    fn next(&mut self) -> Result<&'a Stmt, String> {
        let (next, rest) = self.rest.split_first().ok_or_else(|| {
            format!(
                "{} ends too early; adapt partner-api-codegen to this version of progenitor",
                self.label
            )
        })?;
        self.rest = rest;
        Ok(next)
    }

    fn expect(&mut self, expected: &Stmt) -> Result<(), String> {
        let next = self.next()?;
        expect(self.label, next, expected)
    }

    fn unknown<T>(&self, statement: &Stmt) -> Result<T, String> {
        Err(unknown(self.label, statement))
    }

    /// `let argument = argument.map_err(…)?;`, perhaps after a builder is turned into its type.
    fn argument(&mut self, argument: &Argument) -> Result<(), String> {
        let next = self.next()?;
        let name = &argument.name;
        let plain: Stmt = parse_quote!(let #name = #name.map_err(Error::InvalidRequest)?;);
        if *next == plain {
            return Ok(());
        }
        let ty = &argument.ty;
        let built: Stmt = parse_quote! {
            let #name = #name
                .and_then(|v| #ty::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
        };
        expect(self.label, next, &built)
    }

    /// `let url = format!("{}/path/{}", client.baseurl, encode_path(&argument.to_string()),);`
    fn url(&mut self, client: &Ident) -> Result<(Ident, LitStr, Vec<Ident>), String> {
        let next = self.next()?;
        let Some((url, init)) = local(next) else {
            return self.unknown(next);
        };
        let Expr::Macro(call) = init else {
            return self.unknown(next);
        };
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        let Ok(parsed) = parser.parse2(call.mac.tokens.clone()) else {
            return self.unknown(next);
        };
        let mut parsed = parsed.iter();
        let Some(path) = parsed.next().and_then(string) else {
            return self.unknown(next);
        };
        let mut arguments = Vec::new();
        for expression in parsed.skip(1) {
            match encoded(expression) {
                Some(argument) => arguments.push(argument),
                None => return self.unknown(next),
            }
        }
        let expected = parse_quote! {
            let #url = format!(#path, #client.baseurl, #(encode_path(&#arguments.to_string()),)*);
        };
        expect(self.label, next, &expected)?;
        let path = LitStr::new(without_fragment(&path.value()), path.span());
        Ok((url, path, arguments))
    }

    /// The version header, which the crate does not send, and one for each parameter.
    fn headers(&mut self) -> Result<Vec<Header>, String> {
        let first = self.next()?;
        let mut headers = Vec::new();
        self.expect(&parse_quote! {
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
        })?;
        while let Some(Stmt::Expr(..)) = self.rest.first() {
            headers.push(self.header()?);
        }
        let capacity = headers.len() + 1;
        let capacity = LitInt::new(&format!("{capacity}usize"), Span::call_site());
        let expected = parse_quote! {
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(#capacity);
        };
        expect(self.label, first, &expected)?;
        Ok(headers)
    }

    fn header(&mut self) -> Result<Header, String> {
        let next = self.next()?;
        let found = match next {
            Stmt::Expr(Expr::If(condition), None) => {
                match (&*condition.cond, &condition.then_branch.stmts[..]) {
                    (Expr::Let(condition), [Stmt::Expr(append, _)]) => appended(append)
                        .zip(ident(&condition.expr))
                        .map(|(name, argument)| (name, argument, false)),
                    _ => None,
                }
            }
            Stmt::Expr(append, Some(_)) => appended(append)
                .zip(appended_argument(append))
                .map(|(name, argument)| (name, argument, true)),
            _ => None,
        };
        let Some((name, argument, required)) = found else {
            return self.unknown(next);
        };
        let expected: Stmt = match required {
            true => parse_quote!(header_map.append(#name, #argument.to_string().try_into()?);),
            false => parse_quote! {
                if let Some(value) = #argument {
                    header_map.append(#name, value.to_string().try_into()?);
                }
            },
        };
        expect(self.label, next, &expected)?;
        Ok(Header {
            name: name.value(),
            argument,
            required,
        })
    }

    /// `let mut request = client.client.get(url).header(…).build()?;`
    fn request(&mut self, client: &Ident, url: &Ident) -> Result<Chain, String> {
        let next = self.next()?;
        let found = local(next).and_then(|(request, init)| Some((request, Chain::read(init)?)));
        let Some((request, chain)) = found else {
            return self.unknown(next);
        };
        let method = &chain.method;
        let accept = chain.accept_json.then(|| {
            quote! {
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json",),
                )
            }
        });
        let body = chain.body.as_ref().map(|body| match body {
            BodyKind::Json => quote!(.json(&body)),
            BodyKind::Form => quote!(.form_urlencoded(&body)?),
            BodyKind::Raw(media_type) => quote! {
                .header(
                    ::reqwest::header::CONTENT_TYPE,
                    ::reqwest::header::HeaderValue::from_static(#media_type),
                )
                .body(body)
            },
        });
        let query = chain.query.iter().map(|Query { name, argument }| {
            quote!(.query(&progenitor_client::QueryParam::new(#name, &#argument)))
        });
        let expected: Stmt = parse_quote! {
            #[allow(unused_mut)]
            let mut #request = #client.client.#method(#url) #accept #body #(#query)* .headers(header_map).build()?;
        };
        expect(self.label, next, &expected)?;
        Ok(chain)
    }

    /// What sends the request and decodes the response: the crate's transport does both.
    fn transport(&mut self) -> Result<(), String> {
        self.expect_local("info")?;
        self.expect_await()?;
        self.expect_local("result")?;
        self.expect_await()?;
        self.expect_local("response")?;
        let last = self.next()?;
        match (last, self.rest) {
            (Stmt::Expr(Expr::Match(_), None), []) => Ok(()),
            _ => self.unknown(last),
        }
    }

    fn expect_local(&mut self, name: &str) -> Result<(), String> {
        let next = self.next()?;
        // progenitor puts underscores before the name of a parameter.
        let is_named = |found: Ident| found.to_string().trim_start_matches('_') == name;
        match local(next).is_some_and(|(found, _)| is_named(found)) {
            true => Ok(()),
            false => self.unknown(next),
        }
    }

    fn expect_await(&mut self) -> Result<(), String> {
        let next = self.next()?;
        match next {
            Stmt::Expr(Expr::Try(tried), Some(_)) if matches!(*tried.expr, Expr::Await(_)) => {
                Ok(())
            }
            _ => self.unknown(next),
        }
    }
}

/// The calls that put a request together.
struct Chain {
    method: Ident,
    accept_json: bool,
    body: Option<BodyKind>,
    query: Vec<Query>,
}

impl Chain {
    /// Reads the calls; whether they are in progenitor's order is for the caller to check.
    fn read(init: &Expr) -> Option<Self> {
        let mut calls: Vec<&ExprMethodCall> = Vec::new();
        let mut expression = init;
        loop {
            expression = match expression {
                Expr::Try(tried) => &tried.expr,
                Expr::MethodCall(call) => {
                    calls.push(call);
                    &call.receiver
                }
                _ => break,
            };
        }
        let mut calls = calls.into_iter().rev();
        let mut chain = Self {
            method: calls.next()?.method.clone(),
            accept_json: false,
            body: None,
            query: Vec::new(),
        };
        let mut media_type = None;
        for call in calls {
            match call.method.to_string().as_str() {
                "header" => {
                    let value = header_value(call.args.get(1)?)?;
                    match call.args.first()? {
                        name if *name == parse_quote!(::reqwest::header::ACCEPT) => {
                            chain.accept_json = true;
                        }
                        _ => media_type = Some(value),
                    }
                }
                "json" => chain.body = Some(BodyKind::Json),
                "form_urlencoded" => chain.body = Some(BodyKind::Form),
                "body" => chain.body = Some(BodyKind::Raw(media_type.take()?)),
                "query" => chain.query.push(query(call.args.first()?)?),
                "headers" | "build" => {}
                _ => return None,
            }
        }
        Some(chain)
    }
}

/// `&progenitor_client::QueryParam::new("name", &argument)`
fn query(expression: &Expr) -> Option<Query> {
    let Expr::Reference(ExprReference { expr, .. }) = expression else {
        return None;
    };
    let Expr::Call(call) = &**expr else {
        return None;
    };
    Some(Query {
        name: string(call.args.first()?)?.value(),
        argument: referred(call.args.get(1)?)?,
    })
}

/// The string of `HeaderValue::from_static("…")`.
fn header_value(expression: &Expr) -> Option<LitStr> {
    match expression {
        Expr::Call(call) => string(call.args.first()?),
        _ => None,
    }
}

/// The argument of `encode_path(&argument.to_string())`.
fn encoded(expression: &Expr) -> Option<Ident> {
    let Expr::Call(call) = expression else {
        return None;
    };
    let Expr::Reference(ExprReference { expr, .. }) = call.args.first()? else {
        return None;
    };
    match &**expr {
        Expr::MethodCall(call) => ident(&call.receiver),
        _ => None,
    }
}

/// The name in `header_map.append("name", …)`.
fn appended(expression: &Expr) -> Option<LitStr> {
    match expression {
        Expr::MethodCall(call) => string(call.args.first()?),
        _ => None,
    }
}

/// The argument in `header_map.append(…, argument.to_string().try_into()?)`.
fn appended_argument(expression: &Expr) -> Option<Ident> {
    let Expr::MethodCall(call) = expression else {
        return None;
    };
    let Expr::Try(value) = call.args.get(1)? else {
        return None;
    };
    let Expr::MethodCall(converted) = &*value.expr else {
        return None;
    };
    match &*converted.receiver {
        Expr::MethodCall(string) => ident(&string.receiver),
        _ => None,
    }
}

/// The name and value of `let name = value;`.
fn local(statement: &Stmt) -> Option<(Ident, &Expr)> {
    let Stmt::Local(Local {
        pat: Pat::Ident(name),
        init: Some(init),
        ..
    }) = statement
    else {
        return None;
    };
    Some((format_ident!("{}", name.ident), &init.expr))
}

fn referred(expression: &Expr) -> Option<Ident> {
    match expression {
        Expr::Reference(ExprReference { expr, .. }) => ident(expr),
        _ => None,
    }
}

fn ident(expression: &Expr) -> Option<Ident> {
    match expression {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}

fn string(expression: &Expr) -> Option<LitStr> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.clone()),
        _ => None,
    }
}
