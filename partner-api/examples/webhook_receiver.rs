//! Receives the events of the hub, stores them in SQLite before it responds, and handles them afterwards.
//!
//! ```sh
//! WEBHOOK_SECRET=… cargo run -p partner-api --features axum --example webhook_receiver -- \
//!     events.sqlite 127.0.0.1:8080
//! ```
//!
//! It can be killed at any time: an event is stored before the hub gets a 2xx, so no event is lost, and an
//! event that arrives again is stored once. An event is handled in the same transaction that marks it as
//! handled, so a channel that becomes ready is set up once, however often and in whatever order the hub
//! reports it.

use std::env;
use std::error::Error;
use std::thread;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;
use partner_api::webhooks::{Event, Webhooks};
use rusqlite::{Connection, Transaction, params};
use tokio::sync::{mpsc, oneshot};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments
        .next()
        .ok_or("usage: webhook_receiver FILE [ADDRESS]")?;
    let address = arguments.next().unwrap_or("127.0.0.1:8080".into());
    let secret = env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET")?;

    let (sender, receiver) = mpsc::channel(1000);
    let service = Service {
        webhooks: Webhooks::new([secret])?,
        events: sender,
    };
    let mut database = Connection::open(file)?;
    database.execute_batch(SCHEMA)?;
    thread::spawn(move || {
        if let Err(error) = work(&mut database, receiver) {
            // Without its database the service must not respond with 2xx, so it ends.
            eprintln!("{error}");
            std::process::exit(1);
        }
    });

    let app = Router::new()
        .route("/webhooks", post(receive))
        .with_state(service);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/webhooks", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

#[derive(Clone)]
struct Service {
    webhooks: Webhooks,
    events: mpsc::Sender<Received>,
}

/// The extractor of events takes what verifies them from the state.
impl FromRef<Service> for Webhooks {
    fn from_ref(service: &Service) -> Self {
        service.webhooks.clone()
    }
}

/// A verified event, and where to report that it is stored.
struct Received {
    event: Event,
    stored: oneshot::Sender<()>,
}

/// Responds with 204 once the event is stored, also if it is not known here. Otherwise the hub sends it
/// again.
async fn receive(State(service): State<Service>, event: Event) -> StatusCode {
    let (stored, is_stored) = oneshot::channel();
    if service.events.try_send(Received { event, stored }).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    match is_stored.await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS events (
        number INTEGER PRIMARY KEY,
        dedup_key TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        ready_channel TEXT,
        body BLOB NOT NULL,
        is_handled INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS open_events ON events (number) WHERE is_handled = 0;
    CREATE TABLE IF NOT EXISTS channels (
        id TEXT PRIMARY KEY,
        set_up_by TEXT NOT NULL
    );
";

/// Stores the events that arrive, and handles them when none is waiting.
fn work(database: &mut Connection, mut events: mpsc::Receiver<Received>) -> rusqlite::Result<()> {
    // Those that an earlier process stored.
    while handle_some(database)? {}
    let mut batch = Vec::new();
    // All events that wait are stored in one transaction, because each transaction waits for the disk.
    while events.blocking_recv_many(&mut batch, 100) > 0 {
        let transaction = database.transaction()?;
        for Received { event, .. } in &batch {
            store(&transaction, event)?;
        }
        transaction.commit()?;
        for Received { stored, .. } in batch.drain(..) {
            // The request may be gone.
            let _ = stored.send(());
        }
        while events.is_empty() && handle_some(database)? {}
    }
    Ok(())
}

fn store(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let channel = event.readiness().and_then(|readiness| readiness.channel_id);
    transaction.execute(
        "INSERT INTO events (dedup_key, kind, ready_channel, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        params![event.dedup_key(), event.kind.as_str(), channel, event.raw()],
    )?;
    Ok(())
}

/// Handles the oldest events. Returns whether there were any.
fn handle_some(database: &mut Connection) -> rusqlite::Result<bool> {
    let transaction = database.transaction()?;
    let open: Vec<(i64, String, Option<String>)> = transaction
        .prepare(
            "SELECT number, dedup_key, ready_channel FROM events WHERE is_handled = 0
             ORDER BY number LIMIT 100",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (number, dedup_key, ready_channel) in &open {
        if let Some(channel) = ready_channel {
            set_up(&transaction, channel, dedup_key)?;
        }
        let sql = "UPDATE events SET is_handled = 1 WHERE number = ?1";
        transaction.execute(sql, [number])?;
    }
    transaction.commit()?;
    Ok(!open.is_empty())
}

/// Sets up a channel that may be ready, once.
///
/// Work outside of the database, such as creating the channel's API key, cannot be part of the
/// transaction. Record here that it has to be done, let one task do it, and look at the channel before it
/// is done again: a new key revokes the one before.
fn set_up(transaction: &Transaction<'_>, channel: &str, event: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO channels (id, set_up_by) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    if transaction.execute(sql, [channel, event])? == 1 {
        println!("channel {channel} is set up");
    }
    Ok(())
}
