//! How much memory a response may take, whatever its shape.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use serde_json::{Value, json};
use tokio::runtime::Builder;

const MIB: usize = 1024 * 1024;

/// A server on a thread of its own, so that its allocations are not counted.
struct Server {
    url: String,
    body: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let body = Arc::new(Mutex::new(Vec::new()));
        let sent = Arc::clone(&body);
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let _ = connection.read(&mut [0; 8192]);
                let body = sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\n\r\n";
                let _ = connection.write_all(head.as_bytes());
                let _ = connection.write_all(&body);
            }
        });
        Self { url, body }
    }

    /// Makes a call that gets this response. Returns its error, and its peak memory.
    fn call(&self, body: &[u8], limit: usize, call: Call) -> (Option<Error>, usize) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        *self.body.lock().unwrap() = encoder.finish().unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = Client::with_api_key("key").base_url(&self.url);
        let client = client.max_response_bytes(limit).build().unwrap();
        let mut error = None;
        let counted = allocation_counter::measure(|| {
            error = runtime.block_on(async {
                match call {
                    Call::Page => client.list_clients().partner_id("xPA").send().await.err(),
                    Call::Stream => {
                        let list = client.list_clients().partner_id("xPA").stream();
                        list.allow_incomplete()
                            .concurrency(1)
                            .try_next()
                            .await
                            .err()
                    }
                    Call::Array => {
                        let list = client.list_shared_client_numbers();
                        list.partner_id("xPA").client_id("xCL").send().await.err()
                    }
                    Call::Request => {
                        let request = client.request(Method::GET, "/any");
                        request.send::<Value>().await.err()
                    }
                    Call::RequestList => {
                        let request = client.request(Method::GET, "/any");
                        let list = request.list::<Value>("items").stream();
                        list.allow_incomplete()
                            .concurrency(1)
                            .try_next()
                            .await
                            .err()
                    }
                }
            });
        });
        (error, usize::try_from(counted.bytes_max).unwrap())
    }
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Page,
    Stream,
    Array,
    Request,
    RequestList,
}

/// JSON that takes much memory per byte: its head, an item to repeat, and its tail.
const HOSTILE: [(Call, &str, &str, &str); 18] = [
    (Call::Page, r#"{"total":0,"clients":["#, "{}", "]}"),
    (
        Call::Page,
        r#"{"total":0,"clients":["#,
        r#"{"created_by":{"":0}}"#,
        "]}",
    ),
    (Call::Page, r#"{"total":0,"clients":["#, "null", "]}"),
    (Call::Page, r#"{"clients":[],"filters":{"a":["#, "0", "]}}"),
    (
        Call::Page,
        r#"{"clients":[],"filters":{"a":["#,
        r#""a""#,
        "]}}",
    ),
    (
        Call::Page,
        r#"{"clients":[],"filters":{"a":["#,
        "[0]",
        "]}}",
    ),
    (
        Call::Page,
        r#"{"clients":[],"filters":{"a":["#,
        r#"{"":0}"#,
        "]}}",
    ),
    (Call::Page, r#"{"clients":[],"sort":["#, r#""""#, "]}"),
    (Call::Stream, r#"{"total":9,"clients":["#, "{}", "]}"),
    (Call::Stream, r#"{"total":9,"clients":["#, "null", "]}"),
    (Call::Array, "[", "{}", "]"),
    (Call::Array, "[", r#"{"setup_info":{}}"#, "]"),
    (Call::Request, "[", r#"{"":0}"#, "]"),
    (Call::Request, "[", "[0]", "]"),
    (
        Call::RequestList,
        r#"{"total":9,"items":["#,
        r#"{"id":0}"#,
        "]}",
    ),
    (
        Call::RequestList,
        r#"{"total":9,"items":["#,
        r#"{"id":{}}"#,
        "]}",
    ),
    (Call::RequestList, r#"{"total":9,"items":["#, "0", "]}"),
    (Call::RequestList, r#"{"total":9,"items":["#, "null", "]}"),
];

fn hostile(head: &str, item: &str, tail: &str, bytes: usize) -> Vec<u8> {
    let mut body = head.to_owned();
    while body.len() + item.len() + tail.len() < bytes {
        body.push_str(item);
        body.push(',');
    }
    body.push_str(item);
    body.push_str(tail);
    body.into_bytes()
}

#[test]
fn memory_is_bounded_for_any_response_shape() {
    let (server, limit) = (Server::start(), MIB);
    for (call, head, item, tail) in HOSTILE {
        // The longest body that is decoded takes the most memory.
        let (mut decoded, mut rejected) = (0, limit);
        let mut most = 0;
        while rejected - decoded > rejected / 16 {
            let bytes = decoded.midpoint(rejected);
            let body = hostile(head, item, tail, bytes);
            let (error, peak) = server.call(&body, limit, call);
            most = most.max(peak);
            match error {
                None => decoded = bytes,
                Some(error) => {
                    let is_known = matches!(*error.kind(), ErrorKind::ResponseTooLarge { .. });
                    assert!(is_known, "{item}: {error:?}");
                    assert_eq!(error.status().unwrap(), 200);
                    rejected = bytes;
                }
            }
        }
        assert!(
            rejected < limit,
            "{item}: all of {limit} bytes were decoded"
        );
        let times = most as f64 / limit as f64;
        assert!(times < 5.0, "{item}: {times:.1} times the limit");
    }
}

#[test]
fn a_small_compressed_response_does_not_become_gigabytes() {
    let server = Server::start();
    let body = hostile(r#"{"clients":["#, "{}", "]}", 8 * MIB);
    let limit = 64 * MIB;
    let (error, peak) = server.call(&body, limit, Call::Page);
    let error = error.expect("an error");
    assert!(
        matches!(*error.kind(), ErrorKind::ResponseTooLarge { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("max_response_bytes"), "{error}");
    assert!(peak <= limit, "{} MiB", peak / MIB);
}

#[test]
fn a_page_of_a_thousand_clients_is_decoded() {
    let client = json!({
        "id": "abcCL",
        "name": "Häuser & Söhne, [Berlin] {GmbH}",
        "contact_info": {"city": "Berlin", "country": "DE", "email": "office@shop.example"},
        "contact_user": {"name": "Ada", "email": "ada@shop.example", "phone": "+491234567"},
        "created_by": {"user_id": "1", "user_name": "ada"},
        "modified_by": {"user_id": "1", "user_name": "ada"},
        "meta_info": {"about": "Shop"},
        // Braces and commas within a string do not count as structure.
        "partner_payload": "{\"items\": [1, 2, 3], \"quote\": \"\\\"\"}".repeat(40),
    });
    let body = json!({"total": 1000, "clients": vec![client; 1000]}).to_string();
    let server = Server::start();
    for limit in [64 * MIB, 5 * MIB] {
        let (error, _) = server.call(body.as_bytes(), limit, Call::Page);
        assert!(error.is_none(), "{limit} {} {error:?}", body.len());
    }
}
