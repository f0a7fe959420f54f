//! Lists that can be streamed, recognised by the shape of the operation; see [`List`].

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::call::Call;
use crate::contract::{Encoding, SchemaExtension};
use crate::document::{Document, Operation, reference};
use crate::list::List;
use crate::model::Types;

/// The implementation of `ListOperation` for a builder.
pub(crate) fn implementation(
    list: &List<'_>,
    document: &Document<'_>,
    call: &Call<'_>,
    types: &Types,
) -> TokenStream {
    let (ident, constant) = (&call.builder.name, &call.constant);
    let item = format_ident!("{}", list.item);
    let members = members(document, list);
    let id = id(document, list, types);
    let sort = (id.is_some() && sorts_by_id(document, call.operation)).then(|| {
        quote! {
            // The one order that nothing disturbs.
            let sort = sort.map(|sort| sort.or_else(|| "id".try_into().ok()));
        }
    });
    let id = match id {
        Some(id) => quote!(Some(|item| item.#id.as_ref().map(crate::paginate::key_of_id))),
        None => quote!(None),
    };
    let client = &call.builder.client;
    let request = call.request_method();
    let names: Vec<_> = call
        .arguments
        .iter()
        .map(|argument| &argument.name)
        .collect();
    let others: Vec<_> = names
        .iter()
        .filter(|name| **name != "limit" && **name != "offset")
        .collect();
    let Positions {
        given_limit,
        given_offset,
        next_limit,
        next_offset,
    } = Positions::of(call);
    quote! {
        impl<'a> crate::ListOperation for #ident<'a> {
            type Item = types::#item;

            fn into_source(self) -> crate::paginate::ListSource<Self::Item> {
                let Self { #client, #(#names,)* } = self;
                let #client = #client.clone();
                #sort
                crate::paginate::ListSource::new(
                    #client.inner.clone(),
                    &operations::#constant,
                    crate::paginate::Layout::new(#members),
                    #given_limit,
                    #given_offset,
                    #id,
                    move |limit, offset| {
                        #(let #others = #others.clone();)*
                        let (limit, offset) = (#next_limit, #next_offset);
                        let #client = &#client;
                        let (_, request) = #ident { #client, #(#names,)* }.#request()?;
                        Ok(request)
                    },
                )
            }
        }
    }
}

/// How the limit and offset of a page are read from the builder, and set in the next one. A document
/// may have either of them required.
struct Positions {
    given_limit: TokenStream,
    given_offset: TokenStream,
    next_limit: TokenStream,
    next_offset: TokenStream,
}

impl Positions {
    fn of(call: &Call<'_>) -> Self {
        let (given_limit, next_limit) = match call.is_optional("limit") {
            true => (quote!(limit), quote!(Ok(limit))),
            // It was given, or else nothing is sent.
            false => (
                quote!(limit.map(Some)),
                quote!(Ok(limit.unwrap_or_default())),
            ),
        };
        let (given_offset, next_offset) = match call.is_optional("offset") {
            true => (quote!(offset), quote!(Ok(Some(offset)))),
            false => (quote!(offset.map(Some)), quote!(Ok(offset))),
        };
        Self {
            given_limit,
            given_offset,
            next_limit,
            next_offset,
        }
    }
}

/// The arguments that name the members on the way to the items: the envelope, if there is one, and the list.
pub(super) fn members(document: &Document<'_>, list: &List<'_>) -> TokenStream {
    let items = wire_name(document, list.page, list.items);
    match list.envelope {
        Some(envelope) => {
            let envelope = wire_name(document, list.response, envelope);
            quote!(Some(#envelope), #items)
        }
        None => quote!(None, #items),
    }
}

/// The name of a member of a component in JSON.
fn wire_name<'a>(document: &'a Document<'_>, component: &str, member: &'a str) -> &'a str {
    let component = document.schemas.get(component);
    let property = component.and_then(|component| component.property(member));
    property.map_or(member, |property| property.wire_name())
}

/// The field that holds the id of an item.
fn id<'t>(
    document: &Document<'_>,
    list: &List<'_>,
    types: &'t Types,
) -> Option<&'t proc_macro2::Ident> {
    let id = document.schemas.get(list.item)?.property("id")?.value;
    if reference(id).is_none() && id["type"] != "string" && id["type"] != "integer" {
        return None;
    }
    let item = types.structs().find(|item| item.name == list.item)?;
    let mut fields = item.fields().iter();
    fields
        .find(|field| field.json_name() == "id")
        .map(|field| &field.name)
}

/// Whether `sort` is a list of keys, and `id` is one of them.
fn sorts_by_id(document: &Document<'_>, operation: &Operation<'_>) -> bool {
    let sort = operation.parameter("sort");
    let query = sort.and_then(|sort| document.referred(&sort["schema"]));
    let Some(SchemaExtension::Query {
        encoding: Encoding::Sort,
        schema: keys,
    }) = query.and_then(|query| query.extension.as_ref())
    else {
        return false;
    };
    let keys = document.referred(keys).and_then(|keys| keys.enum_values());
    keys.is_some_and(|keys| keys.iter().any(|key| key.value == "id"))
}
