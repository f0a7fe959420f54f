//! Generated change requests.

use partner_api::types::PartnerChangeRequest;

use crate::clock::timestamp;
use crate::seed::anomalies::change_request_anomaly;
use crate::seed::extra::Extra;
use crate::seed::generator::{EPOCH, Generator, Kind, SPAN};

impl Generator {
    /// A request, in the given status, to move a generated client from a partner to another.
    pub(crate) fn change_request(
        &self,
        number: u64,
        client: u64,
        source: &str,
        target: &str,
        status: &str,
    ) -> (PartnerChangeRequest, Extra) {
        let mut rng = self.rng(Kind::ChangeRequest, number);
        let full = rng.u8(0..4) > 0;
        let client_id = self.client_id(client);
        let channels = self.channels(client, client_id.as_str());
        let moved = if full { channels.len() } else { 1 };
        let created = EPOCH + SPAN + rng.u64(0..200 * 86_400);
        let mut request = PartnerChangeRequest {
            id: Some(self.change_request_id(number)),
            status: Some(status.into()),
            is_full_migration: Some(full),
            source_client_id: Some(client_id),
            target_client_id: (!full).then(|| self.id(Kind::ChangeRequest, number, "CL")),
            source_partner_id: Some(source.into()),
            target_partner_id: Some(target.into()),
            migrated_channels: channels
                .into_iter()
                .take(moved)
                .filter_map(|(channel, _)| channel.id)
                .collect(),
            created_at: Some(timestamp(created)),
            modified_at: Some(timestamp(created + rng.u64(0..86_400))),
            ..Default::default()
        };
        let mut extra = Extra::new();
        if self.has_anomaly(&mut rng) {
            change_request_anomaly(&mut rng, &mut request, &mut extra);
        }
        (request, extra)
    }
}
