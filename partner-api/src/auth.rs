//! Credentials.

use secrecy::SecretString;

use crate::{Client, ClientBuilder};

/// Makes a [`Client`] with credentials.
///
/// ```
/// use partner_api::prelude::*;
///
/// let client = Client::with_api_key("key").build()?;
/// # Ok::<(), partner_api::Error>(())
/// ```
pub trait AuthExt: Sized {
    /// Sends the API key in the `X-API-Key` header of every request.
    ///
    /// A key is made in the partner hub. It is marked as sensitive, so it is in no log and no
    /// `Debug` output, and it is sent to the base URL only: redirects are not followed.
    ///
    /// A key that cannot be a header is refused by [`ClientBuilder::build`].
    fn with_api_key(key: impl Into<SecretString>) -> ClientBuilder;
}

impl AuthExt for Client {
    fn with_api_key(key: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder::new(key.into())
    }
}
