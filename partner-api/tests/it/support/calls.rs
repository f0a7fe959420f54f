//! A call of each operation, on what the emulated hub has.

use partner_api::prelude::*;
use partner_api::reqwest::StatusCode;
use partner_api::types::{ClientUpdate, PartnerChangeRequest, PartnerUpdate};
use partner_api::{CallOptions, Error};
use partner_hub::Hub;

pub const OPERATIONS: [&str; 7] = [
    "list_clients",
    "update_client",
    "list_shared_client_numbers",
    "get_partner",
    "update_partner",
    "list_partner_change_requests",
    APPROVAL,
];

/// The one operation that is not idempotent.
pub const APPROVAL: &str = "approve_partner_change_request";

/// What the calls are about.
#[derive(Clone, Debug)]
pub struct Subject {
    pub partner_id: String,
    pub client_id: String,
    pub pcr_id: String,
}

impl Subject {
    /// The hub's first partner and client, and a change request that waits to be approved.
    pub fn of(hub: &Hub) -> Self {
        let partner_id = hub.partner_id().to_owned();
        let request = PartnerChangeRequest {
            target_partner_id: Some(partner_id.clone().into()),
            ..Default::default()
        };
        let pcr_id = hub
            .insert_change_request(request)
            .expect("a change request");
        Self {
            client_id: hub.client_ids(&partner_id).swap_remove(0),
            partner_id,
            pcr_id,
        }
    }

    /// Whether the hub has been told to approve the change request.
    pub fn is_approved(&self, hub: &Hub) -> bool {
        let requests = hub.change_requests(&self.partner_id);
        let request = requests
            .iter()
            .find(|request| request.id.as_deref() == Some(&*self.pcr_id));
        let status = request.and_then(|request| request.status.as_deref());
        status.expect("the change request") != "created"
    }
}

/// Calls an operation; what it answers with is for others to check.
pub async fn call(
    client: &Client,
    subject: &Subject,
    operation: &str,
    options: CallOptions,
) -> Result<StatusCode, Error> {
    let Subject {
        partner_id,
        client_id,
        pcr_id,
    } = subject;
    macro_rules! send {
        ($($call:ident($($argument:expr)?)).+) => {
            client
                .$($call($($argument)?)).+
                .partner_id(partner_id)
                .send_with(options)
                .await
                .map(|answer| answer.status())
        };
    }
    match operation {
        "list_clients" => send!(list_clients()),
        "update_client" => {
            let update = ClientUpdate {
                max_channels: Some(7),
                ..Default::default()
            };
            send!(update_client().client_id(client_id).body(update))
        }
        "list_shared_client_numbers" => {
            send!(list_shared_client_numbers().client_id(client_id))
        }
        "get_partner" => send!(get_partner()),
        "update_partner" => {
            let update = PartnerUpdate {
                allow_client_to_add_phone_no: Some(true),
                ..Default::default()
            };
            send!(update_partner().body(update))
        }
        "list_partner_change_requests" => send!(list_partner_change_requests()),
        APPROVAL => send!(approve_partner_change_request().pcr_id(pcr_id)),
        other => panic!("there is no call of {other}"),
    }
}
