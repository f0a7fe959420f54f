//! A list that is read on one runtime after another, and from within a credentials provider.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{Credential, ErrorKind};
use partner_hub::{Fault, Hub};
use tokio::runtime::{Builder, Runtime};

use crate::support::lists::{id, sorted_ids};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_list_continues_on_another_runtime() {
    let server = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let hub = Hub::builder().clients(60).anomaly_rate(0.0).start();
    let hub = server.block_on(hub).unwrap();
    let (ms, jitter_ms) = (20, 0);
    hub.fault(Fault::Latency { ms, jitter_ms }.on("list_clients"))
        .unwrap();
    for is_shut_down in [false, true] {
        let client = Client::with_api_key(hub.api_key())
            .base_url(hub.url())
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        let list = client.list_clients().partner_id(hub.partner_id());
        let mut items = list.limit(10).stream().concurrency(3);
        let mut given = Vec::new();
        let mut first = Some(runtime());
        for _ in 0..10 {
            let item = first.as_ref().unwrap().block_on(items.try_next());
            given.push(id(&item.unwrap().unwrap()));
        }
        if is_shut_down {
            first.take();
        }
        runtime().block_on(async {
            let rest = async {
                while let Some(item) = items.try_next().await.unwrap() {
                    given.push(id(&item));
                }
            };
            let rest = tokio::time::timeout(Duration::from_secs(10), rest).await;
            rest.expect("the list continues");
        });
        assert_eq!(given, sorted_ids(&hub));
    }
}

#[tokio::test]
async fn a_provider_that_reads_a_list_of_its_own_client_is_an_error() {
    let own: Arc<OnceLock<Client>> = Arc::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let (cell, count) = (Arc::clone(&own), Arc::clone(&calls));
    let provider = move || {
        let (cell, count) = (Arc::clone(&cell), Arc::clone(&count));
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            let list = cell.get().unwrap().list_clients().partner_id("xPA");
            list.stream().try_next().await?;
            Ok(Credential::api_key("key")?)
        }
    };
    let client = Client::with_credentials(provider)
        .base_url("http://127.0.0.1:9")
        .timeout(Duration::from_secs(2))
        .build()
        .unwrap();
    own.set(client.clone()).unwrap();
    let call = client.get_partner().partner_id("xPA").send().await;
    let error = call.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Credentials(_)),
        "{error:?}"
    );
    assert!(error.to_string().contains("uses its own client"), "{error}");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
