//! Streams of lists that change at random while they are read.
//!
//! Every client that exists throughout comes once and in order. A failure names the seed.

use std::collections::HashSet;

use fastrand::Rng;
use partner_api::prelude::*;
use partner_hub::{Fault, Hub};

use crate::support::lists::{client, clients, id, sorted_ids};

const CONCURRENCIES: std::ops::RangeInclusive<usize> = 1..=16;

/// A server whose list changes before some responses, and the limit to request: sometimes below
/// the largest page of the server, mostly above it.
async fn changing_hub(random: &mut Rng) -> (Hub, u32) {
    let cap = random.u32(2..=50);
    let limit = random.u32(1..=cap + 60);
    let hub = Hub::builder()
        .seed(random.u64(..))
        .clients(random.u32(0..=160))
        .anomaly_rate(0.0)
        .page_size(cap, cap)
        .start()
        .await
        .unwrap();
    // A large page tolerates more changes than a page of two items.
    let most = (cap.min(limit) / 4).clamp(1, 4);
    let counts = [random.u32(1..=most), random.u32(1..=most)];
    for fault in [
        Fault::InsertClients { count: counts[0] },
        Fault::RemoveClients { count: counts[1] },
    ] {
        let share = random.f64() * 0.3;
        let rule = fault.on("list_clients").probability(share);
        hub.fault(rule).unwrap();
    }
    (hub, limit)
}

fn insert(hub: &Hub) {
    hub.insert_client(types::ClientAccount::default());
}

fn remove_any(hub: &Hub, random: &mut Rng) {
    let ids = hub.client_ids(hub.partner_id());
    if let Some(id) = random.choice(&ids) {
        hub.remove_client(id);
    }
}

/// Asserts that every client that existed throughout came once and in order, and no other twice.
#[track_caller]
fn assert_nothing_lost(before: &[String], now: &[String], came: &[String], case: &str) {
    let now: HashSet<_> = now.iter().collect();
    let throughout: Vec<_> = before.iter().filter(|id| now.contains(id)).collect();
    let wanted: HashSet<_> = throughout.iter().copied().collect();
    let came_of_those: Vec<_> = came.iter().filter(|id| wanted.contains(id)).collect();
    assert_eq!(came_of_those, throughout, "{case}");
    let once: HashSet<_> = came.iter().collect();
    assert_eq!(once.len(), came.len(), "{case}: twice");
}

/// Runs a test for this many seeds at every concurrency, several in parallel.
async fn for_seeds<F: Future<Output = ()> + Send + 'static>(
    seeds: u64,
    test: impl Fn(usize, Rng, String) -> F,
) {
    let mut tests = tokio::task::JoinSet::new();
    for concurrency in CONCURRENCIES {
        for seed in 0..seeds {
            let random = Rng::with_seed(seed * 100 + concurrency as u64);
            let case = format!("concurrency {concurrency}, seed {seed}");
            tests.spawn(test(concurrency, random, case));
            if tests.len() >= 8 {
                tests.join_next().await.unwrap().unwrap();
            }
        }
    }
    while let Some(finished) = tests.join_next().await {
        finished.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_exist_throughout_come_once_and_in_order() {
    for_seeds(4, async |concurrency, mut random, case| {
        let (hub, limit) = changing_hub(&mut random).await;
        let client = client(&hub);
        let before = sorted_ids(&hub);

        let list = client.list_clients().partner_id(hub.partner_id());
        let list = list.limit(limit);
        let mut items = list.stream().concurrency(concurrency);
        let mut came = Vec::new();
        while let Some(account) = items.try_next().await.expect(&case) {
            came.push(id(&account));
            // The list changes between the requests, too.
            if random.u32(0..limit * 2) == 0 {
                insert(&hub);
                remove_any(&hub, &mut random);
            }
        }
        assert_nothing_lost(&before, &sorted_ids(&hub), &came, &case);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_stream_have_the_same_items() {
    for_seeds(3, async |concurrency, mut random, case| {
        let (hub, limit) = changing_hub(&mut random).await;
        let client = client(&hub);
        let before = sorted_ids(&hub);
        let list = client.list_clients().partner_id(hub.partner_id());
        let list = list.limit(limit);
        let pages: Vec<_> = list
            .pages()
            .concurrency(concurrency)
            .try_collect()
            .await
            .expect(&case);
        let came: Vec<_> = pages.iter().flat_map(|page| &page.items).map(id).collect();
        assert_nothing_lost(&before, &sorted_ids(&hub), &came, &case);
        assert!(
            pages.iter().skip(1).all(|page| !page.items.is_empty()),
            "{case}: only the first page may be empty"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_if_all_items_read_so_far_are_deleted() {
    for_seeds(2, async |concurrency, _, case| {
        let hub = Hub::builder().clients(60).anomaly_rate(0.0).page_size(7, 7);
        let hub = hub.start().await.unwrap();
        let client = client(&hub);
        let all = sorted_ids(&hub);
        let mut items = clients(&client, &hub).concurrency(concurrency);
        let mut came = Vec::new();
        while let Some(account) = items.try_next().await.expect(&case) {
            came.push(id(&account));
            assert!(hub.remove_client(came.last().unwrap()), "{case}");
        }
        assert_eq!(came, all, "{case}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_repeated_if_items_are_added_in_front() {
    for_seeds(1, async |concurrency, _, case| {
        let hub = Hub::builder().clients(80).anomaly_rate(0.0).page_size(9, 9);
        let hub = hub.start().await.unwrap();
        let client = client(&hub);
        let all = sorted_ids(&hub);
        let mut items = clients(&client, &hub).concurrency(concurrency);
        let mut came = Vec::new();
        while let Some(account) = items.try_next().await.expect(&case) {
            came.push(id(&account));
            if came.len() % 2 == 0 {
                // Sorts before every other id: those begin with a digit or a capital letter.
                hub.insert_client(types::ClientAccount {
                    id: Some(format!("!{:03}", came.len()).as_str().into()),
                    ..Default::default()
                });
            }
        }
        assert_eq!(came, all, "{case}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_change_requests_do_not_shift_the_others() {
    for_seeds(2, async |concurrency, mut random, case| {
        let cap = random.u32(2..=9);
        let hub = Hub::builder().seed(random.u64(..)).clients(200);
        let hub = hub
            .anomaly_rate(0.0)
            .page_size(cap, cap)
            .start()
            .await
            .unwrap();
        let client = client(&hub);
        let requests = || -> Vec<String> {
            let requests = hub.change_requests(hub.partner_id());
            let mut ids: Vec<_> = requests
                .into_iter()
                .map(|it| it.id.unwrap().into())
                .collect();
            ids.sort_unstable();
            ids
        };
        let before = requests();
        assert!(before.len() > 9, "{case}: {}", before.len());

        let list = client.list_partner_change_requests();
        let list = list.partner_id(hub.partner_id());
        let mut items = list.stream().concurrency(concurrency);
        let mut came = Vec::new();
        while let Some(request) = items.try_next().await.expect(&case) {
            came.push(request.id.unwrap().into());
            if random.u32(0..cap) == 0 {
                hub.insert_change_request(types::PartnerChangeRequest {
                    target_partner_id: Some(hub.partner_id().into()),
                    ..Default::default()
                });
            }
        }
        assert_nothing_lost(&before, &requests(), &came, &case);
    })
    .await;
}
