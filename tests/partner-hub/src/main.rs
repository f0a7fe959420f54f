//! `partner-hub`: the emulator, for a shell.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use partner_hub::{FaultRule, Hub, HubError};

/// A local emulator of the 360dialog Partner API.
#[derive(Debug, Parser)]
#[command(name = "partner-hub")]
struct Arguments {
    /// Port of 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8360)]
    port: u16,
    /// How many clients the partner has
    #[arg(long, default_value_t = 50)]
    clients: u32,
    /// What all data, keys and chances are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of odd data, from 0 to 1: nulls, unknown values, extra fields
    #[arg(long, default_value_t = 0.05, value_parser = share)]
    odd_share: f64,
    /// Rows of a page where no limit is asked for
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Rows of a page at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    page_max: u32,
    /// Seconds that a token lives
    #[arg(long, default_value_t = 86_400)]
    token_lifetime: u64,
    /// Seconds from the approval of a change request to its completion
    #[arg(long, default_value = "2", value_parser = seconds)]
    migration: Duration,
    /// A fault, as JSON; may be given more than once
    #[arg(long, value_parser = fault, value_name = "JSON")]
    fault: Vec<FaultRule>,
}

fn fault(text: &str) -> Result<FaultRule, String> {
    serde_json::from_str(text).map_err(|error| {
        format!(r#"{error}; expected such as {{"operation": "list_clients", "nth": 2, "fault": {{"kind": "status", "status": 429}}}}"#)
    })
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("partner-hub: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), HubError> {
    let mut builder = Hub::builder()
        .port(arguments.port)
        .clients(arguments.clients)
        .seed(arguments.seed)
        .odd_share(arguments.odd_share)
        .page_size(arguments.page, arguments.page_max)
        .token_lifetime(Duration::from_secs(arguments.token_lifetime))
        .migration_time(arguments.migration);
    for rule in arguments.fault {
        builder = builder.fault(rule);
    }
    let hub = builder.start().await?;

    // Whoever does not read it, as `head -1` does not, can have the hub all the same.
    let _ = print(&hub);
    if tokio::signal::ctrl_c().await.is_err() {
        // No signal can be had here: run until somebody ends the process.
        std::future::pending::<()>().await;
    }
    Ok(())
}

fn print(hub: &Hub) -> io::Result<()> {
    let (key, url, partner) = (hub.api_key(), hub.url(), hub.partner_id());
    let mut out = io::stdout().lock();
    writeln!(out, "URL       {url}")?;
    writeln!(out, "Partner   {partner}")?;
    writeln!(out, "API key   {key}")?;
    writeln!(out, "User      {}", hub.username())?;
    writeln!(out, "Password  {}", hub.password())?;
    writeln!(out)?;
    writeln!(
        out,
        "curl -H 'X-API-Key: {key}' '{url}/api/v2/partners/{partner}/clients?limit=2&sort=-created_at'"
    )?;
    writeln!(out)?;
    writeln!(out, "Ctrl-C stops it.")
}
