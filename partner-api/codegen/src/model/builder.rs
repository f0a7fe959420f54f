//! The builders of calls.

use proc_macro2::Ident;
use syn::{Fields, ImplItem, Item, ItemImpl, ItemStruct, Path, Type, parse_quote};

use super::argument::Argument;
use super::send::{self, Send};
use super::{docs, unknown};

/// The builder of an operation's calls.
pub(crate) struct Builder {
    pub(crate) name: Ident,
    /// Whether it implements `Clone`: one with a raw body does not.
    pub(crate) is_clone: bool,
    /// The field that holds the client.
    pub(crate) client: Ident,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) send: Send,
}

/// Reads the module `builder`.
pub(super) fn read(items: Vec<Item>) -> Result<Vec<Builder>, String> {
    let mut builders = Vec::new();
    let mut open: Option<ItemStruct> = None;
    for item in items {
        match (item, open.take()) {
            (Item::Use(_), None) => {}
            (Item::Struct(item), None) => open = Some(item),
            (Item::Impl(item), Some(builder)) => builders.push(Builder::read(builder, item)?),
            (other, _) => return Err(unknown("an item of the module `builder`", &other)),
        }
    }
    if let Some(item) = open {
        return Err(unknown("a builder without methods", &item));
    }
    Ok(builders)
}

impl Builder {
    fn read(item: ItemStruct, methods: ItemImpl) -> Result<Self, String> {
        let label = format!("the builder `{}`", item.ident);
        let (_, attributes) = docs(item.attrs.clone());
        let is_clone = match &attributes[..] {
            [derive] if *derive == parse_quote!(#[derive(Debug, Clone)]) => true,
            [derive] if *derive == parse_quote!(#[derive(Debug)]) => false,
            _ => return Err(unknown(&label, &item)),
        };
        let Fields::Named(fields) = &item.fields else {
            return Err(unknown(&label, &item));
        };
        let mut client = None;
        let mut arguments = Vec::new();
        for field in &fields.named {
            let name = field.ident.clone().ok_or_else(|| unknown(&label, field))?;
            if field.ty == parse_quote!(&'a super::Client) {
                client = Some(name);
            } else {
                arguments.push(Argument::read(&label, name, &field.ty)?);
            }
        }
        let client = client.ok_or_else(|| unknown(&label, &item))?;
        let ty: Type = {
            let name = &item.ident;
            parse_quote!(#name<'a>)
        };
        if *methods.self_ty != ty || methods.trait_.is_some() {
            return Err(unknown(&label, &methods));
        }
        let send = methods.items.iter().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "send" => Some(function),
            _ => None,
        });
        let send = send.ok_or_else(|| unknown(&label, &methods))?;
        Ok(Self {
            is_clone,
            send: send::read(&label, &client, &arguments, send)?,
            client,
            arguments,
            name: item.ident,
        })
    }

    /// The traits that it derives.
    pub(crate) fn derives(&self) -> Vec<Path> {
        match self.is_clone {
            true => vec![parse_quote!(Debug), parse_quote!(Clone)],
            false => vec![parse_quote!(Debug)],
        }
    }
}
