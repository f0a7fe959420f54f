//! Starts a client with credentials.

use std::env::{self, VarError};

use secrecy::SecretString;

use super::ClientBuilder;
use crate::auth::{Credential, CredentialsProvider, Source};
use crate::error::Error;
use crate::generated::Client;

/// Makes a [`Client`] with credentials.
///
/// Whatever they are, they go to the base URL only, over https or to this machine, and are in no
/// `Debug` output, log, error or address.
pub trait AuthExt: Sized {
    /// Sends an API key in the `X-API-Key` header of every request: the provider's preferred way.
    ///
    /// A key is made in the partner hub. One that cannot be a header is refused by
    /// [`ClientBuilder::build`].
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().start().await?;
    /// # let (key, partner_id) = (hub.api_key(), hub.partner_id());
    /// let client = Client::with_api_key(key)
    /// #   .base_url(hub.url())
    ///     .build()?;
    /// client.get_partner().partner_id(partner_id).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    fn with_api_key(key: impl Into<SecretString>) -> ClientBuilder;

    /// Logs in at `POST /api/v2/token` and sends the token it gives.
    ///
    /// - **One login for all calls.** The token is fetched when the first call needs it, and
    ///   renewed when about four fifths of its life are over, while calls go on with it. A renewal
    ///   waits for approvals that are in flight, which are never sent twice, and an approval that
    ///   comes when none is waits for a renewal that is due. Once the token has ended or was
    ///   rejected, a login starts at once.
    /// - **A rejected token (401)** is replaced, and the call sent once more with the new token,
    ///   unless the operation is not idempotent. Logins of this cause are at least 10 seconds
    ///   apart, and up to a minute while their tokens are rejected as well; until then a 401 is
    ///   returned as it is, and other calls go on with the token. So an operation that always
    ///   answers 401 does not cost a login for each call.
    /// - **A failed login** is retried as [`RetryPolicy`](crate::RetryPolicy) says, but not when the
    ///   password is wrong. After that there is no login for a time that doubles from a second up
    ///   to a minute, or for as long as a `Retry-After` says, but no longer than a minute; calls
    ///   fail with the login's error until then.
    /// - **Runtimes.** A login runs on the runtime of the call that needs it first, whether that
    ///   call is cancelled or not. If nobody drives that runtime for a second, a call on another
    ///   runtime starts over. A program that drives its only runtime during its calls alone has
    ///   the login go on with the next call.
    ///
    /// The provider lets a user have one live token: a second login ends the first token. Processes
    /// that log in as the same user should share it through a [`TokenStore`], such as a
    /// [`FileTokenStore`]; without one they end each other's tokens, and calls get a 401 within
    /// those 10 seconds.
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().start().await?;
    /// # let (username, password, partner_id) = (hub.username(), hub.password(), hub.partner_id());
    /// let client = Client::with_login(username, password)
    /// #   .base_url(hub.url())
    ///     .build()?;
    /// client.get_partner().partner_id(partner_id).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    fn with_login(username: impl Into<String>, password: impl Into<SecretString>) -> ClientBuilder;

    /// Asks a source of credentials before each attempt: a vault, or a file with a key that is
    /// replaced now and then.
    ///
    /// A [`CredentialsProvider`] keeps what it fetched itself. When the server rejects a credential
    /// (401), the provider is asked once more, and the call sent once more if it gives another one.
    ///
    /// ```
    /// use partner_api::Credential;
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().start().await?;
    /// # let partner_id = hub.partner_id();
    /// # let folder = std::env::temp_dir().join(format!("partner-api-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let file = folder.join("key");
    /// # std::fs::write(&file, hub.api_key())?;
    /// let client = Client::with_credentials(move || {
    ///     let key = std::fs::read_to_string(&file);
    ///     async move { Ok(Credential::api_key(key?.trim())?) }
    /// })
    /// # .base_url(hub.url())
    /// .build()?;
    /// client.get_partner().partner_id(partner_id).send().await?;
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    fn with_credentials(provider: impl CredentialsProvider) -> ClientBuilder;

    /// Takes the credentials from the environment: `PARTNER_API_KEY`, or else
    /// `PARTNER_API_USERNAME` and `PARTNER_API_PASSWORD`.
    ///
    /// ```no_run
    /// use partner_api::prelude::*;
    ///
    /// let client = Client::from_env()?.build()?;
    /// # Ok::<(), partner_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When none of them is set, only one of the last two is, or one is not Unicode.
    fn from_env() -> Result<ClientBuilder, Error>;
}

impl AuthExt for Client {
    fn with_api_key(key: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder::new(Source::ApiKey(key.into()))
    }

    fn with_login(username: impl Into<String>, password: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder::new(Source::Login {
            username: username.into(),
            password: password.into(),
            store: None,
        })
    }

    fn with_credentials(provider: impl CredentialsProvider) -> ClientBuilder {
        ClientBuilder::new(Source::Provider(Box::new(provider)))
    }

    fn from_env() -> Result<ClientBuilder, Error> {
        const KEY: &str = "PARTNER_API_KEY";
        const USERNAME: &str = "PARTNER_API_USERNAME";
        const PASSWORD: &str = "PARTNER_API_PASSWORD";
        if let Some(key) = variable(KEY)? {
            // The error names the variable.
            Credential::checked(KEY, &key)?;
            return Ok(Self::with_api_key(key));
        }
        match (variable(USERNAME)?, variable(PASSWORD)?) {
            (Some(username), Some(password)) => Ok(Self::with_login(username, password)),
            (Some(_), None) => Err(Error::configuration(PASSWORD, "is not set")),
            (None, Some(_)) => Err(Error::configuration(USERNAME, "is not set")),
            (None, None) => Err(Error::configuration(
                KEY,
                format!("is not set, and neither are {USERNAME} and {PASSWORD}"),
            )),
        }
    }
}

fn variable(name: &'static str) -> Result<Option<String>, Error> {
    match env::var(name) {
        // As a compose file sets what its own environment does not have.
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::configuration(name, "is not Unicode")),
    }
}
