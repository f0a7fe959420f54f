//! Which connection a request is sent over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[cfg(feature = "http2")]
use partner_api::CallOptions;
use partner_api::prelude::*;
use partner_api::{ClientBuilder, Error, RetryPolicy};
use tokio::runtime::{Builder, Runtime};

use crate::support::counting_server::{Conduct, Server};

/// A runtime that runs only while something blocks on it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn client_of(url: String) -> ClientBuilder {
    let brief = Duration::from_millis(1);
    Client::with_api_key("key")
        .base_url(url)
        .attempt_timeout(Duration::from_secs(2))
        .retry_policy(RetryPolicy::max(2).backoff(brief, brief))
}

async fn get(client: &Client) -> Result<(), Error> {
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.map(drop)
}

#[test]
fn connections_of_a_runtime_that_nobody_drives_are_not_used() {
    let server = Server::start(|_| Conduct::Respond);
    let client = client_of(server.url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let not_driven = runtime();
    not_driven.block_on(get(&client)).unwrap();
    for opened in 2..5 {
        let other = runtime();
        other.block_on(get(&client)).unwrap();
        let approval = client.approve_partner_change_request();
        let approval = approval.partner_id("Kq3vTzPA").pcr_id("abcPCR").send();
        other.block_on(approval).unwrap();
        assert_eq!(server.opened(), opened, "one connection for both");
        drop(other);
    }
    not_driven.block_on(get(&client)).unwrap();
    assert_eq!(server.opened(), 4, "the first connection is used again");
}

#[test]
fn calls_and_clones_on_one_runtime_share_a_connection() {
    let server = Server::start(|_| Conduct::Respond);
    let client = client_of(server.url()).build().unwrap();
    let runtime = runtime();
    for _ in 0..5 {
        let clone = client.clone();
        runtime.block_on(async move {
            get(&clone).await.unwrap();
            tokio::spawn(async move { get(&clone).await.unwrap() })
                .await
                .unwrap();
        });
    }
    assert_eq!((server.opened(), server.requests()), (1, 10));
}

#[test]
fn runtimes_that_call_in_turn_keep_their_connections() {
    let server = Server::start(|_| Conduct::Respond);
    let client = client_of(server.url()).build().unwrap();
    let runtimes: Vec<_> = (0..20).map(|_| runtime()).collect();
    for _ in 0..3 {
        for runtime in &runtimes {
            runtime.block_on(get(&client)).unwrap();
        }
    }
    assert_eq!(server.opened(), 20);
}

#[test]
fn a_runtime_for_each_call_leaves_a_bounded_number_of_connections() {
    let server = Server::start(|_| Conduct::Respond);
    let client = client_of(server.url()).build().unwrap();
    let not_driven: Vec<_> = (0..300)
        .map(|_| {
            let runtime = runtime();
            runtime.block_on(get(&client)).unwrap();
            runtime
        })
        .collect();
    let latest = not_driven.last().unwrap();
    latest.block_on(get(&client)).unwrap();
    assert_eq!(server.opened(), 300, "the latest keeps its connection");
    not_driven[0].block_on(get(&client)).unwrap();
    assert_eq!(server.opened(), 301, "the first had to go");
}

#[test]
fn a_client_is_configured_for_each_runtime() {
    let server = Server::start(|_| Conduct::Respond);
    let configured = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&configured);
    let address = server.address;
    let client = Client::with_api_key("key")
        .base_url(format!("http://hub.test:{}", address.port()))
        .danger_allow_http()
        .configure_http(move |http| {
            count.fetch_add(1, Ordering::SeqCst);
            http.no_proxy().resolve("hub.test", address)
        })
        .build()
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| runtime().block_on(get(&client)).unwrap());
        }
    });
    assert_eq!(configured.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_request_that_timed_out_closes_its_connection() {
    let server = Server::start(|nth| match nth {
        0 => Conduct::Hang,
        _ => Conduct::Respond,
    });
    let client = client_of(server.url())
        .attempt_timeout(Duration::from_millis(700))
        .build()
        .unwrap();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.unwrap();
    assert_eq!((server.opened(), server.requests()), (2, 2));
    let closed = async {
        while server.closed() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed)
        .await
        .unwrap();
}

#[cfg(feature = "http2")]
mod http2 {
    use tokio::net::TcpListener;

    use super::*;

    /// An HTTP/2 server on the runtime of the test whose first connection never responds.
    struct Http2Server {
        url: String,
        connections: Arc<AtomicUsize>,
    }

    impl Http2Server {
        async fn first_hangs(replies_to_pings: bool) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let connections = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&connections);
            tokio::spawn(async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
                    tokio::spawn(async move {
                        if is_first && !replies_to_pings {
                            let _open = stream;
                            return std::future::pending().await;
                        }
                        let mut connection = h2::server::handshake(stream).await.unwrap();
                        let mut hanging = Vec::new();
                        while let Some(Ok((request, mut respond))) = connection.accept().await {
                            if is_first {
                                hanging.push((request, respond));
                                continue;
                            }
                            let response = http::Response::new(());
                            let mut body = respond.send_response(response, false).unwrap();
                            body.send_data("{}".into(), true).unwrap();
                        }
                    });
                }
            });
            Self { url, connections }
        }

        fn client(&self) -> ClientBuilder {
            client_of(self.url.clone()).configure_http(|http| http.http2_prior_knowledge())
        }

        fn connections(&self) -> usize {
            self.connections.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn a_retry_after_a_timeout_uses_another_connection() {
        for replies_to_pings in [true, false] {
            let server = Http2Server::first_hangs(replies_to_pings).await;
            let client = server
                .client()
                .attempt_timeout(Duration::from_millis(700))
                .build()
                .unwrap();
            get(&client).await.unwrap();
            get(&client).await.unwrap();
            assert_eq!(server.connections(), 2);
        }
    }

    #[tokio::test]
    async fn after_a_timed_out_call_the_next_uses_another_connection() {
        let server = Http2Server::first_hangs(true).await;
        let client = server.client().build().unwrap();
        let hurried = CallOptions::new().timeout(Duration::from_millis(200));
        let call = client.get_partner().partner_id("Kq3vTzPA");
        assert!(call.send_with(hurried).await.unwrap_err().is_timeout());
        get(&client).await.unwrap();
        assert_eq!(server.connections(), 2);
    }

    #[tokio::test]
    async fn many_timeouts_of_one_connection_replace_it_once() {
        let server = Http2Server::first_hangs(true).await;
        let client = server
            .client()
            .attempt_timeout(Duration::from_secs(2))
            .build()
            .unwrap();
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { get(&client).await })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        get(&client).await.unwrap();
        assert_eq!(server.connections(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_ping_replies_is_replaced_long_before_the_timeout() {
        let server = Http2Server::first_hangs(false).await;
        let client = server
            .client()
            .attempt_timeout(Duration::from_secs(3600))
            .timeout(Duration::from_secs(2 * 3600))
            .build()
            .unwrap();
        let start = tokio::time::Instant::now();
        get(&client).await.unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{:?}",
            start.elapsed()
        );
    }
}
