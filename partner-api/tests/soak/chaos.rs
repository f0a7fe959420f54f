//! Changes the data, and makes the emulator misbehave.

use std::sync::Arc;

use partner_api::types::ClientAccount;
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, RetryAfter};
use tokio::time::sleep;

use crate::{CLIENTS, MILLI, Soak};

/// Adds and removes clients, and expires tokens.
pub async fn change(soak: Arc<Soak>) {
    while !soak.is_over() {
        let ids = soak.hub.client_ids(soak.hub.partner_id());
        if fastrand::usize(..2 * CLIENTS as usize) > ids.len() {
            soak.hub.insert_client(ClientAccount::default());
        } else if let Some(id) = fastrand::choice(ids) {
            soak.hub.remove_client(id);
        }
        if fastrand::u32(..200) == 0 {
            soak.hub.expire_tokens();
            soak.tally.count("change: tokens expired");
        }
        sleep(fastrand::u32(5..50) * MILLI).await;
    }
}

/// Adds faults, which strike a few times each.
pub async fn disturb(soak: Arc<Soak>) {
    const OPERATIONS: [&str; 5] = [
        "list_clients",
        "update_client",
        "approve_partner_change_request",
        "list_partner_change_requests",
        "token",
    ];
    while !soak.is_over() {
        let fault = fault();
        let rule = fault
            .on(fastrand::choice(OPERATIONS).unwrap())
            .times(fastrand::u64(1..4));
        let rule = if fastrand::bool() {
            rule.after_work()
        } else {
            rule
        };
        if soak.hub.fault(rule).is_ok() {
            soak.tally.count("fault: set");
        }
        sleep(fastrand::u32(50..400) * MILLI).await;
        if fastrand::u32(..20) == 0 {
            soak.hub.clear_faults();
        }
    }
    soak.hub.clear_faults();
}

/// Any fault but those of lists that hide items, for which the documentation of streams makes exceptions.
fn fault() -> Fault {
    let status = fastrand::choice([401, 403, 404, 408, 409, 418, 429, 500, 502, 503, 504]).unwrap();
    match fastrand::u32(..14) {
        0 => Fault::status(status),
        1 => Fault::status_with_retry_after(status, RetryAfter::Seconds(fastrand::u32(..3).into())),
        2 => Fault::status_with_body(status, ErrorBody::Html),
        3 => Fault::status_with_body(status, ErrorBody::Maintenance),
        4 => Fault::latency(fastrand::u32(1..1500) * MILLI),
        5 => Fault::refuse_connections(fastrand::u32(1..300) * MILLI),
        6 => Fault::break_connection(BreakPoint::DuringBody, CloseMode::Reset),
        7 => Fault::stuck_connection(),
        8 => Fault::wrong_content_type(),
        9 => Fault::garbage_json(),
        10 => Fault::expire_token(),
        11 => Fault::gzip_bomb(8),
        12 => Fault::insert_clients(fastrand::u32(1..50)),
        _ => Fault::short_page(fastrand::u32(1..50)),
    }
}
