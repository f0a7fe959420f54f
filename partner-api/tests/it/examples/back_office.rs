//! The example `back_office`: what its callers get, also when the API fails.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use partner_api::prelude::*;
use partner_api::reqwest;
use partner_hub::{Fault, Hub, RetryAfter};
use serde_json::{Value, json};

use super::example_for;

/// The running service, which is killed at the end of the test.
struct Service {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

impl Service {
    fn start(hub: &Hub) -> Self {
        let mut command = example_for(hub, "back_office");
        let command = command.arg("127.0.0.1:0").stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let http = Client::with_api_key("unused").base_url(&url);
        let http = http.reqwest_builder().unwrap().build().unwrap();
        Self { child, url, http }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.url));
        request.send().await.unwrap()
    }

    async fn patch(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = self.http.patch(format!("{}{path}", self.url));
        request.json(body).send().await.unwrap()
    }

    async fn approve(&self, id: &str) -> (u16, Value) {
        let url = format!("{}/change-requests/{id}/approval", self.url);
        let response = self.http.post(url).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

async fn json(response: reqwest::Response) -> Value {
    response.json().await.unwrap()
}

async fn hub() -> Hub {
    let hub = Hub::builder().clients(300).anomaly_rate(0.0);
    hub.start().await.unwrap()
}

#[tokio::test]
async fn clients_are_listed_and_changed() {
    let hub = hub().await;
    let service = Service::start(&hub);
    let page = json(
        service
            .get("/clients?status=active&limit=5&sort=-created_at")
            .await,
    )
    .await;
    let clients = page["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 5);
    assert!(clients.iter().all(|client| client["status"] == "active"));
    assert!(page["total"].as_u64().unwrap() < 300);

    let id = clients[0]["id"].as_str().unwrap();
    let changed = service
        .patch(&format!("/clients/{id}"), &json!({"max_channels": 7}))
        .await;
    assert_eq!(json(changed).await["max_channels"], 7);
    assert_eq!(hub.client(id).unwrap().max_channels, Some(7));
}

#[tokio::test]
async fn errors_have_the_status_that_fits() {
    let hub = hub().await;
    let service = Service::start(&hub);
    for path in ["/clients?sort=shoe_size", "/clients?limit=0"] {
        assert_eq!(service.get(path).await.status(), 400, "{path}");
    }
    let unknown = service
        .patch("/clients/nobodyCL", &json!({"max_channels": 7}))
        .await;
    assert_eq!(unknown.status(), 404);
    let error = json(unknown).await;
    assert_eq!(error["error"], "404");
    assert!(error["trace_id"].is_string(), "{error}");

    let throttled = Fault::status_with_retry_after(429, RetryAfter::Seconds(100));
    hub.fault(throttled.on("list_clients")).unwrap();
    let response = service.get("/clients").await;
    assert_eq!(response.status(), 503);
    let wait = response.headers()["retry-after"].to_str().unwrap();
    assert!((90..=100).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    assert!(!response.text().await.unwrap().contains(hub.api_key()));
}

#[tokio::test]
async fn concurrent_approvals_of_a_request_send_one() {
    let hub = hub().await;
    let service = Service::start(&hub);
    let requests = hub.change_requests(hub.partner_id());
    let created = requests
        .iter()
        .find(|it| it.status.as_ref().is_some_and(|it| it == "created"));
    let id = created.unwrap().id.as_ref().unwrap().to_string();
    let outcomes = futures_util::future::join_all((0..30).map(|_| service.approve(&id))).await;
    let count = |outcome: &str| {
        let expected = (200, json!({"outcome": outcome}));
        outcomes
            .iter()
            .filter(|outcome| **outcome == expected)
            .count()
    };
    assert_eq!(
        (count("approved"), count("already approved")),
        (1, 29),
        "{outcomes:?}"
    );
    assert_eq!(hub.count("approve_partner_change_request"), 1);
    assert_eq!(service.approve("no-such-request").await.0, 409);
}
