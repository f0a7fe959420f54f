//! Errors of a stream: it returns one error and ends; an invalid request is never sent.

use std::fmt::Debug;

use futures_core::Stream;
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use partner_hub::{Fault, Hub};
use serde_json::json;

use crate::support::lists::{self, client};

async fn hub() -> Hub {
    let hub = Hub::builder().clients(60).anomaly_rate(0.0);
    hub.page_size(10, 10).start().await.unwrap()
}

/// The number of items before the error, which must be the last item of the stream.
async fn end<T: Debug>(mut stream: impl Stream<Item = Result<T, Error>> + Unpin) -> (usize, Error) {
    let mut came = 0;
    let error = loop {
        match stream.try_next().await {
            Ok(Some(_)) => came += 1,
            Ok(None) => panic!("no error after {came}"),
            Err(error) => break error,
        }
    };
    for _ in 0..3 {
        let more = stream.try_next().await;
        assert!(matches!(more, Ok(None)), "{more:?}");
    }
    (came, error)
}

#[tokio::test]
async fn an_invalid_list_request_fails_once_and_is_never_sent() {
    let hub = hub().await;
    let client = client(&hub);
    let list = || client.list_clients().partner_id(hub.partner_id());
    let requests = || client.list_partner_change_requests();
    for (items, reason) in [
        (list().limit(0).stream(), "limit: is 0"),
        (list().limit(-3).stream(), "limit: is -3"),
        (list().offset(-1).stream(), "offset: is -1"),
        (list().sort("no_such_key").stream(), "no_such_key"),
        (list().partner_id("..").stream(), "partner_id"),
        (list().partner_id("").stream(), "partner_id"),
        (client.list_clients().stream(), "partner_id: is required"),
        (client.partner("..").list_clients().stream(), "partner_id"),
        (list().limit(0).stream().concurrency(8), "limit: is 0"),
        (list().limit(0).stream().start_at(7), "limit: is 0"),
    ] {
        let (came, error) = end(items).await;
        assert_eq!((came, error.operation()), (0, Some("list_clients")));
        let is_rejected = matches!(error.kind(), ErrorKind::InvalidRequest(_));
        assert!(is_rejected && error.attempts() == 0, "{error:?}");
        assert!(error.to_string().contains(reason), "{error} has {reason}");
    }
    for pages in [
        requests().partner_id("x").limit(0).pages(),
        requests().partner_id("a/../b").sort("nothing").pages(),
        requests().pages(),
    ] {
        let (came, error) = end(pages).await;
        assert_eq!(came, 0);
        let is_rejected = matches!(error.kind(), ErrorKind::InvalidRequest(_));
        assert!(is_rejected, "{error:?}");
    }
    assert_eq!(hub.requests(), []);
}

#[tokio::test]
async fn the_list_of_another_partner_is_one_403() {
    let hub = hub().await;
    let client = client(&hub);
    let other = hub.partners()[1].partner_id.as_str();
    let items = client.partner(other).list_clients().stream();
    let (came, error) = end(items.concurrency(8)).await;
    assert_eq!((came, error.status().unwrap().as_u16()), (0, 403));
    assert!(error.trace_id().is_some(), "{error:?}");
    let pages = client.partner(other).list_clients().pages();
    assert_eq!(end(pages).await.1.status().unwrap(), 403);
    assert_eq!(hub.requests().len(), 2);
}

#[tokio::test]
async fn items_before_an_error_are_returned() {
    for concurrency in [1, 2, 8] {
        let hub = hub().await;
        let client = client(&hub);
        hub.fault(Fault::status(403).on("list_clients").nth(4))
            .unwrap();
        let list = client.list_clients().partner_id(hub.partner_id());
        let (came, error) = end(list.stream().concurrency(concurrency)).await;
        assert_eq!(error.status().unwrap(), 403);
        // With several requests in flight, any page may be the fourth to arrive.
        let whole_pages = [10, 19, 28, 37, 46, 55];
        assert!(whole_pages.contains(&came), "{came}");
        if concurrency == 1 {
            assert_eq!((came, hub.count("list_clients")), (28, 4));
        }
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_decoded_names_the_place() {
    let hub = lists::ListServer::new(|request| match request.offset {
        0 => json!({"total": 30, "clients": lists::items(0..10)}),
        _ => json!({"total": 30, "clients": [{"id": "0009CL"}, {"max_channels": "many"}]}),
    })
    .await;
    let client = hub.client();
    let list = client.list_clients().partner_id("xPA");
    let (came, error) = end(list.stream().concurrency(1)).await;
    assert_eq!(came, 10);
    let ErrorKind::Decode { path, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(path.as_deref(), Some("clients[1].max_channels"));
    assert_eq!(hub.requests().len(), 2);
}

#[tokio::test]
async fn an_unreachable_server_is_a_connection_error() {
    let hub = hub().await;
    let client = Client::with_api_key(hub.api_key()).base_url(hub.url());
    let client = client
        .retry_policy(partner_api::RetryPolicy::none())
        .build()
        .unwrap();
    let list = client.list_clients().partner_id(hub.partner_id());
    let mut items = list.stream();
    items.try_next().await.unwrap().unwrap();
    hub.refuse_connections();
    let (came, error) = end(items).await;
    assert_eq!(came, 9);
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
}
