//! Where a stream starts, and where it resumes.

use partner_api::prelude::*;
use partner_api::{ItemStream, PageStream};
use partner_hub::Hub;
use serde_json::{Value, json};

use crate::support::lists::{ListServer, client, clients, id, ids, items, page_of, sorted_ids};

async fn hub(clients: u32) -> Hub {
    let hub = Hub::builder().clients(clients).anomaly_rate(0.0);
    hub.page_size(8, 8).start().await.unwrap()
}

async fn all(items: ItemStream<types::ClientAccount>) -> Vec<String> {
    ids(&items.try_collect::<Vec<_>>().await.unwrap())
}

fn pages(client: &Client, hub: &Hub) -> PageStream<types::ClientAccount> {
    client.list_clients().partner_id(hub.partner_id()).pages()
}

#[tokio::test]
async fn every_limit_returns_every_item() {
    let hub = hub(50).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    for limit in [1, 2, 3, 7, 8, 9, 50, 51, 100, u32::MAX] {
        for concurrency in [0, 1, 3, 16, usize::MAX] {
            let list = client.list_clients().partner_id(hub.partner_id());
            let items = list.limit(limit).stream().concurrency(concurrency);
            assert_eq!(
                all(items).await,
                sorted,
                "{limit}, {concurrency} concurrent"
            );
        }
    }
    assert_eq!(all(clients(&client, &hub)).await, sorted);
}

#[tokio::test]
async fn offset_and_start_at_skip_as_many_items() {
    let hub = hub(50).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    for skipped in [0, 1, 7, 8, 9, 48, 49, 50, 51, 1000, u32::MAX] {
        let rest = sorted.get(skipped as usize..).unwrap_or_default();
        let list = client.list_clients().partner_id(hub.partner_id());
        assert_eq!(all(list.offset(skipped).stream()).await, rest, "{skipped}");
        let items = clients(&client, &hub).start_at(skipped).concurrency(4);
        assert_eq!(all(items).await, rest, "{skipped}");
        // The last setting counts.
        let list = client.list_clients().partner_id(hub.partner_id());
        let items = list.offset(3).stream().start_at(skipped);
        assert_eq!(all(items).await, rest, "{skipped}");
    }
}

#[tokio::test]
async fn a_stream_resumes_after_any_item() {
    let hub = hub(30).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    for taken in 0..=30 {
        for concurrency in [1, 5] {
            let mut items = clients(&client, &hub).concurrency(concurrency);
            let mut came = Vec::new();
            for _ in 0..taken {
                came.push(id(&items.try_next().await.unwrap().unwrap()));
            }
            let next = items.next_offset();
            assert_eq!(next, taken, "{taken} of {concurrency} concurrent");
            drop(items);
            came.extend(all(clients(&client, &hub).start_at(next)).await);
            assert_eq!(came, sorted, "{taken} of {concurrency} concurrent");
        }
    }
}

#[tokio::test]
async fn a_page_stream_resumes_after_any_page() {
    let hub = hub(30).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    let every: Vec<_> = pages(&client, &hub).try_collect().await.unwrap();
    let mut had = 0;
    for page in &every {
        assert_eq!(page.total, Some(30));
        had += page.items.len();
        assert_eq!(page.next_offset as usize, had);
        let rest = pages(&client, &hub).start_at(page.next_offset);
        let rest: Vec<_> = rest.try_collect().await.unwrap();
        let rest: Vec<_> = rest.iter().flat_map(|page| ids(&page.items)).collect();
        assert_eq!(rest, sorted[had..]);
    }
    assert_eq!(had, 30);
}

#[tokio::test]
async fn a_stream_can_stop_and_resume_any_number_of_times() {
    let hub = hub(43).await;
    let client = client(&hub);
    let (mut came, mut next) = (Vec::new(), 0);
    loop {
        let mut items = clients(&client, &hub).start_at(next).concurrency(3);
        for _ in 0..5 {
            if let Some(account) = items.try_next().await.unwrap() {
                came.push(id(&account));
            }
        }
        if items.next_offset() == next {
            break;
        }
        next = items.next_offset();
    }
    assert_eq!(came, sorted_ids(&hub));
}

