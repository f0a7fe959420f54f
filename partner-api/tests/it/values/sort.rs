//! The sort of a list: typed keys or strings, and only documented keys.

use partner_api::prelude::*;
use partner_api::{ErrorKind, Order, Sort};
use serde_json::json;
use types::ClientSort::{CreatedAt, Status};
use types::{ClientSort, PartnerChangeRequestSort};

use crate::support::mock_api::MockApi;

/// The parameter that is sent for each sort, one after the other.
macro_rules! sent {
    ($($sort:expr),* $(,)?) => {{
        let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
        let client = api.client();
        $(client.list_clients().partner_id("x").sort($sort).send().await.unwrap();)*
        let queries = api.requests().into_iter().map(|request| request.query);
        queries.map(|query| query.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")).collect::<Vec<_>>()
    }};
}

#[tokio::test]
async fn one_key_is_sent_as_the_api_writes_it() {
    let text = String::from("-created_at");
    let descending = sent![
        CreatedAt.desc(),
        [CreatedAt.desc()],
        Sort::from(CreatedAt.desc()),
        "-created_at",
        &text,
        text.clone(),
    ];
    assert_eq!(descending, ["sort=-created_at"; 6]);
    let ascending = sent![CreatedAt, CreatedAt.asc(), "created_at", vec!["created_at"]];
    assert_eq!(ascending, ["sort=created_at"; 4]);
    assert_eq!(
        sent![ClientSort::ContactInfoCity],
        ["sort=contact_info.city"]
    );
}

#[tokio::test]
async fn several_keys_are_one_parameter_in_their_order() {
    let typed = [Status.asc(), CreatedAt.desc()];
    let texts = ["status", "-created_at"];
    let owned: Vec<String> = texts.map(str::to_owned).to_vec();
    let sent = sent![
        typed,
        &typed,
        typed.as_slice(),
        typed.to_vec(),
        typed.into_iter().collect::<Sort<_>>(),
        "status,-created_at",
        texts,
        &texts,
        texts.as_slice(),
        texts.to_vec(),
        owned.as_slice(),
        owned.clone(),
    ];
    assert_eq!(sent, ["sort=status,-created_at"; 12]);
    assert_eq!(sent![[Status, CreatedAt]], ["sort=status,created_at"]);
}

#[tokio::test]
async fn an_empty_sort_sends_nothing() {
    assert_eq!(sent![Vec::<&str>::new()], [""]);
}

#[tokio::test]
async fn an_unknown_key_is_rejected_before_anything_is_sent() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    for (text, key) in [
        ("birthday", "birthday"),
        ("-birthday", "birthday"),
        ("status,-birthday", "birthday"),
        ("status,", ""),
        ("", ""),
        ("--status", "-status"),
        ("Status", "Status"),
        (" status", " status"),
    ] {
        let call = client.list_clients().partner_id("x").sort(text);
        let error = call.send().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        let message = error.to_string();
        assert!(
            message.contains(&format!(
                "sort: `{key}` is not a sort key; the keys are id, name, status, "
            )),
            "{message}"
        );
        assert!(
            message.contains("created_at") && message.starts_with("list_clients"),
            "{message}"
        );
    }
    let call = client
        .list_partner_change_requests()
        .partner_id("x")
        .sort(["id", "name"]);
    let message = call.send().await.unwrap_err().to_string();
    assert!(
        message.contains("sort: `name` is not a sort key"),
        "{message}"
    );
    assert_eq!(api.requests(), []);
}

#[test]
fn every_documented_key_is_parsed_and_printed() {
    for key in ClientSort::KNOWN {
        assert_eq!(key.as_str().parse(), Ok(*key));
        assert_eq!(key.to_string(), key.as_str());
        let sort = Sort::from(key.desc());
        assert_eq!(Sort::try_from(sort.to_string()), Ok(sort));
    }
    assert_eq!(PartnerChangeRequestSort::KNOWN.len(), 7);
    assert!("birthday".parse::<ClientSort>().is_err());
}

#[test]
fn a_sort_can_be_inspected() {
    let sort = Sort::from_iter([Order::desc(CreatedAt), Status.into()]);
    let orders: Vec<_> = sort
        .orders()
        .iter()
        .map(|order| (*order.key(), order.is_descending()))
        .collect();
    assert_eq!(orders, [(CreatedAt, true), (Status, false)]);
}

#[tokio::test]
async fn an_option_is_a_sort_or_none() {
    let typed: Sort<ClientSort> = "-created_at".parse().unwrap();
    let descending = sent![
        Some(CreatedAt.desc()),
        Some("-created_at"),
        Some(String::from("-created_at")),
        Some(["-created_at"]),
        Some(typed),
    ];
    assert_eq!(descending, ["sort=-created_at"; 5]);
    assert_eq!(
        sent![None::<ClientSort>, None::<&str>, None::<Sort<ClientSort>>],
        [""; 3]
    );
}

#[test]
fn keys_and_their_directions_are_parsed() {
    assert_eq!("status".parse(), Ok(Status));
    assert_eq!("-status".parse(), Ok(Status.desc()));
    let both = [Status.asc(), CreatedAt.desc()];
    assert_eq!("status,-created_at".parse(), Ok(Sort::from_iter(both)));
    for string in ["", "-", "colour", "status,", "status,-colour", "--status"] {
        let error = string.parse::<Sort<ClientSort>>().unwrap_err();
        assert!(error.to_string().contains("is not a sort key"), "{error}");
    }
}
