//! The module `types`.

use proc_macro2::Ident;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprLit, Fields, ImplItem, Item, ItemImpl, ItemMod, ItemStruct, Lit, Meta,
    Path, Token, Type,
};

use super::rust_type::{Kind, RustType};
use super::{docs, unknown};

/// The module `types` without the builders of its structs.
pub(crate) struct Types {
    /// The error of conversions, if one of the types uses it.
    pub(crate) error: Option<ItemMod>,
    pub(crate) items: Vec<TypeItem>,
}

/// An item that stays in the module `types`.
pub(crate) enum TypeItem {
    Struct(Box<Struct>),
    /// An implementation of a trait, which stays as it is.
    Impl(Box<ItemImpl>),
}

/// A struct.
pub(crate) struct Struct {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) derives: Vec<Path>,
    pub(crate) name: Ident,
    pub(crate) shape: Shape,
}

/// What a struct holds.
pub(crate) enum Shape {
    Fields {
        fields: Vec<Field>,
        /// Whether other members of a JSON object are an error.
        deny_unknown: bool,
    },
    /// The one value of a type that wraps another one.
    Wrapper {
        ty: Box<RustType>,
        /// Whether it is written as the value itself.
        transparent: bool,
    },
}

/// A field of a struct.
pub(crate) struct Field {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) ty: RustType,
    /// The name in JSON, if progenitor has it differ from the one in Rust.
    pub(crate) rename: Option<String>,
    /// Whether it holds all members that no other field has.
    pub(crate) flatten: bool,
    /// Whether it may be missing from a JSON object although its type is no `Option`.
    pub(crate) default: bool,
    /// Whether it must be in a JSON object although its type is an `Option`: then it may be null.
    pub(crate) present: bool,
    /// The function that decides whether it is left out, as a path.
    pub(crate) skip: Option<String>,
}

impl Types {
    pub(super) fn read(items: Vec<Item>) -> Result<Self, String> {
        let mut error = None;
        let mut kept = Vec::new();
        for item in items {
            match item {
                Item::Mod(module) if module.ident == "error" => error = Some(module),
                // Struct literals make the builders of types needless.
                Item::Mod(module) if module.ident == "builder" => {}
                Item::Struct(item) => kept.push(TypeItem::Struct(Box::new(Struct::read(item)?))),
                Item::Impl(item) if item.trait_.is_some() => {
                    check_trait(&item)?;
                    kept.push(TypeItem::Impl(Box::new(item)));
                }
                Item::Impl(item) if has_only_builder(&item) => {}
                other => return Err(unknown("an item of the module `types`", &other)),
            }
        }
        let is_used = kept.iter().any(|item| match item {
            TypeItem::Impl(item) => uses_conversion_error(item),
            TypeItem::Struct(_) => false,
        });
        Ok(Self {
            error: error.filter(|_| is_used),
            items: kept,
        })
    }

    /// The structs.
    pub(crate) fn structs(&self) -> impl Iterator<Item = &Struct> {
        self.items.iter().filter_map(|item| match item {
            TypeItem::Struct(item) => Some(&**item),
            TypeItem::Impl(_) => None,
        })
    }

    /// The structs, to be changed.
    pub(crate) fn structs_mut(&mut self) -> impl Iterator<Item = &mut Struct> {
        self.items.iter_mut().filter_map(|item| match item {
            TypeItem::Struct(item) => Some(&mut **item),
            TypeItem::Impl(_) => None,
        })
    }
}

/// The traits that progenitor implements for the types it generates.
const TRAITS: [&str; 8] = [
    "Default",
    "Deref",
    "Display",
    "From",
    "FromStr",
    "TryFrom",
    "Deserialize",
    "Serialize",
];

fn check_trait(item: &ItemImpl) -> Result<(), String> {
    let path = item.trait_.as_ref().and_then(|it| it.0.segments.last());
    match path.is_some_and(|path| TRAITS.iter().any(|known| path.ident == known)) {
        true => Ok(()),
        false => Err(unknown("an implementation in the module `types`", item)),
    }
}

fn has_only_builder(item: &ItemImpl) -> bool {
    let is_builder =
        |item: &ImplItem| matches!(item, ImplItem::Fn(function) if function.sig.ident == "builder");
    item.items.iter().all(is_builder)
}

fn uses_conversion_error(item: &ItemImpl) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_ident(&mut self, ident: &'ast Ident) {
            self.0 |= ident == "ConversionError";
        }
    }
    let mut search = Search(false);
    visit::visit_item_impl(&mut search, item);
    search.0
}

