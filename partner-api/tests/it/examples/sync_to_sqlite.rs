//! The example `sync_to_sqlite`: a copy is whole, although the process is killed and the API fails.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use partner_hub::{BreakPoint, CloseMode, Fault, Hub};
use rusqlite::Connection;

use super::example_for;
use crate::support::folder::Folder;

const CLIENTS: u32 = 20_000;

/// Starts the example and kills it once it has stored this many pages.
fn run_and_kill(hub: &Hub, database: &Path, pages: usize) {
    let mut command = example_for(hub, "sync_to_sqlite");
    let mut child = command
        .arg(database)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(lines.take(pages).count(), pages);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Runs the example to its end; returns what it printed.
fn run(hub: &Hub, database: &Path) -> String {
    let output = example_for(hub, "sync_to_sqlite")
        .arg(database)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains(hub.api_key()));
    String::from_utf8(output.stdout).unwrap()
}

/// The clients of a database, by their ids.
fn copied(database: &Path) -> BTreeMap<String, String> {
    let database = Connection::open(database).unwrap();
    let mut rows = database.prepare("SELECT id, json FROM clients").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// The clients of the emulator, by their ids.
fn published(hub: &Hub) -> BTreeMap<String, String> {
    let ids = hub.client_ids(hub.partner_id()).into_iter();
    ids.map(|id| {
        let json = serde_json::to_string(&hub.client(&id).unwrap()).unwrap();
        (id, json)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_copy_that_is_killed_twice_is_resumed_and_exact() {
    let hub = Hub::builder().clients(CLIENTS).anomaly_rate(0.0);
    let hub = hub.start().await.unwrap();
    hub.fault(Fault::status(503).on("list_clients").every(37))
        .unwrap();
    let broken = Fault::break_connection(BreakPoint::DuringBody, CloseMode::Reset);
    hub.fault(broken.on("list_clients").every(53)).unwrap();
    let folder = Folder::new();
    let database = folder.join("clients.sqlite");
    tokio::task::spawn_blocking(move || {
        run_and_kill(&hub, &database, 60);
        let after_one = copied(&database).len();
        assert!(
            (6_000..CLIENTS as usize).contains(&after_one),
            "{after_one}"
        );
        run_and_kill(&hub, &database, 70);
        let after_two = copied(&database).len();
        assert!(
            (after_one + 6_000..CLIENTS as usize).contains(&after_two),
            "{after_two}"
        );

        assert_eq!(
            run(&hub, &database),
            format!("{CLIENTS} clients, 0 deleted\n")
        );
        assert_eq!(copied(&database), published(&hub));
        // The pages of three runs, those that failed, and few more that overlap.
        let requests = hub.count("list_clients");
        assert!(requests < 230, "{requests}");

        for id in hub.client_ids(hub.partner_id()).iter().step_by(1_000) {
            assert!(hub.remove_client(id));
        }
        let left = CLIENTS - 20;
        assert_eq!(
            run(&hub, &database),
            format!("{left} clients, 20 deleted\n")
        );
        assert_eq!(copied(&database), published(&hub));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_copy_starts_again_if_it_cannot_be_resumed() {
    let hub = Hub::builder().clients(1_000).anomaly_rate(0.0);
    let hub = hub.start().await.unwrap();
    let folder = Folder::new();
    let database = folder.join("clients.sqlite");
    tokio::task::spawn_blocking(move || {
        hub.fault(Fault::latency(std::time::Duration::from_millis(50)).on("list_clients"))
            .unwrap();
        run_and_kill(&hub, &database, 3);
        // All that the first run has seen is gone.
        let stored = copied(&database);
        for id in stored.keys() {
            assert!(hub.remove_client(id));
        }
        let left = 1_000 - stored.len();
        assert_eq!(
            run(&hub, &database),
            format!("{left} clients, {} deleted\n", stored.len())
        );
        assert_eq!(copied(&database), published(&hub));
    })
    .await
    .unwrap();
}