#[tokio::test]
async fn a_stream_resumes_where_an_error_ended_it() {
    let hub = hub(43).await;
    let client = client(&hub);
    let forbidden = partner_hub::Fault::status(403).on("list_clients");
    hub.fault(forbidden.nth(4)).unwrap();
    let mut items = clients(&client, &hub);
    let mut came = Vec::new();
    let error = loop {
        match items.try_next().await {
            Ok(account) => came.push(id(&account.unwrap())),
            Err(error) => break error,
        }
    };
    assert_eq!(error.status().unwrap(), 403);
    assert_eq!(items.next_offset() as usize, came.len());
    came.extend(all(clients(&client, &hub).start_at(items.next_offset())).await);
    assert_eq!(came, sorted_ids(&hub));
}

#[tokio::test]
async fn an_offset_beyond_the_end_returns_one_empty_page_with_the_total() {
    let hub = hub(30).await;
    let client = client(&hub);
    for start in [30, 31, u32::MAX] {
        hub.clear_requests();
        let pages: Vec<_> = pages(&client, &hub)
            .start_at(start)
            .try_collect()
            .await
            .unwrap();
        let [page] = &*pages else { panic!("{pages:?}") };
        assert_eq!((page.items.len(), page.total), (0, Some(30)));
        assert_eq!((page.offset, page.next_offset), (start, start));
        assert_eq!(hub.count("list_clients"), 1);
    }
}

#[tokio::test]
async fn an_empty_list_has_one_empty_page_and_no_items() {
    let hub = hub(0).await;
    let client = client(&hub);
    let pages: Vec<_> = pages(&client, &hub).try_collect().await.unwrap();
    let [page] = &*pages else { panic!("{pages:?}") };
    assert_eq!((page.items.len(), page.total), (0, Some(0)));
    assert_eq!((page.offset, page.next_offset), (0, 0));

    hub.clear_requests();
    let mut items = clients(&client, &hub);
    assert!(items.try_next().await.unwrap().is_none());
    assert_eq!((items.total(), items.next_offset()), (Some(0), 0));
    assert_eq!(hub.count("list_clients"), 1);
}

#[tokio::test]
async fn a_stream_resumes_on_a_page_with_nulls() {
    let mut places = items(0..20);
    for null in [0, 2, 5, 6, 13, 19] {
        places[null] = Value::Null;
    }
    let server = ListServer::new(
        move |request| json!({"total": 20, "limit": 10, "clients": page_of(&places, request, 10)}),
    )
    .await;
    let client = server.client();
    let list = || client.list_clients().partner_id("xPA").limit(10).stream();
    let all = all(list().allow_incomplete()).await;
    assert_eq!(all.len(), 14);
    for taken in 1..=all.len() {
        let mut items = list();
        for _ in 0..taken {
            items.try_next().await.unwrap().unwrap();
        }
        let rest = list().allow_incomplete().start_at(items.next_offset());
        let rest: Vec<_> = rest.try_collect().await.unwrap();
        assert_eq!(ids(&rest), all[taken..], "{taken} taken");
    }
}

#[tokio::test]
async fn a_stream_restarts_at_another_offset() {
    let hub = hub(30).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    for taken in [1, 5, 12, 30] {
        for start in [0, 3, 25] {
            let mut items = clients(&client, &hub);
            for _ in 0..taken {
                items.try_next().await.unwrap().unwrap();
            }
            if taken == 30 {
                assert!(items.try_next().await.unwrap().is_none());
            }
            let rest = all(items.start_at(start)).await;
            assert_eq!(rest, sorted[start as usize..], "{taken} taken, at {start}");
        }
    }
}

#[tokio::test]
async fn a_rejected_list_stays_rejected_at_another_offset() {
    let hub = hub(30).await;
    let client = client(&hub);
    let list = client.list_clients().partner_id(hub.partner_id());
    let mut items = list.limit(0).stream();
    items.try_next().await.unwrap_err();
    assert!(
        items
            .start_at(3)
            .try_next()
            .await
            .is_ok_and(|item| item.is_none())
    );
    assert_eq!(hub.count("list_clients"), 0);
}
