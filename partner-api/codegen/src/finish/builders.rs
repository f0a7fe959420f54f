//! The builders of calls.
//!
//! progenitor writes how a request is put together; how it is sent and its answer read is the
//! transport's business, in `src/call.rs`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprMethodCall, Fields, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl,
    ItemStruct, PathArguments, ReturnType, Stmt, Type, parse_quote, parse2,
};

use super::Operations;
use super::lists;
use super::mock::WireName;
use super::operations::constant;
use super::setters::{Argument, setter};

/// Finishes every builder.
pub(crate) fn finish(
    document: &Value,
    operations: &Operations<'_>,
    items: &mut Vec<Item>,
) -> syn::Result<()> {
    let mut builder: Option<ItemStruct> = None;
    items.retain(|item| !matches!(item, Item::Use(_)));
    for item in items.iter_mut() {
        match item {
            Item::Struct(item) => {
                let operation = operations.builder(&item.ident.to_string());
                let optional_body = operation
                    .is_some_and(|operation| operation.value["x-codegen"]["optional_body"] == true);
                finish_struct(item, optional_body);
                builder = Some(item.clone());
            }
            Item::Impl(item) => {
                if let Some(builder) = &builder {
                    *item = finish_impl(document, operations, builder, item)?;
                }
            }
            _ => {}
        }
    }
    items.insert(
        0,
        parse_quote!(
            use progenitor_client::{ByteStream, ResponseValue};
        ),
    );
    items.insert(
        0,
        parse_quote!(
            use super::{encode_path, operations, types};
        ),
    );
    items.insert(
        0,
        parse_quote!(
            use crate::{CallOptions, Error};
        ),
    );
    Ok(())
}

