//! Events as an extractor of axum, over real connections.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use partner_api::reqwest::Body;
use partner_api::webhooks::{Event, SIGNATURE_HEADER, Webhooks};

use super::{http, webhooks};

async fn kind(State(_): State<Webhooks>, event: Event) -> (StatusCode, String) {
    (StatusCode::ACCEPTED, event.kind.as_str().to_owned())
}

/// The URL of a server that responds with the kind of each event.
async fn server() -> String {
    let app = Router::new()
        .route("/", post(kind))
        .with_state(webhooks().max_body_bytes(1000));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn send(url: &str, signature: Option<String>, body: impl Into<Body>) -> (u16, String) {
    let mut request = http().post(url).body(body);
    if let Some(signature) = signature {
        request = request.header(SIGNATURE_HEADER, signature);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn requests_get_the_status_that_fits() {
    let url = server().await;
    let sign = |body: &str| Some(webhooks().sign(body.as_bytes()));
    let body = r#"{"event": "channel_live"}"#;
    assert_eq!(
        send(&url, sign(body), body).await,
        (202, "channel_live".to_owned())
    );
    let unknown = r#"{"event": "channel_sold"}"#;
    assert_eq!(send(&url, sign(unknown), unknown).await.0, 202);

    assert_eq!(send(&url, None, body).await.0, 401);
    assert_eq!(send(&url, Some("odd".into()), body).await.0, 401);
    assert_eq!(send(&url, sign(unknown), body).await.0, 401);
    assert_eq!(send(&url, sign("no JSON"), "no JSON").await.0, 400);
    assert_eq!(send(&url, sign(""), "").await.0, 400);

    let large = format!("{body}{}", " ".repeat(1000));
    assert_eq!(send(&url, sign(&large), large).await.0, 413);
}
