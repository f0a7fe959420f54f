//! The builders of a generated client, read from its source.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{
    File, FnArg, ImplItem, Item, ItemImpl, ItemMod, ItemStruct, Pat, ReturnType, Type,
    TypeParamBound, WherePredicate,
};

/// What a program needs to know of a client.
pub struct Builders {
    /// The builder of each method of the client.
    pub builders: BTreeMap<String, Builder>,
    /// The fields of each struct that cannot be read from JSON, with their types.
    pub multipart: BTreeMap<String, Vec<(String, String)>>,
}

/// One builder.
#[derive(Default)]
pub struct Builder {
    /// What each setter converts its argument to.
    pub setters: Vec<(String, String)>,
    /// The type of the response.
    pub response: String,
}

impl Builders {
    /// Reads `generated.rs`.
    pub fn of(source: &str) -> Self {
        let file: File = syn::parse_file(source).unwrap();
        let builders = module(&file.items, "builder").items();
        let mut by_type = BTreeMap::new();
        for item in builders.iter().filter_map(as_impl) {
            let found: &mut Builder = by_type.entry(name_of(&item.self_ty)).or_default();
            found.read(item);
        }
        let mut of_method = BTreeMap::new();
        for item in file.items.iter().filter_map(as_impl) {
            if name_of(&item.self_ty) != "Client" {
                continue;
            }
            for function in item.items.iter().filter_map(as_function) {
                let ReturnType::Type(_, returned) = &function.sig.output else {
                    continue;
                };
                if let Some(builder) = by_type.remove(&name_of(returned)) {
                    of_method.insert(function.sig.ident.to_string(), builder);
                }
            }
        }
        let types = module(&file.items, "types").items();
        Self {
            builders: of_method,
            multipart: types.iter().filter_map(multipart).collect(),
        }
    }
}

impl Builder {
    fn read(&mut self, item: &ItemImpl) {
        for function in item.items.iter().filter_map(as_function) {
            let name = function.sig.ident.to_string();
            if name == "send" {
                self.response = response(&function.sig.output);
                continue;
            }
            let takes_value = function.sig.inputs.iter().any(|input| match input {
                FnArg::Typed(it) => matches!(&*it.pat, Pat::Ident(it) if it.ident == "value"),
                FnArg::Receiver(_) => false,
            });
            let bounds = function.sig.generics.where_clause.iter();
            let target = bounds.flat_map(|it| &it.predicates).find_map(converted_to);
            if let (true, Some(target)) = (takes_value, target) {
                self.setters.push((name, target));
            }
        }
    }
}

/// The `T` of `V: Argument<T, M>` or `V: OptionalArgument<T, M>`.
fn converted_to(predicate: &WherePredicate) -> Option<String> {
    let WherePredicate::Type(predicate) = predicate else {
        return None;
    };
    predicate.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let segment = bound.path.segments.last()?;
        let is_argument = ["Argument", "OptionalArgument"].contains(&&*segment.ident.to_string());
        is_argument.then(|| first(&segment.arguments))?
    })
}

/// The `T` of `Result<ResponseValue<T>, Error>`.
fn response(output: &ReturnType) -> String {
    let whole = written(output);
    let start = whole.find("ResponseValue<").map_or(0, |at| at + 14);
    let end = whole.rfind(">,Error>").unwrap_or(whole.len());
    whole[start..end].to_owned()
}

fn first(arguments: &syn::PathArguments) -> Option<String> {
    let syn::PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.first().map(written)
}

/// A type as one word.
fn written(ty: &impl ToTokens) -> String {
    let text = ty.to_token_stream().to_string().replace(' ', "");
    text.replace(",>", ">").trim_end_matches(',').to_owned()
}

/// A struct of the types that is not serialised: a multipart body.
fn multipart(item: &Item) -> Option<(String, Vec<(String, String)>)> {
    let Item::Struct(ItemStruct {
        ident,
        fields,
        attrs,
        ..
    }) = item
    else {
        return None;
    };
    let attributes = attrs.iter().map(|it| it.to_token_stream().to_string());
    if attributes.into_iter().any(|it| it.contains("Serialize")) {
        return None;
    }
    let fields = fields
        .iter()
        .filter_map(|field| Some((field.ident.as_ref()?.to_string(), written(&field.ty))));
    Some((ident.to_string(), fields.collect()))
}

fn module<'a>(items: &'a [Item], name: &str) -> &'a ItemMod {
    let mut modules = items.iter().filter_map(|item| match item {
        Item::Mod(module) => Some(module),
        _ => None,
    });
    modules.find(|module| module.ident == name).unwrap()
}

trait Items {
    fn items(&self) -> &[Item];
}

impl Items for ItemMod {
    fn items(&self) -> &[Item] {
        self.content.as_ref().map_or(&[], |(_, items)| items)
    }
}

fn as_impl(item: &Item) -> Option<&ItemImpl> {
    match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    }
}

fn as_function(item: &ImplItem) -> Option<&syn::ImplItemFn> {
    match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    }
}

fn name_of(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().unwrap().ident.to_string(),
        _ => String::new(),
    }
}
