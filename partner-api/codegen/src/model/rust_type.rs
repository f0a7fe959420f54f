//! Types as progenitor writes them.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type, parse_quote};

use super::unknown;

/// A type, and what the finishing pass needs to know of it.
#[derive(Clone)]
pub(crate) struct RustType {
    pub(crate) code: Type,
    pub(crate) kind: Kind,
}

/// The kinds of types that the finishing pass treats in different ways.
#[derive(Clone)]
pub(crate) enum Kind {
    /// `()`
    Unit,
    /// `Option<T>`
    Option(Box<RustType>),
    /// `Vec<T>`
    Vec(Box<RustType>),
    /// `BTreeMap<String, T>`
    Map,
    /// `serde_json::Map<String, Value>`
    JsonMap,
    /// `serde_json::Value`
    Json,
    /// `ByteStream`
    ByteStream,
    /// Any other type, such as `String` or a component.
    Other,
}

impl RustType {
    /// Reads the type of an item, which the error names.
    pub(crate) fn read(item: &str, code: &Type) -> Result<Self, String> {
        let kind = match code {
            Type::Tuple(tuple) if tuple.elems.is_empty() => Kind::Unit,
            Type::Path(path) if path.qself.is_none() => {
                let segment = path.path.segments.last();
                let segment = segment.ok_or_else(|| unknown(item, code))?;
                Self::kind(item, code, segment)?
            }
            _ => return Err(unknown(item, code)),
        };
        let code = code.clone();
        Ok(Self { code, kind })
    }

    fn kind(item: &str, code: &Type, segment: &PathSegment) -> Result<Kind, String> {
        let arguments = arguments(segment).ok_or_else(|| unknown(item, code))?;
        let read = |ty: &Type| Self::read(item, ty).map(Box::new);
        match (segment.ident.to_string().as_str(), &arguments[..]) {
            ("Option", [ty]) => Ok(Kind::Option(read(ty)?)),
            ("Vec", [ty]) => Ok(Kind::Vec(read(ty)?)),
            ("BTreeMap", [_, _]) => Ok(Kind::Map),
            ("Map", [_, _]) => Ok(Kind::JsonMap),
            ("Value", []) if *code == parse_quote!(::serde_json::Value) => Ok(Kind::Json),
            ("ByteStream", []) if *code == parse_quote!(ByteStream) => Ok(Kind::ByteStream),
            // A type of the crate, such as `JsonParam<T>`, or a component.
            (_, [] | [_]) => Ok(Kind::Other),
            _ => Err(unknown(item, code)),
        }
    }

    /// The type `Option<T>` of this `T`.
    pub(crate) fn optional(self) -> Self {
        let code = &self.code;
        Self {
            code: parse_quote!(::std::option::Option<#code>),
            kind: Kind::Option(Box::new(self)),
        }
    }

    /// Whether a value of this type may itself be absent: an `Option`, any JSON, or a wrapper of these.
    pub(crate) fn holds_null(&self) -> bool {
        let mut code = &self.code;
        loop {
            let Type::Path(path) = code else { return false };
            let Some(segment) = path.path.segments.last() else {
                return false;
            };
            if segment.ident == "Option" || segment.ident == "Value" {
                return true;
            }
            match arguments(segment).as_deref() {
                Some([inner]) if segment.ident != "Vec" => code = inner,
                _ => return false,
            }
        }
    }

    /// Whether it is an `Option`.
    pub(crate) fn is_option(&self) -> bool {
        matches!(self.kind, Kind::Option(_))
    }
}

impl ToTokens for RustType {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.code.to_tokens(tokens);
    }
}

/// The types between the angle brackets of a segment, or none if something else is there.
pub(super) fn arguments(segment: &PathSegment) -> Option<Vec<&Type>> {
    match &segment.arguments {
        PathArguments::None => Some(Vec::new()),
        PathArguments::AngleBracketed(arguments) => {
            let types = arguments.args.iter().map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            types.collect()
        }
        PathArguments::Parenthesized(_) => None,
    }
}

/// `T` of `Wrapper<T, …>` with the given number of arguments, where the path ends in `Wrapper`.
pub(super) fn unwrap<'a>(ty: &'a Type, wrapper: &str, arity: usize) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let arguments = arguments(segment).filter(|_| segment.ident == wrapper)?;
    (arguments.len() == arity).then(|| arguments.first().copied())?
}
