//! Faults of lists: hidden and null items, short pages, wrong totals.

use crate::support::{get, http, plain, send};
use partner_hub::Hub;
use serde_json::{Value, json};

/// An emulator with 40 clients and these faults.
async fn hub(rules: &[Value]) -> Hub {
    let mut builder = plain();
    for rule in rules {
        let rule = serde_json::from_value::<partner_hub::FaultRule>(rule.clone());
        builder = builder.fault(rule.unwrap());
    }
    builder.start().await.unwrap()
}

async fn clients(hub: &Hub, offset: u64, limit: u64) -> Value {
    let response = get(
        hub,
        &format!("/clients?sort=id&offset={offset}&limit={limit}"),
    )
    .await;
    assert_eq!(response.status, 200, "{}", response.text);
    response.body
}

/// The ids of the items of a page; a null has none.
fn ids(page: &Value) -> Vec<Option<String>> {
    let items = page["clients"].as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().map(str::to_owned))
        .collect()
}

/// The ids of all clients without a fault, in the order of the list.
fn all(hub: &Hub) -> Vec<Option<String>> {
    let mut ids = hub.client_ids(hub.partner_id());
    ids.sort();
    ids.into_iter().map(Some).collect()
}

fn faults(hub: &Hub) -> Vec<Vec<String>> {
    hub.requests()
        .into_iter()
        .map(|request| request.faults)
        .collect()
}

#[tokio::test]
async fn hidden_items_are_missing_from_a_page_of_the_same_range() {
    let hub = hub(&[json!({"fault": {"kind": "hide_items", "from": 8, "to": 15}})]).await;
    let all = all(&hub);
    let mut pages = Vec::new();
    for offset in [0, 10, 20, 30] {
        let page = clients(&hub, offset, 10).await;
        assert_eq!((&page["total"], &page["limit"]), (&40.into(), &10.into()));
        let ids = ids(&page);
        assert_eq!(page["count"], ids.len());
        pages.push(ids);
    }
    assert_eq!(
        pages,
        [&all[..8], &all[15..20], &all[20..30], &all[30..40]],
        "pages begin where they would without hidden items"
    );
    assert_eq!(faults(&hub), vec![vec!["hide_items".to_owned()]; 4]);
}

#[tokio::test]
async fn hidden_items_can_be_positions_in_each_page() {
    let rule =
        json!({"fault": {"kind": "hide_items", "from": 1, "to": 3, "per_page": true}, "nth": 2});
    let hub = hub(&[rule]).await;
    let all = all(&hub);
    assert_eq!(ids(&clients(&hub, 0, 5).await), all[..5]);
    let second = ids(&clients(&hub, 5, 5).await);
    assert_eq!(second, [&all[5..6], &all[8..10]].concat());
}

#[tokio::test]
async fn null_items_replace_items() {
    let hub = hub(&[
        json!({"operation": "list_clients", "fault": {"kind": "null_items", "from": 8, "to": 12}}),
    ])
    .await;
    let all = all(&hub);
    let page = clients(&hub, 5, 10).await;
    let expected = [&all[5..8], &[const { None }; 4][..], &all[12..15]].concat();
    assert_eq!(ids(&page), expected);
    assert!(page["clients"][3].is_null());
    assert_eq!(page["count"], 10);
    assert_eq!(page["total"], 40);
    assert_eq!(faults(&hub), [["null_items"]]);
}

#[tokio::test]
async fn a_first_page_can_be_empty_with_a_nonzero_total() {
    let rule =
        json!({"operation": "list_clients", "nth": 1, "fault": {"kind": "short_page", "max": 0}});
    let hub = hub(&[rule]).await;
    let first = clients(&hub, 0, 10).await;
    assert_eq!(first["clients"], json!([]));
    assert_eq!(
        (&first["total"], &first["count"]),
        (&40.into(), &0.into()),
        "{first}"
    );
    assert_eq!(ids(&clients(&hub, 0, 10).await), all(&hub)[..10]);
    assert_eq!(faults(&hub), [vec!["short_page".to_owned()], vec![]]);
}

#[tokio::test]
async fn pages_can_have_fewer_items_than_requested() {
    for (announced, limit) in [(None, 10), (Some(false), 10), (Some(true), 3)] {
        let mut fault = json!({"kind": "short_page", "max": 3});
        if let Some(announced) = announced {
            fault["announced"] = announced.into();
        }
        let hub = hub(&[json!({ "fault": fault })]).await;
        let page = clients(&hub, 10, 10).await;
        assert_eq!(ids(&page), all(&hub)[10..13]);
        assert_eq!(
            (&page["limit"], &page["count"], &page["total"]),
            (&limit.into(), &3.into(), &40.into()),
            "announced: {announced:?}"
        );
        let page = clients(&hub, 0, 2).await;
        assert_eq!(
            (page["count"].as_u64(), page["limit"].as_u64()),
            (Some(2), Some(2))
        );
    }
}

#[tokio::test]
async fn a_total_can_be_too_high_or_too_low() {
    for (by, total) in [(7, 47), (-7, 33), (-50, 0)] {
        let hub = hub(&[json!({"fault": {"kind": "wrong_total", "by": by}})]).await;
        let page = clients(&hub, 30, 10).await;
        assert_eq!(page["total"], total);
        assert_eq!(ids(&page), all(&hub)[30..]);
        assert_eq!(faults(&hub), [["wrong_total"]]);
    }
}

