//! `partner-hub`: the emulator, for a shell.

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
    #[arg(long, default_value_t = 0.05)]
    odd_share: f64,
    /// Rows of a page where no limit is asked for
    #[arg(long, default_value_t = 20)]
    page: u32,
    /// Rows of a page at most
    #[arg(long, default_value_t = 100)]
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

    println!("URL       {}", hub.url());
    println!("Partner   {}", hub.partner_id());
    println!("API key   {}", hub.api_key());
    println!("User      {}", hub.username());
    println!("Password  {}", hub.password());
    println!();
    println!(
        "curl -H 'X-API-Key: {}' '{}/api/v2/partners/{}/clients?limit=2&sort=-created_at'",
        hub.api_key(),
        hub.url(),
        hub.partner_id(),
    );
    println!();
    println!("Ctrl-C stops it.");
    if tokio::signal::ctrl_c().await.is_err() {
        // No signal can be had here: run until somebody ends the process.
        std::future::pending::<()>().await;
    }
    Ok(())
}
