//! All of an emulator's data as one JSON document, which `--data` reads and `/__hub/data` exports.

use std::collections::HashSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::change_requests;
use crate::api::request::ApiSettings;
use crate::clock::Clock;
use crate::seed::extra::{Extra, object, without_extra};
use crate::seed::generator::Generator;
use crate::seed::partner::{CredentialOverrides, PartnerCredentials};
use crate::store::rows::ChangeRequestRow;
use crate::store::state::{PartnerState, State};

/// An object as the API sends it.
pub(crate) type Object = Map<String, Value>;

/// What the state is created from, at the start and by a reset.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) generator: Generator,
    /// How many clients of the first partner are generated.
    pub(crate) clients: u32,
    /// The credentials of the first partner that are not generated.
    pub(crate) credentials: CredentialOverrides,
    /// What replaces the generated data.
    pub(crate) data: Option<Arc<Data>>,
}

impl Origin {
    /// Creates the state, or returns why the data is invalid.
    pub(crate) fn create(&self, settings: ApiSettings, clock: &Clock) -> Result<State, String> {
        match &self.data {
            None => {
                let state = State::new(self.generator, self.clients, &self.credentials);
                let first = state.partners.first();
                first.map_or(Ok(()), |partner| partner.credentials.check())?;
                Ok(state)
            }
            Some(data) => data.create(self.generator, &self.credentials, settings, clock),
        }
    }
}

/// The data of all partners.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// The first is the one whose credentials the emulator prints.
    partners: Vec<PartnerData>,
}

/// A partner and what belongs to it. The objects are those of the API; an object without an `id` gets
/// one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartnerData {
    partner: Object,
    /// Generated if it is missing, as the next two.
    #[serde(default)]
    api_key: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    clients: Vec<Object>,
    /// The channels of these clients, by their `client_id`.
    #[serde(default)]
    channels: Vec<Object>,
    /// The requests to move a client to this partner.
    #[serde(default)]
    change_requests: Vec<Object>,
}

impl Data {
    pub(crate) fn export(state: &State) -> Self {
        let partners = state.partners.iter();
        let partners = partners.map(|partner| PartnerData::export(state, partner));
        Self {
            partners: partners.collect(),
        }
    }

    pub(crate) fn create(
        &self,
        generator: Generator,
        first: &CredentialOverrides,
        settings: ApiSettings,
        clock: &Clock,
    ) -> Result<State, String> {
        let mut state = State::empty(generator);
        for (nth, data) in (0..).zip(&self.partners) {
            let place = |what: String| format!("`partners[{nth}]`: {what}");
            let mut credentials = data.credentials(generator.credentials(nth));
            if nth == 0 {
                first.apply(&mut credentials);
            }
            data.create(&mut state, credentials).map_err(place)?;
        }
        if state.partners.is_empty() {
            return Err("`partners` is empty".to_owned());
        }
        // A change request can name a partner that comes later.
        for (nth, data) in self.partners.iter().enumerate() {
            let place = |what: String| format!("`partners[{nth}].change_requests`: {what}");
            let id = state
                .partners
                .get(nth)
                .map(|partner| partner.credentials.partner_id.clone());
            for request in &data.change_requests {
                let mut request = request.clone();
                if let Some(id) = &id {
                    request
                        .entry("target_partner_id")
                        .or_insert_with(|| id.as_str().into());
                }
                let (request, extra) = typed(&request).map_err(place)?;
                let row = ChangeRequestRow { request, extra };
                change_requests::insert(&mut state, clock, settings.migration_time, row)
                    .map_err(|error| place(error.message().to_owned()))?;
            }
        }
        Ok(state)
    }
}

impl PartnerData {
    fn export(state: &State, partner: &PartnerState) -> Self {
        let credentials = &partner.credentials;
        let mut data = Self {
            partner: object(&partner.partner, &partner.extra),
            api_key: Some(credentials.api_key.clone()),
            username: Some(credentials.username.clone()),
            password: Some(credentials.password.clone()),
            clients: Vec::with_capacity(partner.clients.len()),
            channels: Vec::new(),
            change_requests: Vec::with_capacity(partner.change_requests.len()),
        };
        for client in partner.clients.snapshot().iter(0) {
            let row = client.row();
            data.clients.push(object(&row.account, &row.extra));
            let channels = state.client_channels(client);
            let channels = channels
                .iter()
                .map(|(channel, extra)| object(channel, extra));
            data.channels.extend(channels);
        }
        let requests = partner.change_requests.snapshot();
        let rows = requests.iter(0).map(|request| request.row());
        let objects = rows.map(|row| object(&row.request, &row.extra));
        data.change_requests.extend(objects);
        data
    }

    fn credentials(&self, generated: PartnerCredentials) -> PartnerCredentials {
        let id = self.partner.get("id").and_then(Value::as_str);
        PartnerCredentials {
            partner_id: id.map_or(generated.partner_id, str::to_owned),
            api_key: self.api_key.clone().unwrap_or(generated.api_key),
            username: self.username.clone().unwrap_or(generated.username),
            password: self.password.clone().unwrap_or(generated.password),
        }
    }

    fn create(&self, state: &mut State, credentials: PartnerCredentials) -> Result<(), String> {
        credentials.check()?;
        for known in state.partners.iter().map(|partner| &partner.credentials) {
            if known.partner_id == credentials.partner_id
                || known.api_key == credentials.api_key
                || known.username == credentials.username
            {
                return Err("another partner has the same id, API key or username".to_owned());
            }
        }
        let id = credentials.partner_id.clone();
        let mut partner = self.partner.clone();
        partner.insert("id".to_owned(), id.as_str().into());
        let (partner, extra) = typed(&partner)?;
        state
            .partners
            .push(PartnerState::new(credentials, partner, extra));
        let mut own = HashSet::new();
        for client in &self.clients {
            let (account, extra) = typed(client).map_err(|what| format!("`clients`: {what}"))?;
            let count = state.client_count();
            let id = state.insert_client(&id, account, extra);
            if state.client_count() == count {
                return Err(format!("`clients`: there are two clients `{id}`"));
            }
            own.insert(id);
        }
        for channel in &self.channels {
            let (channel, extra) = typed(channel).map_err(|what| format!("`channels`: {what}"))?;
            state
                .insert_channel(&own, channel, extra)
                .map_err(|what| format!("`channels`: {what}"))?;
        }
        Ok(())
    }
}

/// The value in an object and its extra members.
pub(crate) fn typed<T: Serialize + DeserializeOwned + Default>(
    members: &Object,
) -> Result<(T, Extra), String> {
    let (value, extra) = without_extra(members.clone());
    if extra.contains_key("id") {
        return Err("an `id` must be a string".to_owned());
    }
    Ok((value, extra))
}
