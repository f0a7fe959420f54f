//! The admin paths: what a test in any language can do to an emulator.

use std::time::{Duration, SystemTime};

use crate::support::{self, bare, get, http, login, plain, request, send, token};
use partner_api::reqwest::{Method, StatusCode, header};
use partner_hub::{Fault, Hub, HubError};
use serde_json::{Value, json};

async fn admin(hub: &Hub, method: Method, path: &str, body: &Value) -> support::Received {
    let request = http().request(method, format!("{}/{path}", hub.admin_url()));
    send(match body {
        Value::Null => request,
        body => request.json(body),
    })
    .await
}

async fn post(hub: &Hub, path: &str, body: &Value) -> support::Received {
    admin(hub, Method::POST, path, body).await
}

async fn read(hub: &Hub, path: &str) -> Value {
    let response = admin(hub, Method::GET, path, &Value::Null).await;
    assert_eq!(response.status, 200, "{path}: {}", response.text);
    response.body
}

#[tokio::test]
async fn a_reset_returns_to_the_beginning() {
    let hub = plain()
        .fault(Fault::status(503).on("get_partner").nth(2))
        .start()
        .await
        .unwrap();
    let initial = hub.data();
    let live = token(&hub).await;
    let id = hub.client_ids(hub.partner_id()).remove(0);
    let patch = request(&hub, Method::PATCH, &format!("/clients/{id}"));
    assert_eq!(
        send(patch.json(&json!({"max_channels": 77}))).await.status,
        200
    );
    hub.insert_client(partner_api::types::ClientAccount::default());
    hub.fault(Fault::status(500)).unwrap();
    hub.advance(Duration::from_secs(3_600)).unwrap();
    hub.set_webhook_secret("whsec").unwrap();
    assert_ne!(hub.data(), initial);

    assert_eq!(
        post(&hub, "reset", &Value::Null).await.body,
        json!({"done": true})
    );
    assert_eq!(hub.data(), initial);
    assert!(hub.requests().is_empty() && hub.counts().is_empty());
    assert!(
        hub.send_webhook(hub.partner_id(), "{}").is_err(),
        "there is no secret"
    );
    assert_eq!(read(&hub, "faults").await.as_array().unwrap().len(), 1);
    let statuses = [get(&hub, "").await.status, get(&hub, "").await.status];
    assert_eq!(
        statuses,
        [200, 503],
        "the initial fault counts from 1 again"
    );
    let bearer = bare(&hub, Method::GET, &support::own(&hub, "")).bearer_auth(live);
    assert_eq!(send(bearer).await.status, 401);
    let now = post(&hub, "advance", &json!({"seconds": 0})).await;
    let now = partner_api::Timestamp::from(now.body["now"].as_str().unwrap());
    let ahead = now
        .to_system_time()
        .unwrap()
        .duration_since(SystemTime::now());
    assert!(ahead.unwrap_or_default() < Duration::from_secs(60), "{now}");
}

