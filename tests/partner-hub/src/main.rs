//! The program `partner-hub`, which runs the emulator from a shell.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use partner_api::Timestamp;
use partner_hub::{FaultRule, Hub, HubBuilder};
use serde_json::{Value, json};

/// A local emulator of the 360dialog Partner API.
#[derive(Debug, Parser)]
#[command(name = "partner-hub")]
struct Arguments {
    /// Address to listen on, such as 0.0.0.0 in a container
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into())]
    host: IpAddr,
    /// Port; 0 for a free one
    #[arg(long, default_value_t = 8360)]
    port: u16,
    /// Port of the admin paths; 0 for a free one [default: that of the API]
    #[arg(long)]
    admin_port: Option<u16>,
    /// Print one line of JSON when the emulator is ready
    #[arg(long)]
    json: bool,
    /// Number of clients of the partner
    #[arg(long, default_value_t = 50)]
    clients: u32,
    /// Seed of all data, credentials and random choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Data in place of generated data, as GET /__hub/data exports it
    #[arg(long, value_name = "FILE", value_parser = data, conflicts_with = "clients")]
    data: Option<Value>,
    /// Id of the partner
    #[arg(long, value_name = "ID")]
    partner_id: Option<String>,
    /// API key of the partner
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// User of the partner
    #[arg(long)]
    username: Option<String>,
    /// Password of the user
    #[arg(long)]
    password: Option<String>,
    /// Time at the start, such as 2026-03-01T09:30:00Z; only POST /__hub/advance advances it then
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<SystemTime>,
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
    /// Omit `expires_in` from the response of the token endpoint
    #[arg(long)]
    no_expires_in: bool,
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

fn data(path: &str) -> Result<Value, String> {
    let file = File::open(Path::new(path)).map_err(|error| error.to_string())?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| error.to_string())
}

fn time(value: &str) -> Result<SystemTime, String> {
    let time = Timestamp::from(value).to_system_time();
    time.ok_or_else(|| "expected a time such as 2026-03-01T09:30:00Z".to_owned())
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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let result = runtime.block_on(run(arguments));
            // Work in progress, such as the generation of many clients, does not delay the end.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("partner-hub: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let (json, separate) = (arguments.json, arguments.admin_port.is_some());
    let mut stop = pin!(stop_signal()?);
    let hub = tokio::select! {
        hub = builder(arguments).start() => hub?,
        () = &mut stop => return Ok(()),
    };
    // The output may be closed, as by `head -1`; the emulator runs on.
    let _ = if json {
        print_json(&hub)
    } else {
        print(&hub, separate)
    };
    stop.await;
    Ok(())
}

fn builder(arguments: Arguments) -> HubBuilder {
    let mut builder = Hub::builder()
        .host(arguments.host)
        .port(arguments.port)
        .clients(arguments.clients)
        .seed(arguments.seed)
        .anomaly_rate(arguments.anomaly_rate)
        .page_size(arguments.page, arguments.page_max)
        .recorded_bytes(arguments.record_bytes)
        .token_lifetime(Duration::from_secs(arguments.token_lifetime))
        .migration_time(arguments.migration);
    if arguments.no_expires_in {
        builder = builder.without_expires_in();
    }
    builder = set(builder, HubBuilder::admin_port, arguments.admin_port);
    builder = set(builder, HubBuilder::data, arguments.data);
    builder = set(builder, HubBuilder::now, arguments.now);
    builder = set(builder, HubBuilder::partner_id, arguments.partner_id);
    builder = set(builder, HubBuilder::api_key, arguments.api_key);
    builder = set(builder, HubBuilder::username, arguments.username);
    builder = set(builder, HubBuilder::password, arguments.password);
    arguments.fault.into_iter().fold(builder, HubBuilder::fault)
}

/// Changes a setting if the argument was given.
fn set<T>(builder: HubBuilder, set: fn(HubBuilder, T) -> HubBuilder, to: Option<T>) -> HubBuilder {
    match to {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Waits for Ctrl-C or SIGTERM, from the call on.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

fn print_json(hub: &Hub) -> io::Result<()> {
    let line = json!({
        "url": hub.url(),
        "admin_url": hub.admin_url(),
        "partner_id": hub.partner_id(),
        "api_key": hub.api_key(),
        "username": hub.username(),
        "password": hub.password(),
    });
    writeln!(io::stdout(), "{line}")
}

fn print(hub: &Hub, separate_admin: bool) -> io::Result<()> {
    let (key, url, partner) = (hub.api_key(), hub.url(), hub.partner_id());
    let mut out = io::stdout().lock();
    writeln!(out, "URL       {url}")?;
    if separate_admin {
        writeln!(out, "Admin     {}", hub.admin_url())?;
    }
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
