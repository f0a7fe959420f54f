//! Lists that another process continues to read, although they have changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use partner_api::prelude::*;
use partner_api::{Cursor, Error, ErrorKind, ItemStream, PageStream};
use partner_hub::Hub;
use serde_json::{Value, json};

use crate::support::lists::{
    ListServer, PageRequest, client, clients, id, ids, items, page_of, sorted_ids,
};

async fn hub(clients: u32) -> Hub {
    let hub = Hub::builder().clients(clients).anomaly_rate(0.0);
    hub.page_size(20, 20).start().await.unwrap()
}

fn pages(client: &Client, hub: &Hub) -> PageStream<types::ClientAccount> {
    client.list_clients().partner_id(hub.partner_id()).pages()
}

/// The cursor as another process reads it.
fn stored(cursor: &Cursor) -> Cursor {
    let json = serde_json::to_string(cursor).unwrap();
    assert!(json.len() < 1000, "{json}");
    serde_json::from_str(&json).unwrap()
}

async fn all(items: ItemStream<types::ClientAccount>) -> Vec<String> {
    ids(&items.try_collect::<Vec<_>>().await.unwrap())
}

async fn first_error(mut items: ItemStream<types::ClientAccount>) -> Error {
    let error = items.try_next().await.unwrap_err();
    assert!(items.try_next().await.unwrap().is_none(), "it goes on");
    error
}

#[track_caller]
fn assert_changed(error: &Error) {
    assert!(matches!(error.kind(), ErrorKind::ListChanged), "{error:?}");
    assert_eq!(error.operation(), Some("list_clients"));
    assert!(error.to_string().contains("from the beginning"), "{error}");
}

/// Inserts a client with this id.
fn insert(hub: &Hub, id: String) {
    let id = Some(id.as_str().into());
    hub.insert_client(types::ClientAccount {
        id,
        ..Default::default()
    });
}

#[tokio::test]
async fn a_second_client_continues_after_any_page_of_a_list_that_changed() {
    for read in 1..=5 {
        let hub = hub(95).await;
        let before = sorted_ids(&hub);
        let first = client(&hub);
        let mut reading = pages(&first, &hub);
        let (mut came, mut cursor) = (Vec::new(), None);
        for _ in 0..read {
            let page = reading.try_next().await.unwrap().unwrap();
            came.extend(ids(&page.items));
            cursor = Some(stored(&page.cursor()));
        }
        drop((reading, first));

        // The last items that were read, some before and some after them.
        let last = came.len();
        let mut removed = before[last - 5..last].to_vec();
        removed.extend(before.iter().skip(last).take(3).cloned());
        removed.extend_from_slice(&before[2..12]);
        for id in &removed {
            assert!(hub.remove_client(id));
        }
        for number in 0..40 {
            // Sorts before every other id: those begin with a digit or a capital letter.
            insert(&hub, format!("!{number:03}"));
        }

        let second = client(&hub);
        let rest = pages(&second, &hub).resume(cursor.unwrap());
        let rest: Vec<_> = rest.try_collect().await.unwrap();
        let rest: Vec<_> = rest.iter().flat_map(|page| ids(&page.items)).collect();
        let expected = before[last..].iter().filter(|id| !removed.contains(id));
        assert_eq!(rest, Vec::from_iter(expected.cloned()), "{read} pages");
    }
}

#[tokio::test]
async fn a_second_client_continues_after_any_item() {
    let hub = hub(45).await;
    let (client, mut sorted) = (client(&hub), sorted_ids(&hub));
    for taken in 0..=45 {
        let mut items = clients(&client, &hub).concurrency(3);
        for _ in 0..taken {
            items.try_next().await.unwrap();
        }
        let rest = clients(&client, &hub).resume(stored(&items.cursor()));
        assert_eq!(all(rest).await, sorted[taken..], "{taken}");
        // Also if the last one was removed.
        if let Some(last) = taken.checked_sub(1) {
            let removed = sorted.remove(last);
            hub.remove_client(&removed);
            let rest = clients(&client, &hub).resume(items.cursor());
            assert_eq!(all(rest).await, sorted[last..], "{taken}");
            insert(&hub, removed.clone());
            sorted.insert(last, removed);
        }
    }
}

#[tokio::test]
async fn the_size_of_pages_and_the_concurrency_may_differ() {
    let hub = hub(95).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    let mut items = clients(&client, &hub);
    for _ in 0..30 {
        items.try_next().await.unwrap();
    }
    for (limit, concurrency) in [(1, 1), (2, 5), (7, 3), (100, 16)] {
        let list = client.list_clients().partner_id(hub.partner_id());
        let rest = list.limit(limit).stream().resume(items.cursor());
        assert_eq!(all(rest.concurrency(concurrency)).await, sorted[30..]);
    }
}

#[tokio::test]
async fn a_list_that_was_read_to_its_end_continues_with_what_was_added_there() {
    let hub = hub(45).await;
    let client = client(&hub);
    let read: Vec<_> = pages(&client, &hub).try_collect().await.unwrap();
    let cursor = read.last().unwrap().cursor();
    let rest = clients(&client, &hub).resume(cursor.clone());
    assert!(all(rest).await.is_empty());
    insert(&hub, "~new".to_owned());
    let rest = clients(&client, &hub).resume(cursor);
    assert_eq!(all(rest).await, ["~new"]);
}

