//! Runs progenitor, and reports its panics as errors.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use ::progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use serde_json::{Map, Value, from_value, json};

use crate::Rejection;
use crate::contract::SchemaExtension;
use crate::document::Document;
use crate::rust_type::rust_type;

/// What progenitor generated.
pub(crate) struct Output {
    /// The client.
    pub(crate) client: TokenStream,
    /// The httpmock helpers.
    pub(crate) mock: TokenStream,
}

/// Generates the client and the mock helpers.
pub(crate) fn generate(document: &Value, read: &Document<'_>) -> Result<Output, Vec<Rejection>> {
    attempt(document, read).map_err(|message| {
        let rejections: Vec<_> = parts(document)
            .into_iter()
            .filter_map(|(name, part)| {
                attempt(&part, read)
                    .err()
                    .map(|message| Rejection { name, message })
            })
            .collect();
        if rejections.is_empty() {
            vec![Rejection::of_whole_document(message)]
        } else {
            rejections
        }
    })
}

fn attempt(document: &Value, read: &Document<'_>) -> Result<Output, String> {
    catch(|| {
        let spec: OpenAPI = from_value(document.clone()).map_err(|error| error.to_string())?;
        let settings = settings(read);
        let message = |error: ::progenitor::Error| error.to_string();
        Ok(Output {
            client: Generator::new(&settings)
                .generate_tokens(&spec)
                .map_err(message)?,
            mock: Generator::new(&settings)
                .httpmock(&spec, "crate")
                .map_err(message)?,
        })
    })
}

/// What `run` returns, or the message of its panic, which is not printed.
pub(crate) fn catch<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_CAUGHT.get() {
                print(info);
            }
        }));
    });
    IS_CAUGHT.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    IS_CAUGHT.set(false);
    result.unwrap_or_else(|payload| {
        let message = payload.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| payload.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", message.unwrap_or("no message")))
    })
}

thread_local! {
    /// Whether a panic of this thread is caught and reported as an error.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

fn settings(read: &Document<'_>) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq")
        .with_inner_type(quote::quote!(crate::transport::Transport));
    // The finishing pass writes these types itself.
    for (name, schema) in &read.schemas {
        let Some(extension) = &schema.extension else {
            continue;
        };
        let (path, traits) = replacement(name, extension);
        settings.with_replacement(*name, path, traits.into_iter());
    }
    settings
}

/// The type that stands for a component, and the traits that progenitor may rely on.
fn replacement(name: &str, extension: &SchemaExtension) -> (String, Vec<TypeImpl>) {
    let component = format!("crate::types::{name}");
    let string = || vec![TypeImpl::Display, TypeImpl::FromStr];
    match extension {
        SchemaExtension::Query { encoding, schema } => {
            let wrapper = encoding.wrapper();
            let path = format!("crate::values::{wrapper}<{}>", rust_type(schema));
            (path, string())
        }
        SchemaExtension::Identifier | SchemaExtension::Timestamp | SchemaExtension::Enum { .. } => {
            (component, string())
        }
        SchemaExtension::Number | SchemaExtension::IntegerEnum(_) => {
            (component, vec![TypeImpl::Display])
        }
        SchemaExtension::File
        | SchemaExtension::Multipart
        | SchemaExtension::Union(_)
        | SchemaExtension::Responses(_) => (component, Vec::new()),
    }
}

fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
}

/// The document cut into one for each schema and operation, to find the one at fault.
fn parts(document: &Value) -> Vec<(String, Value)> {
    let with = |paths: Value, schemas: Value| {
        let mut part = document.clone();
        part["paths"] = paths;
        part["components"] = json!({ "schemas": schemas });
        part
    };
    let mut parts = Vec::new();
    for (name, schema) in schemas(document) {
        let mut reached = Map::from_iter([(name.clone(), schema.clone())]);
        reach(document, schema, &mut reached);
        parts.push((name.clone(), with(json!({}), reached.into())));
    }
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let mut reached = Map::new();
            reach(document, operation, &mut reached);
            let name = operation["operationId"].as_str().unwrap_or(path).to_owned();
            parts.push((
                name,
                with(json!({path: {method: operation}}), reached.into()),
            ));
        }
    }
    parts
}

fn reach(document: &Value, value: &Value, reached: &mut Map<String, Value>) {
    match value {
        Value::Object(members) => {
            let name = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.rsplit('/').next());
            if let Some(name) = name
                && !reached.contains_key(name)
            {
                let schema = &document["components"]["schemas"][name];
                reached.insert(name.to_owned(), schema.clone());
                reach(document, schema, reached);
            }
            members
                .values()
                .for_each(|value| reach(document, value, reached));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| reach(document, value, reached)),
        _ => {}
    }
}
