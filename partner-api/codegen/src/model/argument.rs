//! The arguments of calls.

use proc_macro2::Ident;
use syn::{Type, parse_quote};

use super::rust_type::{Kind, RustType, unwrap};
use super::types::without_builder;
use super::unknown;

/// An argument of an operation: a field of its builder.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) ty: RustType,
    /// Whether a call may leave it out.
    pub(crate) optional: bool,
}

impl Argument {
    /// Reads a field: `Result<T, String>`, or `Result<Option<T>, String>` of what may be left out.
    pub(super) fn read(label: &str, name: Ident, ty: &Type) -> Result<Self, String> {
        let label = format!("the field `{name}` of {label}");
        let inner = unwrap(ty, "Result", 2).ok_or_else(|| unknown(&label, ty))?;
        if *ty != parse_quote!(Result<#inner, String>) {
            return Err(unknown(&label, ty));
        }
        // A body is set as a whole, not field by field.
        let whole = without_builder(inner);
        let ty = RustType::read(&label, whole.as_ref().unwrap_or(inner))?;
        Ok(match ty.kind {
            Kind::Option(ty) => Self {
                name,
                ty: *ty,
                optional: true,
            },
            _ => Self {
                name,
                ty,
                optional: false,
            },
        })
    }
}
