//! Invalid requests of every kind get an envelope with the right status, and the server runs on.

use crate::support::{self, bare, get, own, plain, raw, request, send};
use partner_api::reqwest::{Method, header};
use partner_hub::Hub;

/// Sends bytes; returns the status and body of the only response.
async fn send_raw(hub: &Hub, bytes: &[u8]) -> (u16, String) {
    let (response, _) = raw(hub, bytes).await;
    let status = response.get(9..12).and_then(|status| status.parse().ok());
    let body = response
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    (status.unwrap_or(0), body.unwrap_or_default())
}

fn get_with(hub: &Hub, target: &str, headers: &str) -> Vec<u8> {
    format!(
        "GET {target} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\nx-api-key: {}\r\n{headers}\r\n",
        hub.api_key()
    )
    .into_bytes()
}

fn is_envelope(status: u16, body: &str) -> bool {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body["meta"]["http_code"] == status && body["meta"]["success"] == false
}

#[tokio::test]
async fn an_invalid_body_is_rejected() {
    let hub = plain().start().await.unwrap();
    let id = hub.client_ids(hub.partner_id()).remove(0);
    let client = format!("/clients/{id}");
    let deep = "[".repeat(100_000);
    for (path, body) in [
        (client.as_str(), "{"),
        (client.as_str(), "[]"),
        (client.as_str(), "null"),
        (client.as_str(), "\"string\""),
        (client.as_str(), deep.as_str()),
        (client.as_str(), r#"{"max_channels": "3"}"#),
        (client.as_str(), r#"{"max_channels": 3.5}"#),
        (client.as_str(), r#"{"max_channels": null}"#),
        (client.as_str(), r#"{"max_channels": true}"#),
        (client.as_str(), r#"{"max_channels": 1e400}"#),
        (client.as_str(), r#"{"partner_payload": 3}"#),
        (client.as_str(), r#"{"name": "other"}"#),
        ("", r#"{"webhook_url": "no address"}"#),
        ("", r#"{"webhook_url": "ftp://files.example"}"#),
        ("", r#"{"webhook_url": "http://hooks.example"}"#),
        ("", r#"{"webhook_url": "https://hooks.example:8443"}"#),
        ("", r#"{"webhook_url": "https://my_hooks.example"}"#),
        ("", r#"{"allow_client_to_add_phone_no": "yes"}"#),
        ("", r#"{"id": "otherPA"}"#),
    ] {
        let request =
            request(&hub, Method::PATCH, path).header(header::CONTENT_TYPE, "application/json");
        let response = send(request.body(body.to_owned())).await;
        assert_eq!(response.status, 400, "{:.60}: {}", body, response.text);
        assert!(response.is_envelope());
    }
    let not_utf8 =
        request(&hub, Method::PATCH, &client).header(header::CONTENT_TYPE, "application/json");
    assert_eq!(
        send(not_utf8.body(&b"{\"partner_payload\": \"\xff\"}"[..]))
            .await
            .status,
        400
    );
    let form = request(&hub, Method::PATCH, &client).form(&[("max_channels", "3")]);
    assert_eq!(send(form).await.status, 415);
    assert!(hub.client(&id).is_some());
}

#[tokio::test]
async fn an_oversized_body_is_rejected_with_and_without_a_length() {
    let hub = plain().start().await.unwrap();
    let large = vec![b' '; 3 * 1024 * 1024];
    let path = own(&hub, "");
    let announced = format!(
        "PATCH {path} HTTP/1.1\r\nhost: hub\r\ncontent-length: {}\r\n\r\n",
        large.len()
    );
    let (status, body) = send_raw(&hub, &[announced.as_bytes(), &large].concat()).await;
    assert!(
        status == 413 && is_envelope(status, &body),
        "{status} {body}"
    );

    let chunked = format!(
        "PATCH {path} HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
        large.len()
    );
    let (status, body) = send_raw(&hub, &[chunked.as_bytes(), &large].concat()).await;
    assert!(
        status == 413 && is_envelope(status, &body),
        "{status} {body}"
    );

    let admin = "POST /__hub/faults HTTP/1.1\r\nhost: hub\r\ncontent-length: 3000000\r\n\r\n";
    let (status, body) = send_raw(&hub, admin.as_bytes()).await;
    assert!(
        status == 413 && is_envelope(status, &body),
        "{status} {body}"
    );

    // A length that overflows is rejected with the headers.
    let huge = format!(
        "PATCH {path} HTTP/1.1\r\nhost: hub\r\ncontent-length: 18446744073709551614\r\n\r\n"
    );
    let (status, body) = send_raw(&hub, huge.as_bytes()).await;
    assert!(
        status == 431 && is_envelope(status, &body),
        "{status} {body}"
    );
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_get_an_envelope() {
    let hub = plain().start().await.unwrap();
    let id = hub.partner_id();
    for path in [
        "/".to_owned(),
        "/api".to_owned(),
        "/api/v2/partners".to_owned(),
        format!("/api/v2/partners/{id}/"),
        format!("/api/v2/partners/{id}/clients/"),
        format!("/api/v2/partners/{id}/../{id}"),
        format!("/api/v2/partners/{id}/clients/../../{id}"),
        "/api/v2/partners/..".to_owned(),
        "/api/v2/partners/.".to_owned(),
        "/api/v2/partners/%2e%2e".to_owned(),
        "/api/v2/partners/%2e%2e%2f%2e%2e%2fetc%2fpasswd".to_owned(),
        "/api/v2/partners/..%5c..".to_owned(),
        "//api/v2/token".to_owned(),
        "/__hub/".to_owned(),
        "/__hub/../api".to_owned(),
        "*".to_owned(),
    ] {
        let (status, body) = send_raw(&hub, &get_with(&hub, &path, "")).await;
        assert!(
            status == 404 && is_envelope(status, &body),
            "{path}: {status} {body}"
        );
    }
    for path in [
        "/api/v2/partners/%ff",
        "/api/v2/partners/%f",
        "/api/v2/partners/%zz",
    ] {
        let (status, body) = send_raw(&hub, &get_with(&hub, path, "")).await;
        assert!(
            status == 400 && is_envelope(status, &body),
            "{path}: {status} {body}"
        );
    }
    for method in ["PUT", "DELETE", "POST", "OPTIONS", "TRACE", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let response = send(request(&hub, method.clone(), "")).await;
        assert!(
            response.status == 405 && response.is_envelope(),
            "{method}: {}",
            response.text
        );
        let allow = response.headers["allow"].to_str().unwrap();
        assert!(allow.contains("GET") && allow.contains("PATCH"), "{allow}");
    }
    let token = send(bare(&hub, Method::GET, "/api/v2/token")).await;
    assert!(token.status == 405 && token.body["error"] == "invalid_request");
}

#[tokio::test]
async fn errors_from_hyper_get_an_envelope() {
    let hub = plain().start().await.unwrap();
    let many: String = (0..10_000)
        .map(|number| format!("x-{number}: y\r\n"))
        .collect();
    let (status, body) = send_raw(&hub, &get_with(&hub, "/", &many)).await;
    assert!(
        status == 431 && is_envelope(status, &body),
        "{status} {body}"
    );

    let large = format!("x-large: {}\r\n", "y".repeat(2 * 1024 * 1024));
    let (status, body) = send_raw(&hub, &get_with(&hub, "/", &large)).await;
    assert!(
        status == 431 && is_envelope(status, &body),
        "{status} {body}"
    );

    let long = format!("/{}", "y".repeat(100_000));
    let (status, body) = send_raw(&hub, &get_with(&hub, &long, "")).await;
    assert!(
        status == 414 && is_envelope(status, &body),
        "{status} {body}"
    );

    for nonsense in [
        &b"nonsense\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nhost: hub\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost hub\r\n\r\n",
        b"GET / HTTP/1.1\r\n\xff\xff: x\r\n\r\n",
        b"PATCH / HTTP/1.1\r\nhost: hub\r\ncontent-length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let (status, body) = send_raw(&hub, nonsense).await;
        let sent = String::from_utf8_lossy(nonsense);
        assert!(
            status == 400 && is_envelope(status, &body),
            "{sent:?}: {status} {body}"
        );
    }
    // A response to HEAD has no body, whoever rejects the request.
    for target in ["/a b", &long, "/"] {
        let many = if target == "/" { many.as_str() } else { "" };
        let head = format!("HEAD {target} HTTP/1.1\r\nhost: hub\r\n{many}\r\n");
        let (status, body) = send_raw(&hub, head.as_bytes()).await;
        assert!((400..500).contains(&status), "{status}");
        assert_eq!(body, "", "{status}");
    }
    // This gets no response, but does no harm either.
    let _ = raw(
        &hub,
        b"CONNECT hub:443 HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn a_client_that_disconnects_early_does_no_harm() {
    let hub = plain().start().await.unwrap();
    let whole = support::raw_get(&hub, "/clients");
    for end in (0..whole.len()).step_by(7) {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", hub.port()))
            .await
            .unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &whole[..end])
            .await
            .unwrap();
    }
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_request_times_out() {
    let hub = plain().start().await.unwrap();
    let half = format!(
        "PATCH {} HTTP/1.1\r\nhost: hub\r\ncontent-length: 10\r\n\r\n{{",
        own(&hub, "")
    );
    let (status, body) = send_raw(&hub, half.as_bytes()).await;
    assert!(
        status == 408 && is_envelope(status, &body),
        "{status} {body}"
    );
    assert_eq!(send_raw(&hub, b"GET /").await, (0, String::new()));
}
