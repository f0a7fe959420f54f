//! Rules: their ids and counts, which requests they select, and what is rejected.

use std::time::Duration;

use crate::support::{get, http, plain, request, send};
use partner_api::reqwest::Method;
use partner_hub::{ErrorBody, Fault, FaultRule, Hub};
use serde_json::{Value, json};

async fn hub() -> Hub {
    plain().start().await.unwrap()
}

async fn statuses(hub: &Hub, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(get(hub, "").await.status);
    }
    statuses
}

#[tokio::test]
async fn a_fault_has_an_id_and_counts_and_can_be_removed() {
    let hub = hub().await;
    let faults = format!("{}/__hub/faults", hub.url());
    let first = hub
        .fault(Fault::status(503).on("get_partner").every(2))
        .unwrap();
    let rule = json!({"operation": "list_clients", "fault": {"kind": "garbage_json"}});
    let set = send(http().post(&faults).json(&rule)).await;
    let second = set.body["id"].as_u64().unwrap();
    assert_ne!(first, second);
    assert_eq!(
        (&set.body["matched"], &set.body["injected"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(statuses(&hub, 5).await, [200, 503, 200, 503, 200]);

    let listed = send(http().get(&faults)).await.body;
    assert_eq!(listed[0]["id"], first);
    assert_eq!(
        (&listed[0]["matched"], &listed[0]["injected"]),
        (&json!(5), &json!(2))
    );
    assert_eq!(listed[1]["fault"], rule["fault"]);
    assert_eq!(listed, serde_json::to_value(hub.faults()).unwrap());

    let removed = send(http().delete(format!("{faults}/{first}"))).await;
    assert_eq!((removed.status, &removed.body), (200, &listed[0]));
    for id in [&first.to_string(), "4711", "x", "-1"] {
        let unknown = send(http().delete(format!("{faults}/{id}"))).await;
        assert!(unknown.status == 404 && unknown.is_envelope(), "{id}");
    }
    assert_eq!(statuses(&hub, 2).await, [200, 200]);
    assert_eq!(hub.remove_fault(second).unwrap().matched, 0);
    assert!(hub.remove_fault(second).is_none() && hub.faults().is_empty());
    assert!(
        hub.fault(Fault::status(503)).unwrap() > second,
        "ids are unique"
    );
}

#[tokio::test]
async fn a_rule_that_is_set_again_has_the_same_sequence() {
    let hub = hub().await;
    let rule = || Fault::status(503).on("get_partner").probability(0.5);
    hub.fault(rule()).unwrap();
    let first = statuses(&hub, 40).await;
    hub.clear_faults();
    hub.fault(Fault::garbage_json().on("token")).unwrap();
    hub.fault(rule()).unwrap();
    assert_eq!(statuses(&hub, 40).await, first);
    hub.clear_faults();
    hub.fault(Fault::status(500).on("get_partner").probability(0.5))
        .unwrap();
    let other: Vec<u16> = statuses(&hub, 40).await;
    let injected = |statuses: &[u16]| statuses.iter().map(|it| *it > 200).collect::<Vec<_>>();
    assert_ne!(injected(&other), injected(&first), "rules are independent");
}

#[tokio::test]
async fn a_fault_that_another_one_precedes_is_injected_into_the_next_request() {
    let hub = hub().await;
    hub.fault(Fault::status(503).on("get_partner").nth(2))
        .unwrap();
    hub.fault(Fault::status(429).on("get_partner").nth(2))
        .unwrap();
    hub.fault(Fault::status(500).on("get_partner").nth(5))
        .unwrap();
    assert_eq!(statuses(&hub, 6).await, [200, 503, 429, 200, 500, 200]);
    let injected: Vec<u64> = hub.faults().iter().map(|fault| fault.injected).collect();
    assert_eq!(injected, [1, 1, 1]);
}

#[tokio::test]
async fn a_thousand_faults_can_be_set() {
    let hub = hub().await;
    for _ in 0..1_000 {
        hub.fault(Fault::garbage_json().on("token")).unwrap();
    }
    let error = hub.fault(Fault::garbage_json()).unwrap_err().to_string();
    assert!(error.contains("1000 faults are set"), "{error}");
    hub.clear_faults();
    hub.fault(Fault::garbage_json()).unwrap();
}

#[tokio::test]
async fn unknown_members_of_any_fault_are_rejected() {
    let range = json!({"from": 0, "to": 1});
    let faults = [
        ("latency", json!({"ms": 1})),
        ("status", json!({"status": 500})),
        ("refuse", json!({"for_ms": 1})),
        ("break", json!({"at": "during_body", "how": "close"})),
        ("stuck_connection", json!({})),
        ("wrong_content_type", json!({})),
        ("garbage_json", json!({})),
        ("expire_token", json!({})),
        ("redirect", json!({"location": "https://a.example"})),
        ("gzip_bomb", json!({"mib": 1})),
        ("insert_clients", json!({"count": 1})),
        ("remove_clients", json!({"count": 1})),
        ("hide_items", range.clone()),
        ("null_items", range),
        ("short_page", json!({"max": 1})),
        ("wrong_total", json!({"by": 1})),
    ];
    let parse = |fault: &Value| serde_json::from_value::<FaultRule>(json!({ "fault": fault }));
    for (kind, mut fault) in faults {
        fault["kind"] = kind.into();
        assert!(parse(&fault).is_ok(), "{fault}");
        fault["unknown"] = 1.into();
        let error = parse(&fault).unwrap_err().to_string();
        assert!(
            error.contains("unknown field `unknown`"),
            "{fault}: {error}"
        );
    }
}

#[tokio::test]
async fn unknown_admin_paths_are_no_requests_to_the_api() {
    let hub = hub().await;
    hub.fault(FaultRule::from(Fault::status(503)).times(1))
        .unwrap();
    for path in ["", "/", "/fault", "/faults/", "/faults/1/2"] {
        let unknown = send(http().get(format!("{}/__hub{path}", hub.url()))).await;
        assert!(unknown.status == 404 && unknown.is_envelope(), "{path}");
    }
    for (method, path) in [
        (Method::PUT, "faults"),
        (Method::POST, "requests"),
        (Method::GET, "advance"),
        (Method::GET, "faults/1"),
    ] {
        let wrong = http().request(method, format!("{}/__hub/{path}", hub.url()));
        let wrong = send(wrong).await;
        assert!(wrong.status == 405 && wrong.is_envelope(), "{path}");
        assert!(wrong.headers.contains_key("allow"));
    }
    assert_eq!(hub.requests(), []);
    assert_eq!(statuses(&hub, 1).await, [503]);
}

#[tokio::test]
async fn a_fault_that_refuses_connections_without_end_needs_a_port_for_the_admin_paths() {
    let refuse = |more: Value| {
        let mut rule = json!({"fault": {"kind": "refuse", "for_ms": 20}});
        rule.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        rule
    };
    let hub = hub().await;
    let faults = format!("{}/__hub/faults", hub.url());
    for endless in [json!({}), json!({"every": 2}), json!({"probability": 0.1})] {
        let set = send(http().post(&faults).json(&refuse(endless))).await;
        assert_eq!(set.status, 400, "{}", set.text);
        let message = set.message();
        assert!(message.contains("`times`") && message.contains("--admin-port"));
    }
    for ending in [json!({"nth": 7}), json!({"times": 3})] {
        let set = send(http().post(&faults).json(&refuse(ending))).await;
        assert_eq!(set.status, 201, "{}", set.text);
    }

    let hub = plain().admin_port(0).start().await.unwrap();
    let faults = format!("{}/faults", hub.admin_url());
    let set = send(http().post(&faults).json(&refuse(json!({})))).await;
    assert_eq!(set.status, 201, "{}", set.text);
    for _ in 0..3 {
        let _ = request(&hub, Method::GET, "").send().await;
    }
    assert_eq!(send(http().delete(&faults)).await.status, 200);
    assert_eq!(statuses(&hub, 1).await, [200]);
}

#[tokio::test]
async fn a_removed_fault_no_longer_refuses_connections() {
    let refuse = || Fault::refuse_connections(std::time::Duration::from_secs(60));
    let hub = hub().await;
    let id = hub.fault(refuse()).unwrap();
    assert!(request(&hub, Method::GET, "").send().await.is_err());
    assert!(hub.remove_fault(id).is_some());
    assert_eq!(statuses(&hub, 1).await, [200]);

    hub.fault(refuse()).unwrap();
    assert!(request(&hub, Method::GET, "").send().await.is_err());
    hub.clear_faults();
    assert_eq!(statuses(&hub, 1).await, [200]);

    hub.refuse_connections();
    hub.clear_faults();
    let refused = request(&hub, Method::GET, "").send().await;
    assert!(
        refused.unwrap_err().is_connect(),
        "the port was closed by no fault"
    );
}

#[tokio::test]
async fn a_documented_limit_is_a_rule() {
    let hub = plain().start().await.unwrap();
    let rule = Fault::status_with_body(429, ErrorBody::Details)
        .on("get_partner")
        .beyond(5, 30);
    let id = hub.fault(rule).unwrap();
    let statuses = async |count: usize| {
        let mut limited = 0;
        for _ in 0..count {
            let response = get(&hub, "").await;
            if response.status == 429 {
                limited += 1;
                assert!(
                    response.body["meta"]["details"][0].is_string(),
                    "{}",
                    response.text
                );
                assert!(response.body["meta"]["error"].is_object());
            }
        }
        (count - limited, limited)
    };
    assert_eq!(statuses(3).await, (3, 0));
    hub.advance(Duration::from_secs(20)).unwrap();
    assert_eq!(statuses(4).await, (2, 2));
    // The first three are older than 30 seconds now.
    hub.advance(Duration::from_secs(10)).unwrap();
    assert_eq!(statuses(5).await, (3, 2));
    assert_eq!(get(&hub, "/clients").await.status, 200);
    assert_eq!(hub.remove_fault(id).unwrap().injected, 4);
    for (requests, seconds) in [(10_001, 30), (5, 0), (5, 86_401)] {
        let rule = Fault::status(429)
            .on("get_partner")
            .beyond(requests, seconds);
        assert!(hub.fault(rule).is_err());
    }
}