impl Struct {
    fn read(item: ItemStruct) -> Result<Self, String> {
        let label = format!("the struct `{}`", item.ident);
        let whole = item.clone();
        if !item.generics.params.is_empty() {
            return Err(unknown(&label, &whole));
        }
        let (docs, attributes) = docs(item.attrs);
        let mut derives = Vec::new();
        let mut options = Vec::new();
        for attribute in &attributes {
            let metas = metas(attribute);
            match metas {
                Some(metas) if attribute.path().is_ident("derive") => {
                    derives.extend(metas.into_iter().map(|meta| meta.path().clone()));
                }
                Some(metas) if attribute.path().is_ident("serde") => options.extend(metas),
                _ => return Err(unknown(&label, &whole)),
            }
        }
        let has = |name: &str| options.iter().any(|option| is_word(option, name));
        let shape = match item.fields {
            Fields::Named(fields) => Shape::Fields {
                fields: fields
                    .named
                    .into_iter()
                    .map(|field| Field::read(&label, field))
                    .collect::<Result<_, _>>()?,
                deny_unknown: has("deny_unknown_fields"),
            },
            Fields::Unnamed(fields) => match fields.unnamed.iter().collect::<Vec<_>>()[..] {
                [field] if field.attrs.is_empty() => Shape::Wrapper {
                    ty: Box::new(RustType::read(&label, &field.ty)?),
                    transparent: has("transparent"),
                },
                _ => return Err(unknown(&label, &whole)),
            },
            Fields::Unit => return Err(unknown(&label, &whole)),
        };
        let known = match &shape {
            Shape::Fields { deny_unknown, .. } => usize::from(*deny_unknown),
            Shape::Wrapper { transparent, .. } => usize::from(*transparent),
        };
        if options.len() != known {
            return Err(unknown(&label, &whole));
        }
        let name = item.ident;
        Ok(Self {
            docs,
            derives,
            name,
            shape,
        })
    }

    /// The fields; a wrapper has none.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Fields { fields, .. } => fields,
            Shape::Wrapper { .. } => &[],
        }
    }
}

/// How progenitor has serde read an `Option` that must be there.
const OPTION_AS_IT_IS: &str = "::std::option::Option::deserialize";

impl Field {
    /// The name of the member in JSON.
    pub(crate) fn json_name(&self) -> String {
        match &self.rename {
            Some(name) => name.clone(),
            None => self.name.to_string(),
        }
    }

    fn read(label: &str, field: syn::Field) -> Result<Self, String> {
        let whole = field.clone();
        let name = field.ident.ok_or_else(|| unknown(label, &whole))?;
        let label = format!("the field `{name}` of {label}");
        let (docs, attributes) = docs(field.attrs);
        let mut read = Self {
            docs,
            name,
            ty: RustType::read(&label, &field.ty)?,
            rename: None,
            flatten: false,
            default: false,
            present: false,
            skip: None,
        };
        for attribute in &attributes {
            let options = metas(attribute).filter(|_| attribute.path().is_ident("serde"));
            for option in options.ok_or_else(|| unknown(&label, &whole))? {
                if !read.option(&option) {
                    return Err(unknown(&label, &whole));
                }
            }
        }
        Ok(read)
    }

    /// Reads one argument of `#[serde(…)]`; the result is whether it is known.
    fn option(&mut self, option: &Meta) -> bool {
        let value = match option {
            Meta::NameValue(option) => string(&option.value),
            _ => None,
        };
        let is_word = matches!(option, Meta::Path(_));
        let name = option.path().get_ident().map(ToString::to_string);
        match (name.as_deref(), value) {
            (Some("flatten"), None) if is_word => self.flatten = true,
            (Some("default"), None) if is_word => self.default = true,
            (Some("rename"), Some(value)) => self.rename = Some(value),
            (Some("skip_serializing_if"), Some(value)) => self.skip = Some(value),
            (Some("deserialize_with"), Some(value)) if value == OPTION_AS_IT_IS => {
                self.present = true;
            }
            _ => return false,
        }
        true
    }

    /// Whether a JSON object need not have it.
    pub(crate) fn may_be_missing(&self) -> bool {
        let kind = &self.ty.kind;
        matches!(
            kind,
            Kind::Option(_) | Kind::Vec(_) | Kind::Map | Kind::JsonMap
        )
    }
}

/// The comma-separated arguments of `#[name(…)]`.
fn metas(attribute: &Attribute) -> Option<Vec<Meta>> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let metas = parser.parse2(list.tokens.clone()).ok()?;
    Some(metas.into_iter().collect())
}

fn is_word(meta: &Meta, name: &str) -> bool {
    matches!(meta, Meta::Path(path) if path.is_ident(name))
}

fn string(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The component in `types::builder::Component`.
pub(super) fn without_builder(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let names: Vec<_> = path
        .path
        .segments
        .iter()
        .map(|it| it.ident.to_string())
        .collect();
    let builder = names.len().checked_sub(2)?;
    if names[builder] != "builder"
        || names
            .get(builder.wrapping_sub(1))
            .is_none_or(|it| it != "types")
    {
        return None;
    }
    let mut path = path.clone();
    let segments = path.path.segments.into_iter().enumerate();
    path.path.segments = segments
        .filter(|(index, _)| *index != builder)
        .map(|(_, segment)| segment)
        .collect();
    Some(Type::Path(path))
}
