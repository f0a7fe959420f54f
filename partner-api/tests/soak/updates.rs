//! Updates clients that nobody else updates.

use std::collections::HashSet;
use std::sync::Arc;

use partner_api::prelude::*;

use crate::Soak;

pub async fn run(soak: Arc<Soak>, client: Client, number: usize) {
    let scope = client.partner(soak.hub.partner_id());
    // A request that nobody waits for any more may still be on its way.
    let mut doubtful = HashSet::new();
    while !soak.is_over() {
        let mut ids = soak.hub.client_ids(soak.hub.partner_id());
        ids.retain(|id| sum(id) % 2 == number && !doubtful.contains(id));
        let Some(id) = fastrand::choice(ids) else {
            continue;
        };
        let max_channels = fastrand::i64(1..1_000_000);
        let body = types::ClientUpdate {
            max_channels: Some(max_channels),
            ..Default::default()
        };
        let result = scope
            .update_client()
            .client_id(id.as_str())
            .body(body)
            .send()
            .await;
        let now = soak.hub.client(&id).map(|account| account.max_channels);
        match result {
            // The client may have been removed since.
            Ok(_) => {
                assert!(
                    now.is_none_or(|now| now == Some(max_channels)),
                    "{id}: {now:?}"
                );
                soak.tally.count("update: done");
            }
            Err(error) => {
                // An update can be repeated, so whether it was done is not reported.
                soak.failed("update", &error).await;
                doubtful.insert(id);
            }
        }
    }
}

fn sum(id: &str) -> usize {
    id.bytes().map(usize::from).sum()
}
