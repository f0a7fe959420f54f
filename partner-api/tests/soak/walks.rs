//! Reads the list of clients while it changes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use partner_api::prelude::*;
use partner_api::{Cursor, Page};

use crate::Soak;

pub async fn run(soak: Arc<Soak>, client: Client) {
    while !soak.is_over() {
        let mut before = soak.hub.client_ids(soak.hub.partner_id());
        before.sort();
        let walked = walk(&soak, &client).await;
        match walked {
            Ok(ids) => {
                let after: HashSet<_> = soak
                    .hub
                    .client_ids(soak.hub.partner_id())
                    .into_iter()
                    .collect();
                let throughout = before.iter().filter(|id| after.contains(*id));
                check(&ids, throughout);
                soak.tally.count("walk: whole");
            }
            Err(error) => soak.failed("walk", &error).await,
        }
    }
}

/// All ids, read by one process or by two.
async fn walk(soak: &Soak, client: &Client) -> Result<Vec<String>, partner_api::Error> {
    let scope = client.partner(soak.hub.partner_id());
    let list = scope.list_clients().limit(fastrand::u32(20..=200));
    let concurrency = fastrand::usize(1..=4);
    if fastrand::bool() {
        let accounts: Vec<_> = list.stream().concurrency(concurrency).try_collect().await?;
        return Ok(ids(accounts));
    }
    let mut pages = list.clone().pages().concurrency(concurrency);
    let mut read = Vec::new();
    let mut cursor = None;
    for _ in 0..fastrand::usize(1..=5) {
        let Some(page) = pages.try_next().await? else {
            return Ok(read);
        };
        cursor = Some(stored(&page));
        read.extend(ids(page.items));
    }
    drop(pages);
    let cursor: Cursor = serde_json::from_str(&cursor.unwrap()).unwrap();
    let rest: Vec<_> = list.stream().resume(cursor).try_collect().await?;
    soak.tally.count("walk: resumed");
    read.extend(ids(rest));
    Ok(read)
}

fn stored<T>(page: &Page<T>) -> String {
    serde_json::to_string(&page.cursor()).unwrap()
}

fn ids(accounts: Vec<types::ClientAccount>) -> Vec<String> {
    let id = |account: types::ClientAccount| account.id.unwrap().to_string();
    accounts.into_iter().map(id).collect()
}

/// Every client that was there throughout came once, and in order; no client came twice.
fn check<'a>(ids: &[String], throughout: impl Iterator<Item = &'a String>) {
    let mut places = HashMap::new();
    for (place, id) in ids.iter().enumerate() {
        assert!(places.insert(id, place).is_none(), "{id} came twice");
    }
    let mut last = None;
    for id in throughout {
        let place = *places.get(id).unwrap_or_else(|| panic!("{id} is missing"));
        assert!(last < Some(place), "{id} is out of order");
        last = Some(place);
    }
}
