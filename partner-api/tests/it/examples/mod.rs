//! The programs in `examples`, against the emulator.

mod back_office;
mod sync_to_sqlite;

use std::process::Command;

use partner_hub::Hub;

use crate::support::example::example;

/// An example that works for the partner of this emulator.
fn example_for(hub: &Hub, name: &str) -> Command {
    let mut command = example(name);
    command
        .env("PARTNER_API_URL", hub.url())
        .env("PARTNER_API_KEY", hub.api_key())
        .env("PARTNER_ID", hub.partner_id());
    command
}