/// The body is set as a whole, not field by field.
fn finish_struct(item: &mut ItemStruct, optional_body: bool) {
    let Fields::Named(fields) = &mut item.fields else {
        return;
    };
    for field in &mut fields.named {
        let text = {
            let ty = &field.ty;
            quote!(#ty).to_string()
        };
        if text.contains("types :: builder ::")
            && let Ok(ty) = syn::parse_str(&text.replace("types :: builder ::", "types ::"))
        {
            field.ty = ty;
        }
        if optional_body
            && field.ident.as_ref().is_some_and(|name| name == "body")
            && let Some(ty) = inner(&field.ty).cloned()
        {
            field.ty = parse_quote!(Result<Option<#ty>, String>);
        }
    }
}

fn finish_impl(
    document: &Value,
    operations: &Operations<'_>,
    builder: &ItemStruct,
    item: &ItemImpl,
) -> syn::Result<ItemImpl> {
    let ident = &builder.ident;
    let fields: Vec<_> = builder
        .fields
        .iter()
        .filter_map(|field| Some((field.ident.as_ref()?, &field.ty)))
        .filter(|(_, ty)| !matches!(ty, Type::Reference(_)))
        .collect();
    let client = builder
        .fields
        .iter()
        .find(|field| matches!(field.ty, Type::Reference(_)));
    let client = client
        .and_then(|field| field.ident.clone())
        .unwrap_or_else(|| format_ident!("client"));
    let send = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(function),
        _ => None,
    });
    let operation = operations.builder(&ident.to_string());
    let (Some(send), Some(operation)) = (send, operation) else {
        return Ok(item.clone());
    };

    let initial = fields.iter().map(|(name, ty)| {
        let missing = format!("{name}: is required and was not set");
        match optional(ty) {
            Some(_) => quote!(#name: Ok(None)),
            None => quote!(#name: Err(#missing.to_owned())),
        }
    });
    let setters = fields.iter().map(|(name, ty)| {
        let (ty, is_optional) = match optional(ty) {
            Some(ty) => (ty, true),
            None => (inner(ty).unwrap_or(ty), false),
        };
        let argument = Argument {
            name,
            ty,
            is_optional,
        };
        setter(document, operation.value, &argument)
    });
    let is_list = lists::is_list(document, operation);
    let send = finish_send(operation.value, &client, send, is_list)?;
    parse2(quote! {
        impl<'a> #ident<'a> {
            pub(crate) fn new(#client: &'a super::Client) -> Self {
                Self { #client, #(#initial,)* }
            }

            #(#setters)*

            #(#send)*
        }
    })
}

/// `T` of `Result<Option<T>, String>`.
fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = inner(ty)? else {
        return None;
    };
    (path.path.segments.last()?.ident == "Option").then(|| inner(inner(ty)?))?
}

/// The first generic argument of a type.
fn inner(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn finish_send(
    operation: &Value,
    client: &syn::Ident,
    send: &ImplItemFn,
    is_list: bool,
) -> syn::Result<Vec<ImplItem>> {
    let constant = constant(operation["operationId"].as_str().unwrap_or_default());
    let answer = match &send.sig.output {
        ReturnType::Type(_, ty) => inner(ty).and_then(inner).cloned(),
        ReturnType::Default => None,
    };
    let answer = answer.unwrap_or_else(|| parse_quote!(()));
    let text = quote!(#answer).to_string().replace(' ', "");
    let read = match text.as_str() {
        "()" => format_ident!("empty"),
        "ByteStream" => format_ident!("stream"),
        text if text.starts_with("::std::vec::Vec<") => format_ident!("list"),
        text if text.starts_with("::std::option::Option<") => format_ident!("optional"),
        _ => format_ident!("json"),
    };

    let mut statements = Vec::new();
    for statement in &send.block.stmts {
        let Some(statement) = preparation(statement, &constant) else {
            continue;
        };
        let is_last = is_request(&statement);
        statements.push(statement);
        if is_last {
            break;
        }
    }
    let mut block = Block {
        brace_token: send.block.brace_token,
        stmts: statements,
    };
    let optional_body = operation["x-codegen"]["optional_body"] == true;
    let mut request = Request {
        constant: &constant,
        own_headers: has_header_parameters(operation),
        optional_body: optional_body.then_some(None),
        multipart: (operation["x-codegen"]["multipart"] == true).then_some(client),
    };
    request.visit_block_mut(&mut block);
    let statements = &mut block.stmts;
    if let Some(Some(attach)) = request.optional_body
        && let Some(Stmt::Local(local)) = statements.last_mut()
        && let Some(init) = &mut local.init
        && let Expr::MethodCall(build) = (*init.expr).clone()
    {
        *init.expr = (*build.receiver).clone();
        statements.push(parse_quote! {
            let request = match body {
                Some(body) => #attach,
                None => request,
            };
        });
        statements.push(parse_quote!(let request = request.build();));
    }
    for (rust, wire) in operation["x-codegen"]["wire"]
        .as_object()
        .into_iter()
        .flatten()
    {
        WireName {
            rust,
            wire: wire.as_str().unwrap_or_default(),
        }
        .visit_block_mut(&mut block);
    }
    let statements = &block.stmts;
    // A walk reads the response to the same request in another way.
    let (request, statements) = match is_list {
        true => (
            quote! {
                fn request(self) -> Result<(&'a super::Client, ::reqwest::Result<::reqwest::Request>), Error> {
                    #(#statements)*
                    Ok((#client, request))
                }
            },
            quote!(let (#client, request) = self.request()?;),
        ),
        false => (TokenStream::new(), quote!(#(#statements)*)),
    };
    Ok(parse2::<ItemImpl>(quote! {
        impl Send {
            /// Sends the request and reads the answer.
            ///
            /// # Errors
            ///
            /// When an argument is missing or was refused (nothing is sent then), the API cannot be
            /// reached, it answers with an error, or its answer cannot be read.
            pub async fn send(self) -> Result<ResponseValue<#answer>, Error> {
                self.send_with(CallOptions::new()).await
            }

            /// Sends the request with options of its own.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn send_with(self, options: CallOptions) -> Result<ResponseValue<#answer>, Error> {
                #statements
                crate::transport::response::#read(&#client.inner, &operations::#constant, request, &options).await
            }

            #request
        }
    })?
    .items)
}

/// A statement that puts the request together, or none if it is of no use here.
fn preparation(statement: &Stmt, constant: &syn::Ident) -> Option<Stmt> {
    let text = quote!(#statement).to_string();
    if text.contains("\"api-version\"") {
        return None;
    }
    if let Stmt::Local(local) = statement
        && let syn::Pat::Ident(name) = &local.pat
        && text.contains("Error :: InvalidRequest")
    {
        let name = &name.ident;
        return Some(parse_quote! {
            let #name = #name.map_err(|why| Error::invalid_request(&operations::#constant, why))?;
        });
    }
    Some(statement.clone())
}

fn is_let(statement: Option<&Stmt>, name: &str) -> bool {
    let Some(Stmt::Local(local)) = statement else {
        return false;
    };
    matches!(&local.pat, syn::Pat::Ident(pattern) if pattern.ident.to_string().trim_start_matches('_') == name)
}

/// Whether a statement builds the request, whatever progenitor calls it.
fn is_request(statement: &Stmt) -> bool {
    let Stmt::Local(local) = statement else {
        return false;
    };
    let Some(Expr::Try(tried)) = local.init.as_ref().map(|init| &*init.expr) else {
        return false;
    };
    matches!(&*tried.expr, Expr::MethodCall(call) if call.method == "build")
}

fn has_header_parameters(operation: &Value) -> bool {
    operation["parameters"]
        .as_array()
        .is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "header"))
}

/// Adjusts how the request is put together.
struct Request<'a> {
    constant: &'a syn::Ident,
    own_headers: bool,
    /// For a body that may be absent: how it is attached to `request`, once that is known.
    optional_body: Option<Option<Expr>>,
    /// For a multipart body: the client, which bounds it.
    multipart: Option<&'a syn::Ident>,
}

impl Request<'_> {
    /// How the body is attached to a request.
    fn attach(&self, request: &Expr, call: &ExprMethodCall) -> Expr {
        let (method, arguments, constant) = (&call.method, &call.args, self.constant);
        match self.multipart {
            None => parse_quote!(#request.#method(#arguments)),
            Some(client) => parse_quote! {
                crate::values::multipart::attach(#request, #arguments, #client.inner.max_response_bytes)
                    .map_err(|why| Error::invalid_request(&operations::#constant, why))?
            },
        }
    }
}

impl VisitMut for Request<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        if !self.own_headers {
            block
                .stmts
                .retain(|statement| !is_let(Some(statement), "header_map"));
        }
        for statement in &mut block.stmts {
            if is_request(statement)
                && let Stmt::Local(local) = statement
                && let Some(init) = &mut local.init
            {
                // The transport tells what is wrong with a request that cannot be built.
                if let Expr::Try(build) = &*init.expr {
                    *init.expr = (*build.expr).clone();
                }
                local.attrs.clear();
                local.pat = parse_quote!(request);
            }
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::MethodCall(call) = expression
            && call.method == "headers"
            && !self.own_headers
        {
            *expression = (*call.receiver).clone();
        }
        if let Expr::Try(inner) = expression
            && let Expr::MethodCall(ExprMethodCall { method, .. }) = &mut *inner.expr
            && method == "form_urlencoded"
        {
            *method = format_ident!("form");
            *expression = (*inner.expr).clone();
        }
        if let Expr::MethodCall(call) = expression
            && ["json", "form", "body"]
                .iter()
                .any(|name| call.method == name)
        {
            if self.optional_body.is_some() {
                let attached = self.attach(&parse_quote!(request), call);
                self.optional_body = Some(Some(attached));
                *expression = (*call.receiver).clone();
            } else if self.multipart.is_some() {
                let attached = self.attach(&call.receiver, call);
                *expression = attached;
            }
        }
        if let Expr::Try(inner) = expression
            && matches!(&*inner.expr, Expr::MethodCall(call) if call.method == "try_into")
        {
            let (constant, converted) = (self.constant, &inner.expr);
            *expression = parse_quote! {
                #converted.map_err(|why: ::reqwest::header::InvalidHeaderValue| {
                    Error::invalid_request(&operations::#constant, format!("a header: {why}"))
                })?
            };
            return;
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}
