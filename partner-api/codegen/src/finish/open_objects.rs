//! Objects that keep the members that the document does not name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::members::Member;

/// `Deserialize` of such an object; other objects derive it.
///
/// What serde derives is for a private copy of the struct, so that there is only one way to read the
/// public one.
pub(crate) fn deserialize(name: &Ident, members: &[Member]) -> Option<TokenStream> {
    let extra = &members.iter().find(|member| member.is_extra)?.name;
    let path = format!("crate::types::{name}");
    let fields = members.iter().map(|member| {
        let Member {
            serde, name, ty, ..
        } = member;
        match member.is_extra {
            true => quote!(#[serde(skip)] #name: #ty),
            false => quote!(#(#serde)* #name: #ty),
        }
    });
    Some(quote! {
        const _: () = {
            #[derive(::serde::Deserialize)]
            #[serde(remote = #path)]
            struct Documented { #(#fields,)* }

            crate::values::extra::keep!(Documented, crate::types::#name, #extra);
        };
    })
}
