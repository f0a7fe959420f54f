//! Credentials: an API key, a login, or a source of one's own.

mod credential;
mod login;
mod session;
mod token;

use std::env::{self, VarError};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

pub use credential::{Credential, CredentialsProvider};
pub use token::{MemoryTokenStore, Token, TokenStore};

use self::session::Session;
use crate::error::ErrorKind;
use crate::operation::Operation;
use crate::{Client, ClientBuilder, Error};

pub(crate) use self::credential::{DynProvider, Pass};
pub(crate) use self::login::LOGIN;
pub(crate) use self::session::Quiet;
pub(crate) use self::token::DynTokenStore;

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
    /// The token is fetched when the first call needs it, once for any number of calls, and renewed
    /// when four fifths of its life are over, while calls go on with it. A token that the hub
    /// refuses (401) is thrown away and the call sent once more with a new one, unless the
    /// operation is not idempotent: an approval is never sent twice. A failed login is repeated as
    /// [`Retries`](crate::Retries) says, but not when the password is wrong, and after that not
    /// before a while that doubles up to a minute; calls fail with the login's error meanwhile. It
    /// runs on the runtime of the call that needs it first, which has to be driven until it is done.
    ///
    /// The provider lets a user have one live token: a second login ends the first token. Processes
    /// that log in as the same user should share it through a [`TokenStore`].
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
    /// A [`CredentialsProvider`] keeps what it fetched itself. When the hub refuses a credential
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

/// Where credentials come from, not yet checked.
pub(crate) enum Source {
    ApiKey(SecretString),
    Login {
        username: String,
        password: SecretString,
        store: Option<Box<dyn DynTokenStore>>,
    },
    Provider(Box<dyn DynProvider>),
}

/// Where credentials come from.
pub(crate) enum Auth {
    ApiKey(Arc<Pass>),
    Fetched(Fetched),
}

/// What has to be waited for.
pub(crate) enum Fetched {
    Login(Arc<Session>),
    Provider(Box<dyn DynProvider>),
}

impl Auth {
    pub(crate) fn new(source: Source) -> Result<Self, Error> {
        Ok(match source {
            Source::ApiKey(key) => Self::ApiKey(Arc::new(Pass::new(Credential::api_key(key)?))),
            Source::Provider(provider) => Self::Fetched(Fetched::Provider(provider)),
            Source::Login {
                username,
                password,
                store,
            } => {
                if username.is_empty() {
                    return Err(Error::configuration("username", "is empty"));
                }
                if password.expose_secret().is_empty() {
                    return Err(Error::configuration("password", "is empty"));
                }
                let session = Session::new(username, password, store);
                Self::Fetched(Fetched::Login(Arc::new(session)))
            }
        })
    }

    /// The hub refused this credential; whether there may be another one.
    pub(crate) fn refused(&self, pass: &Arc<Pass>) -> bool {
        match self {
            Self::ApiKey(_) => false,
            Self::Fetched(Fetched::Provider(_)) => true,
            Self::Fetched(Fetched::Login(session)) => {
                session.refused(pass);
                true
            }
        }
    }

    /// Whether this credential may still be sent: false when its token has ended, was rejected or
    /// was replaced. A call asks after each wait that came after it got the credential.
    pub(crate) fn is_current(&self, pass: &Arc<Pass>) -> bool {
        match self {
            Self::Fetched(Fetched::Login(session)) => session.is_current(pass),
            _ => true,
        }
    }

    /// What no error may show, beside the credential that was sent.
    pub(crate) fn password(&self) -> Option<&SecretString> {
        match self {
            Self::Fetched(Fetched::Login(session)) => Some(session.password()),
            _ => None,
        }
    }
}

impl Fetched {
    /// The credential to send now, and what keeps it alive for a call that may not be sent twice.
    pub(crate) async fn pass(
        &self,
        client: &Client,
        operation: &'static Operation,
        idempotent: bool,
    ) -> Result<(Arc<Pass>, Option<Quiet<'_>>), Error> {
        match self {
            Self::Login(session) => session.pass(client, operation, idempotent).await,
            Self::Provider(provider) => match provider.get().await {
                Ok(credential) => Ok((Arc::new(Pass::new(credential)), None)),
                Err(error) => Err(Error::of(operation, ErrorKind::Credentials(error))),
            },
        }
    }
}
