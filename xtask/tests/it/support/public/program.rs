//! A module for a copy of the crate that calls each operation with arguments from JSON.
//!
//! It stands inside of the crate, so that it can name the types as the generated code does.

use std::fmt::Write as _;

use partner_api_codegen::contract::{Extension as _, OperationExtension, Server};
use serde_json::{Value, json};

use super::builders::{Builder, Builders};
use super::wire::base_path;

/// The source of the module. It names the operations by the methods of the client.
pub fn source(builders: &Builders, lowered: &Value) -> String {
    let mut source = HEAD.to_owned();
    named(&mut source, lowered);
    source.push_str("pub async fn call(client: &Client, name: &str, given: &Value) -> Result<Value, String> {\n    match name {\n");
    for name in builders.builders.keys() {
        writeln!(source, "        {name:?} => {name}(client, given).await,").unwrap();
    }
    source.push_str("        _ => Err(\"unknown\".into()),\n    }\n}\n\n");
    for (name, builder) in &builders.builders {
        function(&mut source, builders, name, builder);
    }
    source
}

const HEAD: &str = r#"//! Calls of each operation with arguments from JSON.
#![allow(warnings, clippy::all, missing_docs)]

use crate::{builder, types, Client, ClientBuilder, Error, ResponseValue};
use progenitor_client::ByteStream;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Boxed in a function of its own, because in a debug build the stack of `call` would have room for the
/// futures of all operations.
type Call<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>>;

fn given<T: DeserializeOwned>(given: &Value, name: &str) -> Result<T, String> {
    let value = given[name].clone();
    T::deserialize(value).map_err(|why| format!("not built: {name}: {why}"))
}

fn received<T: Serialize>(result: Result<ResponseValue<T>, Error>) -> Result<Value, String> {
    let value = result.map_err(|why| format!("{why:?}"))?.into_inner();
    serde_json::to_value(value).map_err(|why| format!("not written: {why}"))
}

async fn streamed(result: Result<ResponseValue<ByteStream>, Error>) -> Result<Value, String> {
    use futures_util::TryStreamExt as _;
    let stream = result.map_err(|why| format!("{why:?}"))?.into_inner().into_inner();
    let chunks: Vec<_> = stream.try_collect().await.map_err(|why| format!("not read: {why}"))?;
    let bytes = chunks.concat();
    // Bytes are compared as JSON, if they are JSON.
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into()))
}

"#;

/// Names this server for the operations that are published for another one.
fn named(source: &mut String, lowered: &Value) {
    source.push_str(
        "pub fn named(builder: ClientBuilder, server: &str) -> ClientBuilder {\n    builder\n",
    );
    let items = lowered["paths"].as_object().into_iter().flatten();
    for operation in items.flat_map(|(_, item)| item.as_object().into_iter().flatten()) {
        let extension = OperationExtension::of(operation.1).unwrap_or_default();
        if let Some(Server::Other(address)) = extension.server {
            let id = operation.1["operationId"].as_str().unwrap();
            let path = base_path(&json!({"servers": [{"url": address}]}));
            let call =
                format!(".operation_base_url({id:?}, format!(\"{{server}}{{}}\", {path:?}))");
            writeln!(source, "        {call}").unwrap();
        }
    }
    source.push_str("}\n\n");
}

fn function(source: &mut String, builders: &Builders, name: &str, builder: &Builder) {
    writeln!(
        source,
        "fn {name}<'a>(client: &'a Client, arguments: &'a Value) -> Call<'a> {{ Box::pin(async move {{\n    \
             let mut call = client.{name}();"
    )
    .unwrap();
    for (setter, ty) in &builder.setters {
        let key = setter.trim_start_matches("r#");
        let value = value(builders, key, ty);
        writeln!(
            source,
            "    if arguments.get({key:?}).is_some() {{ call = call.{setter}({value}); }}"
        )
        .unwrap();
    }
    let read = match &*builder.response {
        "()" => "call.send().await.map(|_| Value::Null).map_err(|why| format!(\"{why:?}\"))",
        "ByteStream" => "streamed(call.send().await).await",
        _ => "received(call.send().await)",
    };
    writeln!(source, "    {read}\n}}) }}\n").unwrap();
}

/// An expression for an argument of this type, from the JSON in `arguments`.
fn value(builders: &Builders, key: &str, ty: &str) -> String {
    let outer = ty.split('<').next().unwrap_or_default();
    let inner = ty.strip_prefix(outer).and_then(|it| it.strip_prefix('<'));
    let inner = inner
        .and_then(|it| it.strip_suffix('>'))
        .unwrap_or_default();
    let last = outer.rsplit("::").next().unwrap_or_default();
    let read = |ty: &str| format!("given::<{ty}>(arguments, {key:?})?");
    if inner.ends_with("QueryNumber") {
        let numbers = read("Vec<f64>");
        return format!(
            "{numbers}.into_iter().map(|it| it.try_into().unwrap()).collect::<Vec<{inner}>>()"
        );
    }
    let object = inner.strip_prefix("crate::values::query::JsonParam<");
    if let Some(object) = object.and_then(|it| it.strip_suffix('>')) {
        let objects = read(&format!("Vec<{object}>"));
        return format!("{objects}.into_iter().map(Into::into).collect::<Vec<{inner}>>()");
    }
    match last {
        "Limit" | "Offset" => read("u32"),
        "QueryNumber" => read("f64"),
        "Sort" => format!("&*{}", read("String")),
        "Body" => read("String"),
        _ if last.ends_with("Separated") => read(&format!("Vec<{inner}>")),
        _ if outer.contains("values::") && !inner.is_empty() => read(inner),
        _ => match builders
            .multipart
            .get(last)
            .filter(|_| ty.contains("types::"))
        {
            Some(fields) if key == "body" => multipart(ty, fields),
            _ => read(ty),
        },
    }
}

/// A struct of files and values.
fn multipart(ty: &str, fields: &[(String, String)]) -> String {
    let mut literal = format!("{{ let parts = &arguments[\"body\"]; {ty} {{");
    for (name, ty) in fields {
        let key = name.trim_start_matches("r#");
        let file = "crate::values::multipart::FilePart::new(\"a.txt\", \"some bytes\")";
        let value = match ty.contains("FilePart") {
            true if ty.contains("BTreeMap<") => format!("[(\"a\".to_owned(), {file})].into()"),
            true if ty.contains("Vec<") => format!("vec![{file}]"),
            true if ty.contains("Option<") => format!("Some({file})"),
            true => file.to_owned(),
            false => format!("given::<{ty}>(parts, {key:?})?"),
        };
        write!(literal, "{name}: {value}, ").unwrap();
    }
    literal + "} }"
}
