//! The struct `Client` and its methods.

use proc_macro2::Ident;
use syn::{Attribute, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, Type, parse_quote};

use super::{docs, expect, unknown};

/// The client.
pub(crate) struct Client {
    /// The struct without its documentation.
    pub(crate) item: ItemStruct,
    /// The methods of the operations, by name.
    pub(crate) methods: Vec<Method>,
}

/// A method that returns the builder of an operation.
pub(crate) struct Method {
    pub(crate) name: Ident,
    pub(crate) builder: Ident,
}

impl Client {
    pub(super) fn read(items: Vec<Item>) -> Result<Self, String> {
        let mut client = None;
        let mut methods = Vec::new();
        for item in items {
            match item {
                Item::Struct(mut item) if item.ident == "Client" => {
                    item.attrs = docs(item.attrs).1;
                    client = Some(item);
                }
                Item::Impl(item) if is_of_client(&item) => match item.trait_ {
                    // The traits of progenitor's transport.
                    Some(_) => {}
                    None => {
                        for item in item.items {
                            methods.extend(Method::read(item)?);
                        }
                    }
                },
                other => return Err(unknown("an item beside the client", &other)),
            }
        }
        let item = client.ok_or("progenitor's output has no struct `Client`")?;
        Ok(Self { item, methods })
    }
}

fn is_of_client(item: &ItemImpl) -> bool {
    let client: Type = parse_quote!(Client);
    let reference: Type = parse_quote!(&Client);
    *item.self_ty == client || *item.self_ty == reference
}

impl Method {
    /// Reads a method of an operation; a constructor is none, and the crate has its own.
    fn read(item: ImplItem) -> Result<Option<Self>, String> {
        let ImplItem::Fn(function) = item else {
            return Err(unknown("an item of the client", &item));
        };
        if function.sig.receiver().is_none() {
            return Ok(None);
        }
        let name = function.sig.ident.clone();
        let label = format!("the client's method `{name}`");
        let builder = builder(&function).ok_or_else(|| unknown(&label, &function))?;
        let attributes: Vec<Attribute> = docs(function.attrs.clone()).0;
        let expected: ImplItemFn = parse_quote! {
            #(#attributes)*
            pub fn #name(&self) -> builder::#builder<'_> {
                builder::#builder::new(self)
            }
        };
        expect(&label, &function, &expected)?;
        Ok(Some(Self { name, builder }))
    }
}

/// The name of the builder that a method returns.
fn builder(function: &ImplItemFn) -> Option<Ident> {
    let syn::ReturnType::Type(_, ty) = &function.sig.output else {
        return None;
    };
    match &**ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.clone()),
        _ => None,
    }
}
