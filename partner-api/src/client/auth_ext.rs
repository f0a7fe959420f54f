//! Starts the setup of a client with its credentials.

use std::env::{self, VarError};

use secrecy::SecretString;

use super::ClientBuilder;
use crate::auth::{Credential, CredentialsProvider, Source};
use crate::error::Error;
use crate::generated::Client;
use crate::generated::operations::DEFAULT_IDS;
use crate::values::identifier;

/// Starts the setup of a [`Client`] with its credentials.
///
/// Credentials are sent only to the base URL, over https or to this machine. They never appear in
/// `Debug` output, logs, errors or URLs.
pub trait AuthExt: Sized {
    /// Sends an API key in the `X-API-Key` header of every request. The provider recommends this.
    ///
    /// Create a key in the partner hub. [`ClientBuilder::build`] fails if the key is not valid in a
    /// header.
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

    /// Logs in at `POST /api/v2/token` and sends the token of the response.
    ///
    /// - **One login for all calls.** The first call fetches the token. It is renewed after about four
    ///   fifths of its lifetime, while calls still use it. A renewal invalidates the old token.
    ///   An approval cannot be retried, so a renewal waits for approvals in flight, and an approval
    ///   waits for a renewal that is due, unless another approval is in flight. When the token has expired or was rejected, the
    ///   next call logs in immediately.
    /// - **A rejected token (401)** is replaced, and an idempotent call is retried once with the new
    ///   token. Such logins are at least 10 seconds apart, and up to a minute if their tokens are
    ///   rejected too; in between, a 401 is returned to the caller and other calls keep using the
    ///   token. So an operation that always returns 401 does not cause a login for each call.
    /// - **A failed login** is retried by the [`RetryPolicy`](crate::RetryPolicy), but not if the
    ///   password is wrong. If it still fails, the client waits before the next login: a backoff that
    ///   doubles from a second up to a minute, or the `Retry-After` of the response, up to a minute.
    ///   Until then calls fail with the error of the login.
    /// - **Runtimes.** A login runs on the tokio runtime of the first call that needs it, and continues
    ///   if that call is cancelled. If that runtime does not run for a second, a call on another
    ///   runtime logs in instead. In a program whose only runtime runs only during its calls, the
    ///   login continues with the next call.
    ///
    /// A user has only one valid token: a second login invalidates the first token. Processes that log in as
    /// the same user should share the token through a [`TokenStore`](crate::TokenStore), such as a
    /// [`FileTokenStore`](crate::FileTokenStore). Otherwise they invalidate each other's tokens, and
    /// calls can fail with 401 for 10 to 60 seconds.
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

    /// Gets a credential from a provider before each attempt: from a vault, or from a file whose key is
    /// replaced from time to time.
    ///
    /// A [`CredentialsProvider`] caches its credential itself. When the server rejects a credential
    /// (401), the provider is called again, and the call is retried once if it returns a
    /// different credential.
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

    /// Reads the settings from the environment.
    ///
    /// | Variable | |
    /// |---|---|
    /// | `PARTNER_API_KEY` | the API key |
    /// | `PARTNER_API_USERNAME`, `PARTNER_API_PASSWORD` | a login, if there is no API key |
    /// | `PARTNER_API_URL` | the [base URL](ClientBuilder::base_url); optional |
    /// | `PARTNER_ID` | the `partner_id` of calls that set none; optional |
    ///
    /// So a program that works for one partner needs no id in its code, and one that sets an id works as
    /// before:
    ///
    /// ```no_run
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), partner_api::Error> {
    /// let client = Client::from_env()?.build()?;
    /// let own = client.get_partner().send().await?;
    /// let other = client.get_partner().partner_id("abcPA").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If there are no credentials, only one part of a login is set, or a variable that is read is empty,
    /// not Unicode or invalid. The error names the variable, and never shows its value. An invalid URL is
    /// an error of [`build`](ClientBuilder::build).
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
        const URL: &str = "PARTNER_API_URL";
        let mut builder = match variable(KEY)? {
            Some(key) => {
                // Checked here, so that the error names the variable.
                Credential::checked(KEY, &key)?;
                Self::with_api_key(key)
            }
            None => match (variable(USERNAME)?, variable(PASSWORD)?) {
                (Some(username), Some(password)) => Self::with_login(username, password),
                (Some(_), None) => return Err(Error::configuration(PASSWORD, "is not set")),
                (None, Some(_)) => return Err(Error::configuration(USERNAME, "is not set")),
                (None, None) => {
                    let reason = format!("is not set, and neither are {USERNAME} and {PASSWORD}");
                    return Err(Error::configuration(KEY, reason));
                }
            },
        };
        if let Some(url) = variable(URL)? {
            builder = builder.base_url(url);
            builder.base_url_setting = URL;
        }
        for (parameter, name) in DEFAULT_IDS {
            if let Some(id) = variable(name)? {
                identifier::check(&id)
                    .map_err(|why| Error::configuration(name, why.to_string()))?;
                builder.default_ids.push((parameter, id));
            }
        }
        Ok(builder)
    }
}

fn variable(name: &'static str) -> Result<Option<String>, Error> {
    match env::var(name) {
        // A compose file sets a variable to the empty string if its own environment has none: a setting
        // that was forgotten, and not one that is left out.
        Ok(value) if value.is_empty() => Err(Error::configuration(
            name,
            "is set but empty; set its value, or unset it",
        )),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::configuration(name, "is not Unicode")),
    }
}
