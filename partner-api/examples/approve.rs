//! An operator's tool: approves partner change requests and reports what is known about each.
//!
//! ```sh
//! export PARTNER_API_KEY=… PARTNER_ID=…
//! approve                      # lists the requests that wait for an approval
//! approve [--wait] ID...       # approves them, and waits for the migrations
//! ```
//!
//! `PARTNER_API_URL` is the address of another server, such as the emulator. The exit status is
//!
//! - 0 if every request is approved, and with `--wait` its migration has completed
//! - 1 if a request is not approved, or its migration failed or takes longer than an hour
//! - 2 if an approval is in doubt; run the same command again later, which is always safe

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use partner_api::builder::PartnerScope;
use partner_api::prelude::*;
use partner_api::workflows::change_requests::{Approval, ChangeRequests, Settled};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(verdict) => ExitCode::from(verdict as u8),
        Err(error) => {
            eprintln!("approve: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

/// The exit status. The largest of all requests counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Approved = 0,
    NotApproved = 1,
    InDoubt = 2,
}

async fn run() -> Result<Verdict, Box<dyn Error>> {
    let (options, ids): (Vec<_>, Vec<_>) = env::args()
        .skip(1)
        .partition(|argument| argument.starts_with('-'));
    let waits = match options.as_slice() {
        [] => false,
        [option] if option == "--wait" => true,
        _ => return Err("usage: approve [--wait] [ID]...".into()),
    };
    let client = Client::from_env()?.build()?;
    let partner_id = client.default_partner_id().ok_or("PARTNER_ID is not set")?;
    let partner = client.partner(&partner_id);
    if ids.is_empty() {
        list(&partner).await?;
        return Ok(Verdict::Approved);
    }

    let requests = ChangeRequests::new(partner);
    let mut verdict = Verdict::Approved;
    for id in &ids {
        verdict = verdict.max(approve(&requests, id).await);
    }
    if waits && verdict == Verdict::Approved {
        for id in &ids {
            verdict = verdict.max(settle(&requests, id).await);
        }
    }
    Ok(verdict)
}

/// Prints the requests that wait for an approval.
async fn list(partner: &PartnerScope) -> Result<(), partner_api::Error> {
    let filters = types::PartnerChangeRequestFilters {
        status: Some(types::PartnerChangeRequestStatus::Created),
        ..Default::default()
    };
    let list = partner.list_partner_change_requests();
    let mut waiting = list.filters(filters).stream();
    while let Some(request) = waiting.try_next().await? {
        let [id, client, partner] = [
            request.id.map(String::from),
            request.source_client_id.map(String::from),
            request.source_partner_id.map(String::from),
        ]
        .map(|id| id.unwrap_or_else(|| "?".to_owned()));
        println!("{id}  client {client} of partner {partner}");
    }
    Ok(())
}

async fn approve(requests: &ChangeRequests, id: &str) -> Verdict {
    match requests.approve(id).await {
        Ok(approval @ Approval::InDoubt { .. }) => {
            println!("{id}  {approval}");
            Verdict::InDoubt
        }
        Ok(approval) => {
            println!("{id}  {approval}");
            Verdict::Approved
        }
        Err(error) => {
            println!("{id}  not approved: {}", chain(&error));
            Verdict::NotApproved
        }
    }
}

async fn settle(requests: &ChangeRequests, id: &str) -> Verdict {
    let of = id.to_owned();
    let settled = requests
        .settle(id)
        .timeout(Duration::from_secs(3600))
        .on_look(move |request| {
            let status = request
                .status
                .as_ref()
                .map_or("without a status", AsRef::as_ref);
            eprintln!("{of}  {status}");
        })
        .await;
    match settled {
        Ok(Settled::Completed(_)) => {
            println!("{id}  completed");
            Verdict::Approved
        }
        Ok(Settled::Failed(_)) => {
            println!("{id}  the migration failed");
            Verdict::NotApproved
        }
        Err(error) => {
            println!("{id}  not settled: {}", chain(&error));
            Verdict::NotApproved
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
