//! The program `partner-hub`, which runs the emulator from a shell.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use partner_hub::{FaultRule, Hub, HubError};

/// A local emulator of the 360dialog Partner API.
#[derive(Debug, Parser)]
#[command(name = "partner-hub")]
struct Arguments {
    /// Port on 127.0.0.1; 0 for a free one
    #[arg(long, default_value_t = 8360)]
    port: u16,
    /// Number of clients of the partner
    #[arg(long, default_value_t = 50)]
    clients: u32,
    /// Seed of all data, credentials and random choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of values with an anomaly of the real API, from 0 to 1: nulls, unknown values, extra fields
    #[arg(long, default_value_t = 0.05, value_parser = share)]
    anomaly_rate: f64,
    /// Rows of a page if a request has no `limit`
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Maximum rows of a page
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    page_max: u32,
    /// Lifetime of a token in seconds
    #[arg(long, default_value_t = 86_400)]
    token_lifetime: u64,
    /// Seconds from the approval of a change request to its completion
    #[arg(long, default_value = "2", value_parser = seconds)]
    migration: Duration,
    /// Memory for the record of requests in bytes; the oldest are dropped first
    #[arg(long, default_value_t = 64 * 1024 * 1024)]
    record_bytes: usize,
    /// A fault as JSON; can be repeated
    #[arg(long, value_parser = fault, value_name = "JSON")]
    fault: Vec<FaultRule>,
}

fn fault(json: &str) -> Result<FaultRule, String> {
    serde_json::from_str(json).map_err(|error| {
        format!(r#"{error}; example: {{"operation": "list_clients", "nth": 2, "fault": {{"kind": "status", "status": 429}}}}"#)
    })
}

fn share(value: &str) -> Result<f64, String> {
    match value.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn seconds(value: &str) -> Result<Duration, String> {
    let seconds: f64 = value
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
        .anomaly_rate(arguments.anomaly_rate)
        .page_size(arguments.page, arguments.page_max)
        .recorded_bytes(arguments.record_bytes)
        .token_lifetime(Duration::from_secs(arguments.token_lifetime))
        .migration_time(arguments.migration);
    for rule in arguments.fault {
        builder = builder.fault(rule);
    }
    let hub = builder.start().await?;

    // The output may be closed, as by `head -1`; the emulator runs on.
    let _ = print(&hub);
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals, run until the process is ended.
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
