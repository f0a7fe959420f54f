//! The requests of a stream: each page has the filters, the sort and the partner of its builder.

use std::collections::BTreeSet;

use partner_api::prelude::*;
use partner_hub::{Hub, RecordedRequest};

use crate::support::lists::{client, ids};

async fn hub() -> Hub {
    let hub = Hub::builder().clients(90).anomaly_rate(0.0);
    hub.page_size(10, 10).start().await.unwrap()
}

/// The value of this parameter in all requests.
fn values(hub: &Hub, name: &str) -> BTreeSet<Option<String>> {
    let value = |request: &RecordedRequest| request.query_param(name);
    let requests = hub.requests();
    assert!(requests.len() > 2, "{} requests", requests.len());
    requests.iter().map(value).collect()
}

fn accounts(hub: &Hub) -> Vec<types::ClientAccount> {
    let ids = hub.client_ids(hub.partner_id());
    ids.iter().map(|id| hub.client(id).unwrap()).collect()
}

#[tokio::test]
async fn items_come_in_the_requested_order() {
    let hub = hub().await;
    let client = client(&hub);
    for concurrency in [1, 2, 8] {
        hub.clear_requests();
        let list = client.list_clients().partner_id(hub.partner_id());
        let items = list
            .sort("-created_at,id")
            .stream()
            .concurrency(concurrency);
        let came: Vec<_> = items.try_collect().await.unwrap();

        let mut wanted = accounts(&hub);
        wanted.sort_by(|one, other| {
            let by_id = one.id.cmp(&other.id);
            other.created_at.cmp(&one.created_at).then(by_id)
        });
        assert_eq!(ids(&came), ids(&wanted), "{concurrency} concurrent");
        assert_eq!(
            values(&hub, "sort"),
            BTreeSet::from([Some("-created_at,id".into())])
        );
    }
}

#[tokio::test]
async fn newest_first_is_undisturbed_by_newer_items() {
    let hub = hub().await;
    let client = client(&hub);
    let list = client.list_clients().partner_id(hub.partner_id());
    let mut items = list.sort("-created_at").stream();
    let mut wanted = accounts(&hub);
    wanted.sort_by(|one, other| other.created_at.cmp(&one.created_at));
    let times: BTreeSet<_> = wanted.iter().map(|it| it.created_at.clone()).collect();
    assert_eq!(times.len(), wanted.len(), "no two of a time");

    let mut came = Vec::new();
    while let Some(account) = items.try_next().await.unwrap() {
        if came.len() % 8 == 3 {
            hub.insert_client(types::ClientAccount {
                created_at: Some("2039-01-01T00:00:00Z".into()),
                ..Default::default()
            });
        }
        came.push(account);
    }
    assert_eq!(ids(&came), ids(&wanted));
}

#[tokio::test]
async fn a_stream_sorts_by_id_by_default_and_a_single_call_does_not() {
    let hub = hub().await;
    let client = client(&hub);
    let list = || client.list_clients().partner_id(hub.partner_id());
    let _all: Vec<_> = list().stream().try_collect().await.unwrap();
    assert_eq!(values(&hub, "sort"), BTreeSet::from([Some("id".into())]));

    hub.clear_requests();
    list().send().await.unwrap();
    assert_eq!(hub.requests()[0].query, None);
}

#[tokio::test]
async fn every_page_has_the_filters_and_the_limit() {
    let hub = hub().await;
    let client = client(&hub);
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let list = client.list_clients().partner_id(hub.partner_id());
    let list = list.filters(filters).limit(7).sort("-id");
    let came: Vec<_> = list.stream().concurrency(3).try_collect().await.unwrap();

    let mut active = accounts(&hub);
    active.retain(|account| account.status.as_deref() == Some("active"));
    active.sort_by(|one, other| other.id.cmp(&one.id));
    assert!((15..90).contains(&active.len()), "{}", active.len());
    assert_eq!(ids(&came), ids(&active));
    let filters = r#"{"status":"active"}"#.to_owned();
    assert_eq!(values(&hub, "filters"), BTreeSet::from([Some(filters)]));
    assert_eq!(values(&hub, "limit"), BTreeSet::from([Some("7".into())]));
}

#[tokio::test]
async fn without_a_limit_none_is_sent() {
    let hub = hub().await;
    let client = client(&hub);
    let list = client.list_clients().partner_id(hub.partner_id());
    let _all: Vec<_> = list.stream().try_collect().await.unwrap();
    assert_eq!(values(&hub, "limit"), BTreeSet::from([None]));
}

#[tokio::test]
async fn pages_of_the_largest_size_overlap_by_one_item() {
    let hub = hub().await;
    let client = client(&hub);
    let list = client.list_clients().partner_id(hub.partner_id());
    let pages: Vec<_> = list.pages().try_collect().await.unwrap();
    let offsets: Vec<_> = pages.iter().map(|page| page.offset).collect();
    assert_eq!(offsets, [0, 9, 18, 27, 36, 45, 54, 63, 72, 81]);
    let lengths: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
    assert_eq!(lengths, [10, 9, 9, 9, 9, 9, 9, 9, 9, 8]);
    assert_eq!(hub.count("list_clients"), 10);
}

#[tokio::test]
async fn a_partner_scope_lists_its_own_clients() {
    let hub = hub().await;
    for partner in hub.partners() {
        let client = Client::with_api_key(partner.api_key.as_str());
        let client = client.base_url(hub.url()).build().unwrap();
        let scope = client.partner(partner.partner_id.as_str());
        let came: Vec<_> = scope.list_clients().stream().try_collect().await.unwrap();
        let mut own = hub.client_ids(&partner.partner_id);
        own.sort_unstable();
        assert_eq!(ids(&came), own);
        let list = scope.list_partner_change_requests();
        let requests: Vec<_> = list.stream().try_collect().await.unwrap();
        assert_eq!(
            requests.len(),
            hub.change_requests(&partner.partner_id).len()
        );
    }
}