#[tokio::test]
async fn snapshots_keep_data_tokens_and_time() {
    let hub = plain().start().await.unwrap();
    let live = token(&hub).await;
    let bearer = async || {
        let request = bare(&hub, Method::GET, &support::own(&hub, ""));
        send(request.bearer_auth(&live)).await.status
    };
    let before = hub.data();
    let put = admin(&hub, Method::PUT, "snapshots/before", &Value::Null).await;
    assert_eq!(put.status, 200);
    for _ in 0..2 {
        hub.expire_tokens();
        assert!(hub.remove_client(&hub.client_ids(hub.partner_id())[0]));
        hub.advance(Duration::from_secs(100_000)).unwrap();
        assert_eq!(bearer().await, 401);
        assert_eq!(
            post(&hub, "snapshots/before/restore", &Value::Null)
                .await
                .status,
            200
        );
        assert_eq!(hub.data(), before);
        assert_eq!(bearer().await, 200);
    }
    assert_eq!(
        post(&hub, "snapshots/other/restore", &Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(
        admin(&hub, Method::DELETE, "snapshots/before", &Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(
        admin(&hub, Method::DELETE, "snapshots/before", &Value::Null)
            .await
            .status,
        404
    );

    for number in 0..16 {
        hub.take_snapshot(number.to_string()).unwrap();
    }
    hub.take_snapshot("3").unwrap();
    let one_more = hub.take_snapshot("one more").unwrap_err();
    assert!(matches!(one_more, HubError::Invalid(_)), "{one_more}");
    hub.restore_snapshot("15").unwrap();
}

#[tokio::test]
async fn a_migration_in_progress_is_part_of_a_snapshot() {
    let hub = plain()
        .migration_time(Duration::from_secs(60))
        .start()
        .await
        .unwrap();
    let id = created(&hub);
    let approve = format!("/selective_partner_change_requests/{id}/approve");
    assert_eq!(
        send(request(&hub, Method::POST, &approve)).await.status,
        200
    );
    hub.take_snapshot("pending").unwrap();
    for _ in 0..2 {
        hub.advance(Duration::from_secs(60)).unwrap();
        assert_eq!(status(&hub, &id).await, "completed");
        hub.restore_snapshot("pending").unwrap();
        assert_eq!(status(&hub, &id).await, "pending");
    }
}

/// A change request that can be approved.
fn created(hub: &Hub) -> String {
    let mut requests = hub.change_requests(hub.partner_id()).into_iter();
    let found = requests.find(|request| request.status.as_ref().unwrap().as_str() == "created");
    found.unwrap().id.unwrap().to_string()
}

async fn status(hub: &Hub, id: &str) -> String {
    let path = format!("partners/{}/change_requests", hub.partner_id());
    let requests = read(hub, &path).await;
    let mut requests = requests.as_array().unwrap().iter();
    let found = requests.find(|request| request["id"] == id).unwrap();
    found["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_is_stored_exactly_as_it_was_sent() {
    let hub = plain().start().await.unwrap();
    let path = format!("partners/{}/clients", hub.partner_id());
    for client in [
        json!({"id": "AAAA1111CL"}),
        json!({"id": "odd / id?CL", "name": null, "status": 7, "contact_info": {"city": "Rome", "floor": 3},
            "contact_user": [], "max_channels": "3", "created_by": null, "labels": [null], "meta_info": "none",
            "created_at": "yesterday", "modified_at": null, "contact_info.city": 1}),
    ] {
        let inserted = post(&hub, &path, &client).await;
        assert_eq!(
            (inserted.status, &inserted.body["id"]),
            (201, &client["id"])
        );
        let filters = json!({"id": client["id"]}).to_string();
        let list = request(&hub, Method::GET, "/clients").query(&[("filters", filters)]);
        assert_eq!(send(list).await.body["clients"], json!([client]));
        let id = client["id"].as_str().unwrap();
        let encoded = id
            .replace(' ', "%20")
            .replace('/', "%2F")
            .replace('?', "%3F");
        let path = format!("clients/{encoded}");
        assert_eq!(read(&hub, &path).await, client);
        assert_eq!(read(&hub, &format!("{path}/channels")).await, json!([]));

        // A change replaces the members that were odd.
        let patch = request(&hub, Method::PATCH, &format!("/{path}"));
        let changed = send(patch.json(&json!({"max_channels": 9}))).await;
        assert_eq!(changed.body["max_channels"], 9, "{}", changed.text);
        assert_eq!(
            changed.text.matches("modified_at").count(),
            1,
            "{}",
            changed.text
        );
        assert_eq!(
            admin(&hub, Method::DELETE, &path, &Value::Null)
                .await
                .status,
            200
        );
        assert_eq!(
            admin(&hub, Method::DELETE, &path, &Value::Null)
                .await
                .status,
            404
        );
    }
    let generated = post(&hub, &path, &json!({"name": "New"})).await.body["id"].clone();
    assert!(generated.as_str().unwrap().ends_with("CL"));
    let ids = read(&hub, &path).await;
    assert_eq!(ids["count"], 41);
    assert_eq!(ids["ids"][40], generated);

    // A client belongs to one partner.
    let other = format!("partners/{}/clients", hub.partners()[1].partner_id);
    assert_eq!(
        post(&hub, &other, &json!({"id": generated})).await.status,
        201
    );
    assert_eq!(read(&hub, &path).await["count"], 40);
    for (path, body, status) in [
        ("partners/nonePA/clients", json!({}), 404),
        (path.as_str(), json!({"id": 5}), 400),
        (path.as_str(), json!([]), 400),
    ] {
        assert_eq!(post(&hub, path, &body).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn the_settings_of_a_partner_can_be_changed() {
    let hub = plain().start().await.unwrap();
    let path = format!("partners/{}", hub.partner_id());
    let patch = async |body: Value| admin(&hub, Method::PATCH, &path, &body).await;
    let before = read(&hub, &path).await;
    let disabled = patch(json!({"settings": {"bearer_token_auth_disabled": true}})).await;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    assert_eq!(
        disabled.body["settings"]["bearer_token_auth_disabled"],
        true
    );
    let other = "use_marketing_messages_api";
    assert_eq!(disabled.body["settings"][other], before["settings"][other]);
    assert_eq!(
        login(&hub, hub.username(), hub.password()).await.status,
        403
    );

    let automatic = json!({"settings": {"partner_change_request": {"auto_approve": true}},
        "brand_name": "New", "odd": [1], "logo_url": "https://logo.example", "webhook_url": null});
    let changed = patch(automatic).await.body;
    assert_eq!(get(&hub, "").await.body, changed);
    assert_eq!(
        (&changed["odd"], &changed["brand_name"]),
        (&json!([1]), &json!("New"))
    );
    assert!(changed.get("webhook_url").is_none());
    let request = json!({"target_partner_id": hub.partner_id(), "note": {"odd": null}});
    let id = post(&hub, "change_requests", &request).await.body["id"].clone();
    assert_eq!(status(&hub, id.as_str().unwrap()).await, "pending");

    for body in [
        json!({"id": "otherPA"}),
        json!({"id": 5}),
        json!({"id": null}),
        json!([]),
        json!("x"),
    ] {
        assert_eq!(patch(body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(get(&hub, "").await.body, changed);
    let unknown = admin(&hub, Method::PATCH, "partners/nonePA", &json!({})).await;
    assert_eq!(unknown.status, 404);
    let credentials = read(&hub, "partners").await;
    assert_eq!(credentials[0]["api_key"], hub.api_key());
    assert_eq!(credentials[2]["password"], hub.partners()[2].password);
}

#[tokio::test]
async fn change_requests_can_be_inserted_and_failed() {
    let hub = plain().start().await.unwrap();
    for invalid in [
        json!({}),
        json!({"target_partner_id": "nonePA"}),
        json!({"id": 1}),
    ] {
        assert_eq!(
            post(&hub, "change_requests", &invalid).await.status,
            400,
            "{invalid}"
        );
    }
    let own = hub.partner_id();
    let new =
        json!({"id": "mine", "target_partner_id": own, "migrated_channels": null, "status": "odd"});
    assert_eq!(post(&hub, "change_requests", &new).await.status, 201);
    assert_eq!(status(&hub, "mine").await, "odd");
    let fail = format!("partners/{own}/change_requests/mine/fail");
    assert_eq!(post(&hub, &fail, &Value::Null).await.status, 200);
    assert_eq!(status(&hub, "mine").await, "failed");
    let fail = format!("partners/{own}/change_requests/other/fail");
    assert_eq!(post(&hub, &fail, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn exported_data_starts_the_same_emulator() {
    let hub = Hub::builder()
        .clients(30)
        .anomaly_rate(0.5)
        .seed(3)
        .start()
        .await
        .unwrap();
    let id = created(&hub);
    let approve = format!("/selective_partner_change_requests/{id}/approve");
    assert_eq!(
        send(request(&hub, Method::POST, &approve)).await.status,
        200
    );
    let moment = Duration::from_secs(2);
    hub.advance(moment).unwrap();
    assert_eq!(status(&hub, &id).await, "completed");
    let data = read(&hub, "data").await;
    assert_eq!(data, hub.data());

    let same = Hub::builder().data(data.clone()).start().await.unwrap();
    assert_eq!(same.partners(), hub.partners());
    assert_eq!(same.data(), data);
    for path in [
        "",
        "/clients?limit=100&sort=name",
        "/clients?filters={\"status\":\"active\"}",
        "/selective_partner_change_requests?limit=100",
    ] {
        assert_eq!(
            get(&same, path).await.body,
            get(&hub, path).await.body,
            "{path}"
        );
    }
    let client = hub.client_ids(hub.partner_id()).pop().unwrap();
    let numbers = format!("/clients/{client}/shared_client_numbers");
    assert_eq!(
        get(&same, &numbers).await.body,
        get(&hub, &numbers).await.body
    );

    // An import replaces everything; a reset returns to the data of the start.
    let other = plain().start().await.unwrap();
    assert_eq!(admin(&other, Method::PUT, "data", &data).await.status, 200);
    assert_eq!(other.data(), data);
    assert!(same.remove_client(&client));
    same.reset().unwrap();
    assert_eq!(same.data(), data);
}

#[tokio::test]
async fn minimal_data_is_completed_and_pending_migrations_complete() {
    let data = json!({"partners": [
        {"partner": {}, "api_key": "my-key", "clients": [{"id": "AAAA1111CL"}, {}],
            "channels": [{"client_id": "AAAA1111CL", "odd": 1}],
            "change_requests": [{"id": "one", "status": "pending", "source_partner_id": "mePA", "source_client_id": "BBBB1111CL"}]},
        {"partner": {"id": "mePA"}, "clients": [{"id": "BBBB1111CL"}]},
    ]});
    let hub = plain()
        .data(data)
        .partner_id("firstPA")
        .start()
        .await
        .unwrap();
    assert_eq!((hub.partner_id(), hub.api_key()), ("firstPA", "my-key"));
    assert_eq!(get(&hub, "/clients").await.body["total"], 2);
    assert_eq!(hub.channels("AAAA1111CL").len(), 1);
    assert_eq!(status(&hub, "one").await, "pending");
    hub.advance(Duration::from_secs(2)).unwrap();
    assert_eq!(status(&hub, "one").await, "completed");
    assert_eq!(hub.client_count("firstPA"), 3);
    assert_eq!(
        login(&hub, hub.username(), hub.password()).await.status,
        200
    );
}

#[tokio::test]
async fn invalid_data_is_rejected_and_changes_nothing() {
    let hub = plain().start().await.unwrap();
    let before = hub.data();
    let twice = json!({"id": "AAAA1111CL"});
    for (data, reason) in [
        (json!({}), "missing field `partners`"),
        (json!({"partners": []}), "`partners` is empty"),
        (
            json!({"partners": [{"partner": {}, "cients": []}]}),
            "unknown field `cients`",
        ),
        (
            json!({"partners": [{"partner": {"id": "a"}}, {"partner": {"id": "a"}}]}),
            "`partners[1]`: another partner",
        ),
        (
            json!({"partners": [{"partner": {}, "api_key": ""}]}),
            "API key",
        ),
        (
            json!({"partners": [{"partner": {}, "api_key": "a\nb"}]}),
            "API key",
        ),
        (
            json!({"partners": [{"partner": {}, "clients": [twice, twice]}]}),
            "two clients `AAAA1111CL`",
        ),
        (
            json!({"partners": [{"partner": {}, "clients": [{"id": 5}]}]}),
            "`clients`: an `id` must be a string",
        ),
        (
            json!({"partners": [{"partner": {}, "channels": [{"client_id": "x"}]}]}),
            "no client `x`",
        ),
        (
            json!({"partners": [{"partner": {}, "change_requests": [{"target_partner_id": "x"}]}]}),
            "target_partner_id",
        ),
    ] {
        let rejected = admin(&hub, Method::PUT, "data", &data).await;
        assert!(
            rejected.is_admin_error() && rejected.status == 400,
            "{data}"
        );
        assert!(
            rejected.message().contains(reason),
            "{data}: {}",
            rejected.message()
        );
        assert!(plain().data(data).start().await.is_err());
    }
    assert_eq!(hub.data(), before);
}

#[tokio::test]
async fn the_admin_paths_can_have_a_port_of_their_own() {
    let hub = plain().admin_port(0).start().await.unwrap();
    assert!(!hub.admin_url().starts_with(hub.url()));
    assert_eq!(read(&hub, "health").await, json!({"ready": true}));
    assert_eq!(
        send(bare(&hub, Method::GET, "/__hub/health")).await.status,
        404
    );
    let api = hub.admin_url().replace("/__hub", &support::own(&hub, ""));
    let api = send(http().get(api).header("x-api-key", hub.api_key())).await;
    assert_eq!(api.status, 404);

    assert_eq!(
        post(&hub, "refuse_connections", &Value::Null).await.status,
        200
    );
    assert!(http().get(hub.url()).send().await.unwrap_err().is_connect());
    let health = admin(&hub, Method::GET, "health", &Value::Null).await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        post(&hub, "accept_connections", &Value::Null).await.status,
        200
    );
    assert_eq!(get(&hub, "").await.status, 200);
    hub.refuse_connections();
    assert_eq!(post(&hub, "reset", &Value::Null).await.status, 200);
    assert_eq!(get(&hub, "").await.status, 200);

    let shared = plain().start().await.unwrap();
    let refused = post(&shared, "refuse_connections", &Value::Null).await;
    assert!(refused.status == 409 && refused.message().contains("--admin-port"));
    assert_eq!(read(&shared, "health").await, json!({"ready": true}));
}

#[tokio::test]
async fn unknown_admin_paths_and_methods_are_not_requests_to_the_api() {
    let hub = plain()
        .fault(Fault::status(500).on("get_partner").times(1))
        .start()
        .await
        .unwrap();
    for path in [
        "/__hub",
        "/__hub/",
        "/__hub/helth",
        "/__hub/faults/",
        "/__hub//",
        "/__hub/%ff",
    ] {
        let response = send(bare(&hub, Method::GET, path)).await;
        assert!(
            matches!(response.status, 404 | 400),
            "{path}: {}",
            response.text
        );
        assert!(response.is_admin_error(), "{path}");
    }
    let wrong = admin(&hub, Method::PUT, "faults", &json!({})).await;
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.headers[header::ALLOW], "POST, GET, DELETE");
    assert!(hub.requests().is_empty());
    assert_eq!(get(&hub, "").await.status, 500, "the fault is not used up");
}

#[tokio::test]
async fn the_document_describes_each_path_and_invalid_bodies_are_rejected() {
    let hub = plain().start().await.unwrap();
    let document = read(&hub, "openapi.json").await;
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("## Admin paths\n").unwrap();
    let mut bodies = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = method.to_uppercase();
            let row = table
                .lines()
                .find(|line| line.contains(&format!("{path}`")));
            let row = row.unwrap_or_else(|| panic!("{path} is not in the README"));
            assert!(
                row.contains(&format!("`{method}")),
                "{method} {path}: {row}"
            );
            if operation.get("requestBody").is_none() {
                continue;
            }
            bodies += 1;
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let path = path.replace("{partner_id}", hub.partner_id());
            for body in [
                "",
                "{",
                "[]",
                "null",
                "\"x\"",
                r#"{"unknown": 1, "seconds": -1}"#,
            ] {
                if body.starts_with("{\"") && path.contains("/partners/")
                    || path.ends_with("change_requests")
                {
                    continue;
                }
                let request = bare(&hub, method.clone(), &path).body(body);
                let response = send(request).await;
                assert_eq!(response.status, 400, "{path} {body}: {}", response.text);
                assert!(!response.message().is_empty());
            }
        }
    }
    assert!(bodies >= 6, "{bodies}");
    let invalid = json!({"seconds": 1, "minutes": 1});
    assert_eq!(post(&hub, "advance", &invalid).await.status, 400);
}

#[tokio::test]
async fn a_frozen_clock_moves_only_when_it_is_advanced() {
    let now = partner_api::Timestamp::from("2020-02-29T23:59:59Z");
    let hub = plain()
        .now(now.to_system_time().unwrap())
        .migration_time(Duration::from_millis(1))
        .start()
        .await
        .unwrap();
    let id = created(&hub);
    let approve = format!("/selective_partner_change_requests/{id}/approve");
    let approved = send(request(&hub, Method::POST, &approve)).await;
    assert_eq!(approved.body["modified_at"], "2020-02-29T23:59:59Z");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(status(&hub, &id).await, "pending");
    let advanced = post(&hub, "advance", &json!({"seconds": 1})).await;
    assert_eq!(advanced.body["now"], "2020-03-01T00:00:00Z");
    assert_eq!(status(&hub, &id).await, "completed");
}

#[tokio::test]
async fn the_credentials_of_the_first_partner_can_be_set() {
    let builder = || {
        plain()
            .partner_id("acmePA")
            .api_key("k")
            .username("ann")
            .password("pä ss")
    };
    let hub = builder().start().await.unwrap();
    assert_eq!(get(&hub, "").await.body["id"], "acmePA");
    assert_eq!(login(&hub, "ann", "pä ss").await.status, 200);
    let requests = hub.change_requests("acmePA");
    assert!(!requests.is_empty());
    assert!(
        requests
            .iter()
            .all(|it| it.target_partner_id.as_ref().unwrap().as_str() == "acmePA")
    );
    for key in ["", "two words", "ключ"] {
        let error = builder().api_key(key).start().await.unwrap_err();
        assert!(error.to_string().contains("API key"), "{error}");
    }
}
