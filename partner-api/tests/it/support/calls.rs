//! A call of each operation, on the data of the emulator.

use partner_api::prelude::*;
use partner_api::reqwest::StatusCode;
use partner_api::types::{ClientUpdate, PartnerChangeRequest, PartnerUpdate};
use partner_api::{CallOptions, Error};
use partner_hub::Hub;

/// An emulator with few clients and no anomalies.
pub async fn hub() -> Hub {
    let hub = Hub::builder().clients(3).anomaly_rate(0.0);
    hub.start().await.unwrap()
}

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

/// The arguments of the calls.
#[derive(Clone, Debug)]
pub struct Subject {
    pub partner_id: String,
    pub client_id: String,
    pub pcr_id: String,
}

impl Subject {
    /// The emulator's first partner and client, and a new change request.
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

    /// Ids for a server that accepts any.
    pub fn any() -> Self {
        Self {
            partner_id: "Kq3vTzPA".to_owned(),
            client_id: "mN8wXyCL".to_owned(),
            pcr_id: "916c05f1".to_owned(),
        }
    }

    /// Whether the emulator has approved the change request.
    pub fn is_approved(&self, hub: &Hub) -> bool {
        let requests = hub.change_requests(&self.partner_id);
        let request = requests
            .iter()
            .find(|request| request.id.as_ref().map(|it| it.as_str()) == Some(&*self.pcr_id));
        let status = request.and_then(|request| request.status.as_ref().map(|it| it.as_str()));
        status.expect("the change request") != "created"
    }
}

/// Calls an operation, and returns the status of its response.
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
                .map(|response| response.status())
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

/// Calls an operation with default options, on data of its own.
pub async fn send(client: &Client, hub: &Hub, operation: &str) -> Result<(), Error> {
    let subject = Subject::of(hub);
    let response = call(client, &subject, operation, CallOptions::new()).await;
    response.map(drop)
}

/// An idempotent call, for any server.
pub async fn fetch(client: &Client) -> Result<(), Error> {
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.map(drop)
}
