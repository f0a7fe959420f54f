//! Operations that are published for another server than that of the base URL.
//!
//! Credentials go there only if the program names the address.

use proc_macro2::TokenStream;
use quote::quote;

use crate::code_span::code_span;
use crate::contract::Server;
use crate::document::{Document, Operation};

/// The published address of an operation's server, if it is another one.
pub(crate) fn other<'a>(operation: &'a Operation<'_>) -> Option<&'a str> {
    match operation.extension.server.as_ref()? {
        Server::Other(address) => Some(address),
        Server::Replaces(_) => None,
    }
}

/// The setting of the client by which a program names the addresses, if there are such operations.
pub(crate) fn setting(document: &Document<'_>) -> Option<TokenStream> {
    let others = document
        .operations
        .iter()
        .filter_map(|operation| Some((operation.id, other(operation)?)));
    let list: Vec<_> = others
        .map(|(id, address)| format!("- `{id}`: {}", code_span(address)))
        .collect();
    let list = list.join("\n");
    (!list.is_empty()).then(|| {
        quote! {
            impl crate::ClientBuilder {
                /// Sends the requests of an operation, with the credentials of the client, to this address.
                ///
                /// The documentation publishes some operations for another server than that of the base
                /// URL. Credentials go there only if the program names the address: a call of such an
                /// operation fails before anything is sent if this setting is missing. The address may
                /// be the published one or any other, such as that of a mock server.
                ///
                #[doc = #list]
                ///
                /// The name of an operation is that of its method. The address may have a path, and must
                /// be `https`, or `http` to this machine, as that of [`base_url`](Self::base_url);
                /// otherwise [`build`](Self::build) fails. It receives the API key, the token of a
                /// login, or the credential of a provider. A login itself is sent to the base URL, also if
                /// this server rejects a token (401).
                /// Set it before [`reqwest_builder`](Self::reqwest_builder), whose client uses no proxy if
                /// any of the addresses is on this machine.
                pub fn operation_base_url(
                    mut self,
                    operation: &'static str,
                    url: impl Into<::std::string::String>,
                ) -> Self {
                    self.operation_base_urls.insert(operation, url.into());
                    self
                }
            }
        }
    })
}
