//! The link to the provider's onboarding page.

use std::fmt;

use reqwest::Url;

use crate::generated::types::{ClientId, PartnerId};
use crate::values::identifier::{self, encode_path};

/// Builds the link to the provider's onboarding page, for a window of the user's browser.
///
/// Values are percent-encoded. The provider documents the names of all parameters, but the possible
/// values of few. So most values are strings, and the dashboard decides what they mean.
#[derive(Clone)]
#[must_use = "call `build` to get the URL"]
pub struct ConnectUrl {
    dashboard: String,
    partner_id: PartnerId,
    parameters: Vec<(&'static str, String)>,
}

/// A parameter of the link is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` {reason}")]
#[non_exhaustive]
pub struct InvalidParameter {
    /// The name of the method that sets it.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl ConnectUrl {
    /// The link of this partner.
    pub fn new(partner_id: impl Into<PartnerId>) -> Self {
        Self {
            dashboard: "https://hub.360dialog.com".to_owned(),
            partner_id: partner_id.into(),
            parameters: Vec::new(),
        }
    }

    /// Where the dashboard is, if not at `https://hub.360dialog.com`; for tests.
    pub fn dashboard(mut self, url: impl Into<String>) -> Self {
        self.dashboard = url.into();
        self
    }

    /// Where the browser returns to: an http or https URL of the partner.
    pub fn redirect_url(self, url: impl Into<String>) -> Self {
        self.with("redirect_url", url)
    }

    /// A random string that comes back with the browser. [`Redirect::parse`](super::Redirect::parse)
    /// compares it.
    ///
    /// Generate at least 16 random bytes for each onboarding with the random numbers of the operating
    /// system, and keep them in the user's session until the browser returns.
    pub fn state(self, state: impl Into<String>) -> Self {
        self.with("state", state)
    }

    /// The email address of the user.
    pub fn email(self, email: impl Into<String>) -> Self {
        self.with("email", email)
    }

    /// The name of the user or business.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with("name", name)
    }

    /// Data of the partner. The client has it in its field `partner_payload`. The parameter is called
    /// `partner`.
    pub fn partner_payload(self, payload: impl Into<String>) -> Self {
        self.with("partner", payload)
    }

    /// Sends the user to the login first: `next=login`.
    pub fn login_first(self) -> Self {
        self.with("next", "login")
    }

    /// The parameter `hosting_type`.
    pub fn hosting_type(self, hosting_type: impl Into<String>) -> Self {
        self.with("hosting_type", hosting_type)
    }

    /// The parameter `plan_selection`.
    pub fn plan_selection(self, plan: impl Into<String>) -> Self {
        self.with("plan_selection", plan)
    }

    /// The parameter `connect_client_user`.
    pub fn connect_client_user(self, value: impl Into<String>) -> Self {
        self.with("connect_client_user", value)
    }

    /// A client that exists already.
    pub fn client_id(self, client_id: impl Into<ClientId>) -> Self {
        self.with("client_id", client_id.into().to_string())
    }

    /// The phone number.
    pub fn number(self, number: impl Into<String>) -> Self {
        self.with("number", number)
    }

    /// Sets a parameter. The last value counts.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.retain(|(other, _)| *other != name);
        self.parameters.push((name, value.into()));
        self
    }

    /// Builds the link.
    ///
    /// # Errors
    ///
    /// If
    ///
    /// - the id of the partner or client is not valid in a path
    /// - a value is empty or has control characters
    /// - `redirect_url` or the address of the dashboard is not an http or https URL, or has a user, a
    ///   password or a fragment; the address of the dashboard must not have a query either
    pub fn build(&self) -> Result<Url, InvalidParameter> {
        let invalid = |name, why: &dyn fmt::Display| InvalidParameter {
            name,
            reason: why.to_string(),
        };
        identifier::check(&self.partner_id).map_err(|why| invalid("partner_id", &why))?;
        let mut url = http_url(&self.dashboard).map_err(|why| invalid("dashboard", &why))?;
        if url.query().is_some() {
            return Err(invalid("dashboard", &"must not have a query"));
        }
        let base = url.path().trim_end_matches('/');
        let partner_id = encode_path(self.partner_id.as_ref());
        url.set_path(&format!("{base}/dashboard/app/{partner_id}/permissions"));
        let mut query = Vec::new();
        for (name, value) in &self.parameters {
            let checked = match *name {
                _ if value.is_empty() => Err("is empty".to_owned()),
                _ if value.contains(char::is_control) => Err("has a control character".to_owned()),
                "client_id" => identifier::check(value).map_err(|why| why.to_string()),
                "redirect_url" => http_url(value).map(drop).map_err(str::to_owned),
                _ => Ok(()),
            };
            checked.map_err(|why| invalid(method(name), &why))?;
            query.push(format!("{name}={}", encode_path(value)));
        }
        url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
        Ok(url)
    }
}

/// The method that sets a parameter.
fn method(parameter: &'static str) -> &'static str {
    match parameter {
        "partner" => "partner_payload",
        other => other,
    }
}

/// An http or https URL that a browser can be sent to.
fn http_url(url: &str) -> Result<Url, &'static str> {
    let url = Url::parse(url).map_err(|_| "is not a URL with a scheme and a host")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must be an http or https URL");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user or password");
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment, because parameters are added to it");
    }
    Ok(url)
}

impl fmt::Debug for ConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state is a secret of the session, and some values are personal data.
        let names: Vec<_> = self.parameters.iter().map(|(name, _)| name).collect();
        f.debug_struct("ConnectUrl")
            .field("partner_id", &self.partner_id)
            .field("parameters", &names)
            .finish_non_exhaustive()
    }
}
