//! Copies all clients of a partner to an SQLite database, such as each night.
//!
//! ```sh
//! PARTNER_API_KEY=… PARTNER_ID=… cargo run -p partner-api --example sync_to_sqlite -- clients.sqlite
//! ```
//!
//! If the process is killed, the next run continues where it was: each page is stored together with its
//! cursor, in one transaction. Clients that are no longer in the list are deleted at the end.

use std::env;
use std::error::Error;

use partner_api::prelude::*;
use partner_api::{Cursor, ErrorKind, Page};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: sync_to_sqlite FILE")?;
    let client = Client::from_env()?.build()?;
    let partner_id = client.default_partner_id().ok_or("set PARTNER_ID")?;
    let partner = client.partner(&partner_id);

    let mut database = Connection::open(path)?;
    database.execute_batch(SCHEMA)?;
    let copy = Copy {
        partner_id: partner_id.as_str(),
    };
    loop {
        let stored = copy.cursor(&database)?;
        let is_resumed = stored.is_some();
        let mut pages = partner.list_clients().limit(100).pages();
        if let Some(cursor) = stored {
            pages = pages.resume(cursor);
        }
        let finished = async {
            let mut seen = 0;
            while let Some(page) = pages.try_next().await? {
                seen += page.items.len();
                let total = page.total;
                copy.store(&mut database, page)?;
                eprintln!(
                    "{seen} clients in this run, of {}",
                    total.unwrap_or_default()
                );
            }
            Ok::<(), Box<dyn Error>>(())
        };
        match finished.await {
            Ok(()) => break,
            Err(error) if is_resumed && must_restart(&*error) => {
                eprintln!("{error}");
                copy.start_again(&database)?;
            }
            Err(error) => return Err(error),
        }
    }
    let (kept, deleted) = copy.finish(&mut database)?;
    println!("{kept} clients, {deleted} deleted");
    Ok(())
}

/// Whether the list has to be read from its beginning: it changed too much since the last run, or the
/// cursor is not of this list.
fn must_restart(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<partner_api::Error>();
    let kind = error.map(partner_api::Error::kind);
    matches!(
        kind,
        Some(ErrorKind::ListChanged | ErrorKind::InvalidRequest { .. })
    )
}

/// A client has the number of the last copy that saw it. The cursor is there while a copy is not
/// finished.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS clients (
        partner_id TEXT NOT NULL,
        id TEXT NOT NULL,
        copy INTEGER NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (partner_id, id)
    );
    CREATE TABLE IF NOT EXISTS copies (
        partner_id TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        cursor TEXT
    );
";

/// The copy of one partner's clients.
struct Copy<'a> {
    partner_id: &'a str,
}

impl Copy<'_> {
    /// Where an unfinished copy continues.
    fn cursor(&self, database: &Connection) -> Result<Option<Cursor>, Box<dyn Error>> {
        let stored: Option<Option<String>> = database
            .query_row(
                "SELECT cursor FROM copies WHERE partner_id = ?1",
                [self.partner_id],
                |row| row.get(0),
            )
            .optional()?;
        // A later version of this program may have stored a cursor that this one cannot read.
        Ok(stored
            .flatten()
            .and_then(|json| serde_json::from_str(&json).ok()))
    }

    fn start_again(&self, database: &Connection) -> rusqlite::Result<()> {
        // What the unfinished copy saw may have been deleted since.
        let sql = "UPDATE copies SET number = number + 1, cursor = NULL WHERE partner_id = ?1";
        database.execute(sql, [self.partner_id]).map(drop)
    }

    /// Stores the clients of a page, and its cursor.
    fn store(
        &self,
        database: &mut Connection,
        page: Page<types::ClientAccount>,
    ) -> Result<(), Box<dyn Error>> {
        let cursor = serde_json::to_string(&page.cursor())?;
        let transaction = database.transaction()?;
        let number = self.number(&transaction)?;
        for account in page.items {
            let id = account.id.as_ref().ok_or("a client has no id")?;
            transaction.execute(
                "INSERT INTO clients (partner_id, id, copy, json) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET copy = excluded.copy, json = excluded.json",
                params![
                    self.partner_id,
                    id.as_str(),
                    number,
                    serde_json::to_string(&account)?
                ],
            )?;
        }
        transaction.execute(
            "INSERT INTO copies (partner_id, number, cursor) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
            params![self.partner_id, number, cursor],
        )?;
        Ok(transaction.commit()?)
    }

    /// Deletes the clients that this copy did not see. Returns how many there are, and how many were
    /// deleted.
    fn finish(&self, database: &mut Connection) -> rusqlite::Result<(i64, usize)> {
        let transaction = database.transaction()?;
        let number = self.number(&transaction)?;
        let deleted = transaction.execute(
            "DELETE FROM clients WHERE partner_id = ?1 AND copy <> ?2",
            params![self.partner_id, number],
        )?;
        transaction.execute(
            "UPDATE copies SET number = number + 1, cursor = NULL WHERE partner_id = ?1",
            [self.partner_id],
        )?;
        let kept = transaction.query_row(
            "SELECT count(*) FROM clients WHERE partner_id = ?1",
            [self.partner_id],
            |row| row.get(0),
        )?;
        transaction.commit()?;
        Ok((kept, deleted))
    }

    fn number(&self, transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
        let sql = "SELECT number FROM copies WHERE partner_id = ?1";
        let number = transaction.query_row(sql, [self.partner_id], |row| row.get(0));
        Ok(number.optional()?.unwrap_or(1))
    }
}