#[tokio::test]
async fn faults_of_a_list_combine() {
    let hub = hub(&[
        json!({"fault": {"kind": "hide_items", "from": 2, "to": 4}}),
        json!({"fault": {"kind": "null_items", "from": 5, "to": 6}}),
        json!({"fault": {"kind": "short_page", "max": 6}}),
        json!({"fault": {"kind": "wrong_total", "by": 1}}),
        json!({"fault": {"kind": "wrong_content_type"}}),
    ])
    .await;
    let all = all(&hub);
    let page = clients(&hub, 0, 10).await;
    let expected = [&all[..2], &all[4..5], &[None], &all[6..8]].concat();
    assert_eq!(ids(&page), expected, "positions include hidden items");
    assert_eq!(page["total"], 41);
    let names = [
        "hide_items",
        "null_items",
        "short_page",
        "wrong_total",
        "wrong_content_type",
    ];
    assert_eq!(faults(&hub), [names]);
}

#[tokio::test]
async fn list_faults_apply_to_every_list_and_to_nothing_else() {
    let hub = hub(&[json!({"times": 2, "fault": {"kind": "short_page", "max": 0}})]).await;
    let partner = get(&hub, "").await;
    assert_eq!(
        (partner.status, &partner.body["id"]),
        (200, &hub.partner_id().into())
    );
    let requests = get(&hub, "/selective_partner_change_requests").await;
    assert_eq!(requests.body["partner_change_requests"], json!([]));
    assert_ne!(requests.body["total"], 0);
    let ids = hub.client_ids(hub.partner_id());
    let client = ids.iter().find(|id| !hub.channels(id).is_empty()).unwrap();
    let numbers = get(&hub, &format!("/clients/{client}/shared_client_numbers")).await;
    assert_eq!((numbers.status, numbers.text.as_str()), (200, "[]"));
    let injected = [
        vec![],
        vec!["short_page".to_owned()],
        vec!["short_page".to_owned()],
    ];
    assert_eq!(faults(&hub), injected, "`times` counts only lists");
}

#[tokio::test]
async fn a_success_can_lack_its_list() {
    for (body, expected) in [
        ("maintenance", json!({"message": "maintenance"})),
        (
            "envelope",
            json!({"meta": {"success": false, "http_code": 200}}),
        ),
    ] {
        let fault = json!({"kind": "status", "status": 200, "body": body});
        let hub = hub(&[json!({"operation": "list_clients", "nth": 1, "fault": fault})]).await;
        let mut page = clients(&hub, 0, 10).await;
        if let Some(meta) = page.get_mut("meta").and_then(Value::as_object_mut) {
            meta.retain(|name, _| ["success", "http_code"].contains(&name.as_str()));
        }
        assert_eq!(page, expected);
        assert_eq!(faults(&hub), [["status 200"]]);
        assert_eq!(clients(&hub, 0, 10).await["count"], 10);
    }
}

/// Invalid rules, and a part of the message of their error.
const INVALID: &[(&str, &str)] = &[
    (
        r#"{"fault": {"kind": "hide_items", "from": 4, "to": 4}}"#,
        "`from` must be less than `to`",
    ),
    (
        r#"{"fault": {"kind": "null_items", "from": 5, "to": 4}}"#,
        "`from` must be less than `to`",
    ),
    (
        r#"{"fault": {"kind": "null_items", "from": 5}}"#,
        "missing field `to`",
    ),
    (
        r#"{"fault": {"kind": "null_items", "from": -1, "to": 4}}"#,
        "-1",
    ),
    (
        r#"{"fault": {"kind": "null_items", "from": 0, "to": 1e300}}"#,
        "1e+300",
    ),
    (
        r#"{"fault": {"kind": "null_items", "from": 0, "to": 1, "share": 0.5}}"#,
        "unknown field `share`",
    ),
    (
        r#"{"fault": {"kind": "short_page"}}"#,
        "missing field `max`",
    ),
    (r#"{"fault": {"kind": "short_page", "max": -1}}"#, "-1"),
    (r#"{"fault": {"kind": "short_page", "max": 1e99}}"#, "1e+99"),
    (
        r#"{"fault": {"kind": "short_page", "max": 1, "anounced": true}}"#,
        "unknown field `anounced`",
    ),
    (
        r#"{"fault": {"kind": "wrong_total", "by": 0}}"#,
        "`by` must not be 0",
    ),
    (r#"{"fault": {"kind": "wrong_total", "by": 0.5}}"#, "0.5"),
    (
        r#"{"fault": {"kind": "wrong_total", "by": 99999999999}}"#,
        "99999999999",
    ),
    (
        r#"{"operation": "get_partner", "fault": {"kind": "short_page", "max": 1}}"#,
        "`get_partner` returns no list",
    ),
    (
        r#"{"operation": "token", "fault": {"kind": "wrong_total", "by": 1}}"#,
        "`token` returns no list",
    ),
    (
        r#"{"fault": {"kind": "latency", "ms": 86400001}}"#,
        "at most 86400000",
    ),
    (
        r#"{"fault": {"kind": "latency", "ms": 1, "jitter_ms": 18446744073709551615}}"#,
        "at most 86400000",
    ),
    (
        r#"{"fault": {"kind": "status", "status": 429, "retry_after": {"date_in_seconds": 3153600001}}}"#,
        "at most 3153600000",
    ),
    (
        r#"{"times": 1, "fault": {"kind": "refuse", "for_ms": 60001}}"#,
        "at most 60000",
    ),
];

#[tokio::test]
async fn an_invalid_fault_is_rejected() {
    let hub = plain().start().await.unwrap();
    let faults = format!("{}/__hub/faults", hub.url());
    for (rule, message) in INVALID {
        let response = send(http().post(&faults).body(*rule)).await;
        assert_eq!(response.status, 400, "{rule}: {}", response.text);
        assert!(
            response.message().contains(message),
            "{rule}: {}",
            response.text
        );
    }
    let rules = send(http().get(&faults)).await;
    assert_eq!(rules.body, json!([]));
}