#[tokio::test]
async fn a_cursor_of_an_unread_or_empty_list_is_its_start() {
    let hub = hub(0).await;
    let client = client(&hub);
    let unread = clients(&client, &hub).cursor();
    let empty = pages(&client, &hub).try_next().await.unwrap().unwrap();
    insert(&hub, "newCL".to_owned());
    for cursor in [unread, empty.cursor()] {
        let rest = clients(&client, &hub).resume(stored(&cursor));
        assert_eq!(all(rest).await, ["newCL"]);
    }
}

#[tokio::test]
async fn a_list_without_the_last_items_is_reported_as_changed() {
    let hub = hub(95).await;
    let (client, sorted) = (client(&hub), sorted_ids(&hub));
    let mut items = clients(&client, &hub);
    for _ in 0..50 {
        items.try_next().await.unwrap();
    }
    let cursor = items.cursor();
    for id in &sorted[20..50] {
        hub.remove_client(id);
    }
    hub.clear_requests();
    assert_changed(&first_error(clients(&client, &hub).resume(cursor)).await);
    assert!(hub.count("list_clients") < 10);
}

#[tokio::test]
async fn a_list_in_another_order_continues_only_if_it_looks_the_same() {
    let hub = hub(95).await;
    let client = client(&hub);
    let by_age = || {
        let list = client.list_clients().partner_id(hub.partner_id());
        list.sort("-created_at").stream()
    };
    let whole = all(by_age()).await;
    let mut items = by_age();
    for _ in 0..50 {
        items.try_next().await.unwrap();
    }
    let cursor = items.cursor();
    assert_eq!(all(by_age().resume(cursor.clone())).await, whole[50..]);
    hub.remove_client(&whole[3]);
    assert_changed(&first_error(by_age().resume(cursor)).await);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_rejected_before_anything_is_sent() {
    let hub = hub(45).await;
    let client = client(&hub);
    let list = || client.list_clients().partner_id(hub.partner_id());
    let mut items = list().stream();
    items.try_next().await.unwrap();
    let cursor = items.cursor();
    hub.clear_requests();

    let active = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let others = [
        (client.list_clients().partner_id("otherPA"), "partner"),
        (list().filters(active), "filters"),
        (list().sort("-id"), "sort"),
    ];
    for (other, word) in others {
        let error = first_error(other.stream().resume(cursor.clone())).await;
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        let message = error.to_string();
        assert!(
            message.contains("cursor: ") && message.contains(word),
            "{message}"
        );
    }
    let requests = client.list_partner_change_requests();
    let requests = requests.partner_id(hub.partner_id()).pages();
    let error = requests
        .resume(cursor.clone())
        .try_next()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`list_clients`"), "{error}");
    assert!(hub.requests().is_empty());

    // The last setting counts.
    let items = list().filters(types::ClientFilters::default()).stream();
    let items = items.resume(cursor.clone()).start_at(40);
    assert_eq!(all(items).await.len(), 5);
    // An explicit sort by id is the default.
    let rest = list().sort("id").stream().resume(cursor);
    assert_eq!(all(rest).await.len(), 44);
}

#[tokio::test]
async fn a_damaged_or_newer_cursor_cannot_be_deserialised() {
    let hub = hub(45).await;
    let client = client(&hub);
    let mut items = clients(&client, &hub);
    items.try_next().await.unwrap();
    let stored = serde_json::to_value(items.cursor()).unwrap();
    assert!(serde_json::from_value::<Cursor>(stored.clone()).is_ok());

    let reject = |cursor: Value| {
        let rejected = serde_json::from_value::<Cursor>(cursor);
        rejected.unwrap_err().to_string()
    };
    let newer = json!({"version": 2, "something": "else"});
    assert!(reject(newer).contains("version 2"));
    for invalid in [json!({}), json!(null), json!([]), json!(7)] {
        reject(invalid);
    }
    for (member, value) in stored.as_object().unwrap() {
        let invalid = match value {
            _ if member == "total" => continue,
            Value::String(_) => vec![json!(7), json!("xyz"), json!("é"), json!("0".repeat(7))],
            _ => vec![json!("7"), json!(-1), json!(1.5), json!(null)],
        };
        for value in invalid.into_iter().filter(|_| member != "operation") {
            let mut cursor = stored.clone();
            cursor[member] = value;
            reject(cursor);
        }
        let mut cursor = stored.clone();
        cursor.as_object_mut().unwrap().remove(member);
        reject(cursor);
    }
    let mut long = stored;
    long["recent"] = "0".repeat(16 * 1000).into();
    reject(long);
}

#[tokio::test]
async fn a_cursor_has_no_secrets_and_no_data() {
    let hub = hub(45).await;
    let client = client(&hub);
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let list = client.list_clients().partner_id(hub.partner_id());
    let mut items = list.filters(filters).stream();
    let account = items.try_next().await.unwrap().unwrap();
    let cursor = items.cursor();
    for written in [
        serde_json::to_string(&cursor).unwrap(),
        format!("{cursor:?}"),
    ] {
        for part in [
            hub.api_key(),
            hub.partner_id(),
            "active",
            &*account.name.clone().unwrap(),
        ] {
            assert!(!written.contains(part), "{part} in {written}");
        }
    }
}

/// A server with this list, which a second reader finds different.
async fn changing(
    first: Vec<Value>,
    then: impl Fn(PageRequest) -> Value + Send + Sync + 'static,
) -> (ListServer, Arc<AtomicBool>) {
    let has_changed = Arc::new(AtomicBool::new(false));
    let changed = Arc::clone(&has_changed);
    let server = ListServer::new(move |request| match changed.load(Ordering::Relaxed) {
        true => then(request),
        false => {
            json!({"total": first.len(), "limit": 10, "clients": page_of(&first, request, 10)})
        }
    });
    (server.await, has_changed)
}

/// Resumes after 50 of 95 items, on a server that responds differently from then on.
async fn resume_on(
    then: impl Fn(PageRequest) -> Value + Send + Sync + 'static,
) -> (Vec<usize>, Option<Error>, usize) {
    let (server, has_changed) = changing(items(0..95), then).await;
    let list = |client: &Client| client.list_clients().partner_id("xPA").limit(10).stream();
    let mut reading = list(&server.client());
    for _ in 0..50 {
        reading.try_next().await.unwrap();
    }
    let cursor = stored(&reading.cursor());
    drop(reading);
    has_changed.store(true, Ordering::Relaxed);
    let before = server.requests().len();
    let mut rest = list(&server.client()).resume(cursor);
    let mut came = Vec::new();
    let error = loop {
        match rest.try_next().await {
            Ok(Some(account)) => {
                came.push(id(&account).trim_end_matches("CL").parse().unwrap());
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    (came, error, server.requests().len() - before)
}

#[tokio::test]
async fn a_list_that_ends_before_the_cursor_continues_there_if_its_last_items_are_known() {
    let (came, error, requests) = resume_on(|request| {
        let shrunk = items(0..45);
        json!({"total": 45, "clients": page_of(&shrunk, request, 10)})
    })
    .await;
    assert!(came.is_empty() && error.is_none(), "{came:?} {error:?}");
    assert!(requests < 6, "{requests}");

    let (came, error, requests) = resume_on(|request| {
        let shrunk = items(0..20);
        json!({"total": 20, "clients": page_of(&shrunk, request, 10)})
    })
    .await;
    assert!(came.is_empty());
    assert_changed(&error.unwrap());
    assert!(requests < 9, "{requests}");
}

#[tokio::test]
async fn servers_that_misbehave_after_a_resume_end_with_an_error() {
    // The same page again and again, empty pages, and made-up items.
    let lies: [fn(PageRequest) -> Value; 4] = [
        |_| json!({"total": 95, "clients": items(0..10)}),
        |_| json!({"total": 95, "clients": []}),
        |request| json!({"total": 9_000, "clients": items(request.offset + 500..request.offset + 510)}),
        |request| json!({"clients": items(request.offset + 500..request.offset + 510)}),
    ];
    for (nth, lie) in lies.into_iter().enumerate() {
        let (came, error, requests) = resume_on(lie).await;
        assert!(came.is_empty(), "lie {nth}: {came:?}");
        assert_changed(&error.unwrap());
        assert!(requests < 150, "lie {nth}: {requests}");
    }
}

#[tokio::test]
async fn an_empty_response_to_a_resume_is_requested_again() {
    let first = AtomicBool::new(true);
    let (came, error, _) = resume_on(move |request| {
        let page = match first.swap(false, Ordering::Relaxed) {
            true => Vec::new(),
            false => page_of(&items(0..95), request, 10),
        };
        json!({"total": 95, "clients": page})
    })
    .await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(came, Vec::from_iter(50..95));
}

#[tokio::test]
async fn a_reversed_list_is_reported_as_changed() {
    let (came, error, _) = resume_on(|request| {
        let mut reversed = items(0..95);
        reversed.reverse();
        json!({"total": 95, "clients": page_of(&reversed, request, 10)})
    })
    .await;
    assert!(came.is_empty(), "{came:?}");
    assert_changed(&error.unwrap());
}

#[tokio::test]
async fn items_without_ids_are_recognised_by_their_content() {
    let nameless = (0..55).map(|number| json!({"name": format!("n{number}")}));
    let (server, _) = changing(nameless.collect(), |_| json!({})).await;
    let list = |client: &Client| client.list_clients().partner_id("xPA").limit(10).stream();
    let mut reading = list(&server.client());
    for _ in 0..23 {
        reading.try_next().await.unwrap();
    }
    let rest = list(&server.client()).resume(stored(&reading.cursor()));
    let rest: Vec<_> = rest.try_collect().await.unwrap();
    let names = rest.into_iter().map(|account| account.name.unwrap());
    let expected = (23..55).map(|number| format!("n{number}"));
    assert_eq!(Vec::from_iter(names), Vec::from_iter(expected));
}
