//! What a test can do to an emulator: the commands behind the admin paths and the methods of
//! [`Hub`](crate::Hub).

use std::time::Duration;

use http::StatusCode;
use partner_api::types::{Channel, ClientAccount, Partner, PartnerChangeRequest};

use crate::api::change_requests;
use crate::api::response::ApiError;
use crate::data::Data;
use crate::lock::lock;
use crate::seed::extra::Extra;
use crate::seed::partner::PartnerCredentials;
use crate::server::context::Context;
use crate::store::rows::{ChangeRequestRow, ClientRow};
use crate::store::state::PartnerState;

impl Context {
    /// Reads a partner.
    pub(crate) fn read_partner<T>(
        &self,
        id: &str,
        read: impl FnOnce(&PartnerState) -> T,
    ) -> Result<T, ApiError> {
        self.with_state(|state| state.partner(id).map(read))
            .ok_or_else(|| no_partner(id))
    }

    /// Changes a partner and the members that are sent beside those of its type. Its id stays.
    pub(crate) fn change_partner(
        &self,
        id: &str,
        change: impl FnOnce(&mut Partner, &mut Extra) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        self.with_state(|state| {
            let found = state.partner_mut(id).ok_or_else(|| no_partner(id))?;
            let (mut partner, mut extra) = (found.partner.clone(), found.extra.clone());
            change(&mut partner, &mut extra)?;
            if partner.id != found.partner.id || extra.contains_key("id") {
                return Err(ApiError::bad_request("the `id` of a partner cannot change"));
            }
            (found.partner, found.extra) = (partner, extra);
            Ok(())
        })
    }

    /// Reads a client of any partner.
    pub(crate) fn read_client<T>(
        &self,
        id: &str,
        read: impl FnOnce(&ClientRow) -> T,
    ) -> Result<T, ApiError> {
        self.with_state(|state| state.owner(id)?.clients.get(id))
            .map(|client| read(&client.row()))
            .ok_or_else(|| no_client(id))
    }

    /// Adds a client to a partner, in place of one with the same id, and returns its id, which is
    /// generated if it has none.
    pub(crate) fn insert_client(
        &self,
        partner_id: &str,
        account: ClientAccount,
        extra: Extra,
    ) -> Result<String, ApiError> {
        self.with_state(|state| {
            state
                .partner(partner_id)
                .ok_or_else(|| no_partner(partner_id))?;
            Ok(state.insert_client(partner_id, account, extra))
        })
    }

    /// Removes a client of any partner.
    pub(crate) fn remove_client(&self, id: &str) -> Result<(), ApiError> {
        self.with_state(|state| state.owner_mut(id)?.clients.remove(id))
            .map(drop)
            .ok_or_else(|| no_client(id))
    }

    /// Reads the channels of a client.
    pub(crate) fn read_channels<T>(
        &self,
        client_id: &str,
        read: impl Fn(&Channel, &Extra) -> T,
    ) -> Result<Vec<T>, ApiError> {
        self.with_state(|state| {
            let client = state.owner(client_id)?.clients.get(client_id)?;
            let channels = state.client_channels(&client);
            Some(
                channels
                    .iter()
                    .map(|(channel, extra)| read(channel, extra))
                    .collect(),
            )
        })
        .ok_or_else(|| no_client(client_id))
    }

    /// Adds a change request to the partner that it names as its target, and returns its id.
    pub(crate) fn insert_change_request(
        &self,
        request: PartnerChangeRequest,
        extra: Extra,
    ) -> Result<String, ApiError> {
        let row = ChangeRequestRow { request, extra };
        let migration_time = self.settings.migration_time;
        self.with_state(|state| change_requests::insert(state, &self.clock, migration_time, row))
    }

    /// Sets the status of a change request to `failed`.
    pub(crate) fn fail_change_request(&self, partner_id: &str, id: &str) -> Result<(), ApiError> {
        self.with_state(|state| {
            change_requests::set_status(state, self.clock.timestamp(), partner_id, id, "failed")
        })
        .map(drop)
        .ok_or_else(|| {
            let message = format!("the partner `{partner_id}` has no change request `{id}`");
            ApiError::not_found(message)
        })
    }

    /// The credentials of each partner.
    pub(crate) fn credentials(&self) -> Vec<PartnerCredentials> {
        self.with_state(|state| {
            let partners = state.partners.iter();
            partners
                .map(|partner| partner.credentials.clone())
                .collect()
        })
    }

    /// All data.
    pub(crate) fn export(&self) -> Data {
        // Copying is faster than exporting, for which other requests would wait.
        let state = self.with_state(|state| state.clone());
        Data::export(&state)
    }

    /// Replaces all data.
    pub(crate) fn import(&self, data: &Data) -> Result<(), ApiError> {
        let origin = &self.origin;
        let state = data.create(
            origin.generator,
            &origin.credentials,
            self.settings,
            &self.clock,
        );
        let state = state.map_err(ApiError::bad_request)?;
        self.with_state(|current| *current = state);
        Ok(())
    }

    /// Opens the port of the API if it is closed.
    pub(crate) fn open_port(&self) -> Result<(), ApiError> {
        self.listener.open().map_err(|error| {
            let message = format!("the port of the API cannot be opened: {error}");
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message)
        })
    }

    /// Expires every token.
    pub(crate) fn expire_tokens(&self) {
        lock(&self.tokens).expire_all();
    }

    /// Advances the clock.
    pub(crate) fn advance(&self, by: Duration) -> Result<(), ApiError> {
        self.clock.advance(by).map_err(ApiError::bad_request)
    }
}

fn no_partner(id: &str) -> ApiError {
    ApiError::not_found(format!("there is no partner `{id}`"))
}

fn no_client(id: &str) -> ApiError {
    ApiError::not_found(format!("there is no client `{id}`"))
}
