//! Lists that can be read whole, recognised by their shape: `limit` and `offset`, and an answer
//! with a `total` and exactly one array of objects, in an envelope or not.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Field, Fields, Item, ItemStruct, parse2};

use super::operations::constant;
use super::{Operation, Operations};
use crate::list::{List, properties, reference};

/// Whether an operation gives a list that can be read whole.
pub(crate) fn is_list(document: &Value, operation: &Operation<'_>) -> bool {
    List::of(document, operation.value).is_some()
}

/// Makes the items of every page required: a response without them is no empty list.
pub(crate) fn require(document: &Value, operations: &Operations<'_>, types: &mut [Item]) {
    let lists = operations.all.iter();
    for list in lists.filter_map(|operation| List::of(document, operation.value)) {
        let page = types.iter_mut().find_map(|item| match item {
            Item::Struct(item) if item.ident == list.page => Some(&mut item.fields),
            _ => None,
        });
        let fields = page.into_iter().flatten();
        for field in fields.filter(|field| is_member(field, list.rows)) {
            field.attrs.retain(|attribute| {
                let text = quote!(#attribute).to_string();
                !(attribute.path().is_ident("serde") && text.contains("Vec::is_empty"))
            });
        }
    }
}

/// What makes a list of each builder that can give one.
pub(crate) fn items(
    document: &Value,
    operations: &Operations<'_>,
    types: &[Item],
    builders: &[Item],
) -> syn::Result<Vec<Item>> {
    let structs = builders.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let lists = structs.filter_map(|builder| {
        let operation = operations.builder(&builder.ident.to_string())?;
        let list = List::of(document, operation.value)?;
        implementation(&list, document, operation, types, builder)
    });
    lists.map(parse2).collect()
}

/// What makes a list of a builder.
fn implementation(
    list: &List<'_>,
    document: &Value,
    operation: &Operation<'_>,
    types: &[Item],
    builder: &ItemStruct,
) -> Option<TokenStream> {
    let ident = &builder.ident;
    let constant = constant(operation.id);
    let row = format_ident!("{}", list.row);
    let rows = wire_name(document, list.page, list.rows);
    let envelope = match list.envelope {
        Some(envelope) => {
            let envelope = wire_name(document, list.answer, envelope);
            quote!(Some(#envelope))
        }
        None => quote!(None),
    };
    let has_id = properties(document, list.row)?.get("id").is_some_and(|id| {
        reference(id).is_some() || id["type"] == "string" || id["type"] == "integer"
    });
    let id = match field(types, list.row, "id").filter(|_| has_id) {
        Some(id) => quote!(Some(|row, hasher| {
            row.#id.as_ref().map(|id| ::std::hash::BuildHasher::hash_one(hasher, id))
        })),
        None => quote!(None),
    };
    let arguments: Vec<_> = builder
        .fields
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .collect();
    let others: Vec<_> = arguments
        .iter()
        .filter(|name| {
            !["client", "limit", "offset"]
                .iter()
                .any(|known| *name == known)
        })
        .collect();
    let sort = (has_id && sorts_by_id(document, operation.value)).then(|| {
        quote! {
            // The one order that nothing disturbs.
            let sort = sort.map(|sort| sort.or_else(|| "id".try_into().ok()));
        }
    });
    // A document may have either of them required.
    let [given_limit, given_offset] = ["limit", "offset"].map(|name| {
        let argument = format_ident!("{name}");
        match is_optional(builder, name) {
            true => quote!(#argument),
            false => quote!(#argument.map(Some)),
        }
    });
    let asked_limit = match is_optional(builder, "limit") {
        true => quote!(Ok(limit)),
        // It was given, or else nothing is asked.
        false => quote!(Ok(limit.unwrap_or_default())),
    };
    let asked_offset = match is_optional(builder, "offset") {
        true => quote!(Ok(Some(offset))),
        false => quote!(Ok(offset)),
    };
    Some(quote! {
        impl<'a> crate::ListOperation for #ident<'a> {
            type Item = types::#row;

            fn into_source(self) -> crate::paginate::ListSource<Self::Item> {
                let Self { #(#arguments,)* } = self;
                let client = client.clone();
                #sort
                crate::paginate::ListSource::new(
                    &operations::#constant,
                    #given_limit,
                    #given_offset,
                    #id,
                    move |limit, offset| {
                        let client = client.clone();
                        #(let #others = #others.clone();)*
                        async move {
                            let (limit, offset) = (#asked_limit, #asked_offset);
                            let client = &client;
                            let (client, request) = #ident { #(#arguments,)* }.request()?;
                            let layout = crate::paginate::Layout::new(#envelope, #rows);
                            crate::transport::response::page(&client.inner, &operations::#constant, request, layout).await
                        }
                    },
                )
            }
        }
    })
}

/// Whether an argument of a builder may be left out.
fn is_optional(builder: &ItemStruct, argument: &str) -> bool {
    let mut fields = builder.fields.iter();
    let field = fields.find(|field| field.ident.as_ref().is_some_and(|ident| ident == argument));
    field.is_some_and(|field| {
        let ty = &field.ty;
        quote!(#ty).to_string().contains("Option")
    })
}

/// How a member of a component is called in JSON.
fn wire_name<'a>(document: &'a Value, component: &str, member: &'a str) -> &'a str {
    let property = properties(document, component).and_then(|members| members.get(member));
    let wire = property.and_then(|property| property["x-codegen"]["wire"].as_str());
    wire.unwrap_or(member)
}

/// Whether `sort` is a list of keys, and `id` is one of them.
fn sorts_by_id(document: &Value, operation: &Value) -> bool {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    let sort = parameters.find(|parameter| parameter["name"] == "sort");
    let schemas = &document["components"]["schemas"];
    let hint = |schema: &Value| reference(schema).map(|name| schemas[name]["x-codegen"].clone());
    let query = sort
        .and_then(|sort| hint(&sort["schema"]))
        .unwrap_or_default();
    let keys = hint(&query["query"]["schema"]).unwrap_or_default();
    let mut keys = keys["enum"].as_array().into_iter().flatten();
    query["query"]["encoding"] == "sort" && keys.any(|key| key["value"] == "id")
}

/// How a member of a component is called in its struct.
fn field(types: &[Item], component: &str, member: &str) -> Option<TokenStream> {
    let fields = types.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == component => Some(&item.fields),
        _ => None,
    });
    let Fields::Named(fields) = fields? else {
        return None;
    };
    let found = fields.named.iter().find(|field| is_member(field, member));
    let ident = found?.ident.as_ref()?;
    Some(quote!(#ident))
}

fn is_member(field: &Field, member: &str) -> bool {
    let attributes = &field.attrs;
    let attributes = quote!(#(#attributes)*).to_string();
    match attributes.contains("rename = ") {
        true => attributes.contains(&format!("rename = \"{member}\"")),
        false => field.ident.as_ref().is_some_and(|ident| ident == member),
    }
}
