//! How long a call may take and how large its response may be.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, ErrorKind, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, Fault, Hub};

use crate::support::calls::{APPROVAL, Subject, call};
use crate::support::clock::Clock;
use crate::support::raw_server::{Server, Then, chunk};

const TINY: Duration = Duration::from_millis(1);
const SHORT: Duration = Duration::from_millis(200);

fn client(url: &str) -> ClientBuilder {
    Client::with_api_key("key")
        .base_url(url)
        .retry_policy(RetryPolicy::max(2).backoff(TINY, TINY))
}

async fn failed(client: &Client, operation: &str, options: CallOptions) -> Error {
    call(client, &Subject::any(), operation, options)
        .await
        .unwrap_err()
}

/// An address that neither accepts nor refuses connections, because its backlog is full.
#[cfg(target_os = "linux")]
fn full_queue() -> (std::net::SocketAddr, Vec<socket2::Socket>) {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets = vec![listener];
    for _ in 0..8 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&address);
        sockets.push(socket);
    }
    (address.as_socket().unwrap(), sockets)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connect_timeout_is_retried_for_every_operation() {
    let (address, _sockets) = full_queue();
    let client = client(&format!("http://{address}"))
        .connect_timeout(SHORT)
        .build()
        .unwrap();
    for operation in ["get_partner", APPROVAL] {
        let error = failed(&client, operation, CallOptions::new()).await;
        assert!(
            matches!(error.kind(), ErrorKind::Connection(_)),
            "{error:?}"
        );
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(error.attempts(), 3, "{error}");
        assert!(!error.is_outcome_unknown(), "nothing was sent: {error}");
    }
}

#[tokio::test]
async fn an_attempt_ends_at_its_timeout() {
    let silent = Server::start([], Then::Stall).await;
    let client = client(&silent.url())
        .attempt_timeout(SHORT)
        .build()
        .unwrap();
    let error = failed(&client, "get_partner", CallOptions::new()).await;
    assert!(
        matches!(error.kind(), ErrorKind::Timeout(SHORT)),
        "{error:?}"
    );
    assert!(error.is_timeout());
    assert_eq!((error.attempts(), silent.requests()), (3, 3));
    assert!(error.elapsed() >= 3 * SHORT, "{error:?}");
}

#[tokio::test]
async fn a_trickling_response_does_not_extend_an_attempt() {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    // An endless sequence of chunks without pauses.
    let endless = Server::start([head, chunk(b" ")], Then::Repeat).await;
    let client = client(&endless.url())
        .attempt_timeout(SHORT)
        .max_response_bytes(usize::MAX)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let error = failed(&client, "get_partner", CallOptions::new()).await;
    assert!(
        matches!(error.kind(), ErrorKind::Timeout(SHORT)),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_covers_all_attempts_together() {
    let (minute, step) = (Duration::from_secs(60), Duration::from_millis(100));
    let hub = Hub::builder().start().await.unwrap();
    hub.fault(Fault::status(503).on("get_partner").nth(1))
        .unwrap();
    hub.fault(Fault::break_connection(
        BreakPoint::BeforeHeaders,
        CloseMode::Stall,
    ))
    .unwrap();
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .attempt_timeout(Duration::from_secs(25))
        .timeout(minute)
        .build()
        .unwrap();
    let clock = Clock::stop();
    let call = failed(&client, "get_partner", CallOptions::new());
    let error = clock.run(step, call).await;
    // One attempt fails immediately, two take 25 seconds each, and one gets the rest.
    assert_eq!((error.attempts(), hub.count("get_partner")), (4, 4));
    assert!(matches!(*error.kind(), ErrorKind::Timeout(limit) if limit == minute));
    assert!(error.is_timeout());
    let bounds = minute..=minute + step;
    assert!(bounds.contains(&error.elapsed()), "{error:?}");
    assert!(bounds.contains(&clock.elapsed()), "{:?}", clock.elapsed());
}

#[tokio::test]
async fn a_timeout_of_an_approval_leaves_its_outcome_unknown() {
    let silent = Server::start([], Then::Stall).await;
    let client = client(&silent.url()).timeout(SHORT).build().unwrap();
    let error = failed(&client, APPROVAL, CallOptions::new()).await;
    assert!(
        matches!(error.kind(), ErrorKind::Timeout(SHORT)),
        "{error:?}"
    );
    assert!(error.is_outcome_unknown());
    assert_eq!(silent.requests(), 1);
}

#[tokio::test]
async fn a_timeout_during_the_login_leaves_the_approval_unsent() {
    let silent = Server::start([], Then::Stall).await;
    let client = Client::with_login("owner@shop.example", "secret")
        .base_url(silent.url())
        .timeout(SHORT)
        .build()
        .unwrap();
    let error = failed(&client, APPROVAL, CallOptions::new()).await;
    assert!(error.is_timeout(), "{error:?}");
    assert!(!error.is_outcome_unknown());
    assert_eq!(error.attempts(), 0);
}

#[tokio::test]
async fn a_call_can_have_a_shorter_timeout_than_its_client() {
    let silent = Server::start([], Then::Stall).await;
    // Half a minute and two minutes.
    let client = client(&silent.url()).build().unwrap();
    for (options, attempts) in [
        (CallOptions::new().attempt_timeout(SHORT), 3),
        (CallOptions::new().timeout(SHORT), 1),
        (
            CallOptions::new()
                .attempt_timeout(SHORT)
                .retry_policy(RetryPolicy::none()),
            1,
        ),
    ] {
        let error = failed(&client, "get_partner", options.clone()).await;
        assert!(
            matches!(error.kind(), ErrorKind::Timeout(SHORT)),
            "{error:?}"
        );
        assert_eq!(error.attempts(), attempts, "{options:?}");
    }
}

#[tokio::test]
async fn a_call_can_have_a_longer_timeout_than_its_client() {
    let hub = Hub::builder().start().await.unwrap();
    let late = Fault::Latency {
        ms: 100,
        jitter_ms: 0,
    };
    hub.fault(late).unwrap();
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .attempt_timeout(TINY)
        .timeout(TINY)
        .build()
        .unwrap();
    let minute = Duration::from_secs(60);
    let options = CallOptions::new().attempt_timeout(minute).timeout(minute);
    call(&client, &Subject::of(&hub), "get_partner", options)
        .await
        .unwrap();
}

/// A partner as JSON of this many bytes.
fn partner(bytes: usize) -> Vec<u8> {
    let (start, end) = (r#"{"id": ""#, r#""}"#);
    let filling = bytes - start.len() - end.len();
    format!("{start}{}{end}", "x".repeat(filling)).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Servers that send a body in each transfer encoding.
async fn servers(body: &[u8]) -> [(&'static str, Server); 5] {
    let lines = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n").into_bytes();
    let length = |body: &[u8]| format!("content-length: {}", body.len());
    let chunks: Vec<u8> = body
        .chunks(1000)
        .flat_map(chunk)
        .chain(chunk(b""))
        .collect();
    let zipped = gzip(body);
    let sized = lines(&length(body));
    let packed = lines(&format!("{}\r\ncontent-encoding: gzip", length(&zipped)));
    let chunked = lines("transfer-encoding: chunked");
    let packed_chunks = lines("transfer-encoding: chunked\r\ncontent-encoding: gzip");
    let mut packed_chunk = chunk(&zipped);
    packed_chunk.extend(chunk(b""));
    let closing = lines("connection: close");
    [
        (
            "plain",
            Server::start([sized, body.to_vec()], Then::Stall).await,
        ),
        ("gzip", Server::start([packed, zipped], Then::Stall).await),
        (
            "chunked",
            Server::start([chunked, chunks], Then::Stall).await,
        ),
        (
            "chunked gzip",
            Server::start([packed_chunks, packed_chunk], Then::Stall).await,
        ),
        (
            "closing",
            Server::start([closing, body.to_vec()], Then::Close).await,
        ),
    ]
}

#[tokio::test]
async fn a_response_may_have_max_response_bytes_and_no_more() {
    for bytes in [100, 5_000, 300_000] {
        for (name, server) in servers(&partner(bytes)).await {
            for (limit, fits) in [
                (bytes, true),
                (bytes + 1, true),
                (bytes - 1, false),
                (0, false),
            ] {
                let client = client(&server.url())
                    .max_response_bytes(limit)
                    .build()
                    .unwrap();
                let before = server.requests();
                let result =
                    call(&client, &Subject::any(), "get_partner", CallOptions::new()).await;
                assert_eq!(server.requests() - before, 1, "{name}, {bytes}, {limit}");
                match result {
                    Ok(_) => assert!(fits, "{name}, {bytes}, {limit}"),
                    Err(error) => {
                        assert!(!fits, "{name}, {bytes}, {limit}: {error}");
                        let is_reported = matches!(*error.kind(), ErrorKind::ResponseTooLarge { limit: reported } if reported == limit);
                        assert!(is_reported, "{error:?}");
                        assert_eq!(error.status().unwrap(), 200);
                        assert!(error.to_string().contains("max_response_bytes"), "{error}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_endless_response_ends_at_the_limit() {
    let body = chunk(&[b' '; 1000]);
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let endless = Server::start([head, body], Then::Repeat).await;
    let client = client(&endless.url())
        .max_response_bytes(1_000_000)
        .build()
        .unwrap();
    for operation in ["get_partner", APPROVAL] {
        let error = failed(&client, operation, CallOptions::new()).await;
        assert!(
            matches!(error.kind(), ErrorKind::ResponseTooLarge { .. }),
            "{error:?}"
        );
        assert_eq!(error.is_outcome_unknown(), operation == APPROVAL);
    }
}

#[tokio::test]
async fn a_false_content_length_takes_no_memory() {
    let server = Server::sending(
        "200 OK\r\ncontent-length: 1000000000000000",
        partner(1_000_000),
    )
    .await;
    let client = client(&server.url()).build().unwrap();
    let error = failed(&client, "get_partner", CallOptions::new()).await;
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
    assert_eq!(error.attempts(), 3, "the rest may come another time");
}

#[tokio::test]
async fn a_huge_or_broken_error_body_hides_no_status() {
    let envelope = br#"{"meta": {"developer_message": "No."}}"#;
    let mut padded = envelope.to_vec();
    padded.resize(1024 * 1024, b' ');
    let head = |lines: &str| format!("HTTP/1.1 403 Forbidden\r\n{lines}\r\n\r\n").into_bytes();
    let chunked = head("transfer-encoding: chunked");
    let packed = head("content-encoding: gzip");
    let cases = [
        ("whole", vec![head(""), envelope.to_vec()], Then::Close),
        ("huge", vec![head(""), padded.clone()], Then::Close),
        ("packed", vec![packed.clone(), gzip(&padded)], Then::Close),
        (
            "not packed at all",
            vec![packed, envelope.to_vec()],
            Then::Close,
        ),
        (
            "endless",
            vec![chunked.clone(), chunk(&[b' '; 1000])],
            Then::Repeat,
        ),
        (
            "not chunked at all",
            vec![chunked, b"zz".to_vec()],
            Then::Close,
        ),
        (
            "cut off",
            vec![head("content-length: 1000"), envelope.to_vec()],
            Then::Close,
        ),
    ];
    for (name, parts, then) in cases {
        let server = Server::start(parts, then).await;
        let client = client(&server.url()).build().unwrap();
        let error = failed(&client, APPROVAL, CallOptions::new()).await;
        assert!(matches!(error.kind(), ErrorKind::Api), "{name}: {error:?}");
        assert_eq!(error.status().unwrap(), 403, "{name}");
        assert!(error.is_auth() && !error.is_outcome_unknown(), "{name}");
        let message = (name == "whole").then_some("No.");
        assert_eq!(error.developer_message(), message, "{name}");
        assert_eq!(server.requests(), 1, "{name}");
    }
}
