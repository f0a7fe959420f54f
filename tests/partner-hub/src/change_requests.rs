//! The life of a partner change request: `created`, `pending` once it is approved, and after a
//! while `completed`, or `failed` when the client is no longer where it was.
//!
//! Nothing runs meanwhile: whoever looks at the hub first settles what is due.

use std::time::Duration;

use partner_api::types::PartnerChangeRequest;

use crate::clock::Clock;
use crate::envelope::Problem;
use crate::rows::{ChangeRequestRow, ClientRow, Extra};
use crate::state::{Pending, State};

/// Starts the migration and returns the request's JSON.
pub(crate) fn approve(
    state: &mut State,
    clock: &Clock,
    migration: Duration,
    partner_id: &str,
    id: &str,
) -> Result<String, Problem> {
    let unknown = || Problem::not_found("Partner change request not found");
    let partner = state.partner_mut(partner_id).ok_or_else(unknown)?;
    let row = partner.change_requests.get(id).ok_or_else(unknown)?;
    let status = row.request.status.as_deref().unwrap_or_default();
    if status != "created" {
        let reason = format!("Partner change request cannot be approved: it is `{status}`");
        return Err(Problem::bad_request(reason)
            .field("status", format!("must be `created`, is `{status}`")));
    }
    let (due, timestamp) = (clock.after(migration), clock.timestamp());
    let json = partner.change_requests.update(id, |row| {
        row.request.status = Some("pending".to_owned());
        row.request.modified_at = Some(timestamp);
    });
    state.pending.push(Pending {
        due,
        partner_id: partner_id.to_owned(),
        id: id.to_owned(),
    });
    json.ok_or_else(unknown)
}

/// Adds a request, with an id if it has none; it is approved at once where the partner wants that.
pub(crate) fn insert(
    state: &mut State,
    clock: &Clock,
    migration: Duration,
    mut request: PartnerChangeRequest,
) -> Option<String> {
    let number = state.next_number();
    let id = request
        .id
        .get_or_insert_with(|| state.data.change_request_id(number | 1 << 36))
        .clone();
    request.status.get_or_insert_with(|| "created".to_owned());
    request.created_at.get_or_insert_with(|| clock.timestamp());
    request.modified_at.get_or_insert_with(|| clock.timestamp());
    let target = request.target_partner_id.clone()?;
    let partner = state.partner_mut(&target)?;
    partner
        .change_requests
        .insert(ChangeRequestRow::new(request, Extra::new()));
    let automatic = partner
        .partner
        .settings
        .as_ref()
        .and_then(|settings| settings.partner_change_request.as_ref()?.auto_approve);
    if automatic == Some(true) {
        // It was inserted as `created` or is not to be approved.
        let _ = approve(state, clock, migration, &target, &id);
    }
    Some(id.into())
}

/// Ends every migration that has had its time.
pub(crate) fn settle(state: &mut State, clock: &Clock) {
    let now = clock.now();
    state.pending.sort_by_key(|pending| pending.due);
    while state
        .pending
        .first()
        .is_some_and(|pending| pending.due <= now)
    {
        let pending = state.pending.remove(0);
        finish(state, clock, &pending.partner_id, &pending.id);
    }
}

/// Ends a migration: moves the client, or says that it failed.
fn finish(state: &mut State, clock: &Clock, target: &str, id: &str) {
    let Some(row) = state
        .partner(target)
        .and_then(|partner| partner.change_requests.get(id))
    else {
        return;
    };
    let request = row.request.clone();
    if request.status.as_deref() != Some("pending") {
        return;
    }
    let moved = match request.is_full_migration {
        Some(false) => move_channels(state, clock, target, &request),
        _ => move_client(state, clock, target, &request),
    };
    let status = if moved.is_some() {
        "completed"
    } else {
        "failed"
    };
    set_status(state, clock, target, id, status);
}

/// Ends a request with a status, whatever it was.
pub(crate) fn set_status(
    state: &mut State,
    clock: &Clock,
    target: &str,
    id: &str,
    status: &str,
) -> Option<String> {
    let timestamp = clock.timestamp();
    let partner = state.partner_mut(target)?;
    partner.change_requests.update(id, |row| {
        row.request.status = Some(status.to_owned());
        row.request.modified_at = Some(timestamp);
    })
}

fn move_client(
    state: &mut State,
    clock: &Clock,
    target: &str,
    request: &PartnerChangeRequest,
) -> Option<()> {
    let client_id = request.source_client_id.as_deref()?;
    let source = state.partner_mut(request.source_partner_id.as_deref()?)?;
    let mut row = source.clients.remove(client_id)?;
    row.account.modified_at = Some(clock.timestamp());
    state.partner_mut(target)?.clients.insert(row);
    Some(())
}

/// A partial migration: a copy of the client gets some of its channels.
fn move_channels(
    state: &mut State,
    clock: &Clock,
    target: &str,
    request: &PartnerChangeRequest,
) -> Option<()> {
    let client_id = request.source_client_id.as_deref()?;
    let copy_id = request.target_client_id.as_deref()?;
    let source = state.partner_mut(request.source_partner_id.as_deref()?)?;
    let row = source.clients.get(client_id)?.clone();
    let channels = state.channels(client_id)?;
    let (mut moved, stay): (Vec<_>, Vec<_>) =
        std::mem::take(channels)
            .into_iter()
            .partition(|(channel, _)| {
                channel
                    .id
                    .as_ref()
                    .is_some_and(|id| request.migrated_channels.contains(id))
            });
    *channels = stay;
    for (channel, _) in &mut moved {
        channel.client_id = Some(copy_id.into());
    }
    let mut account = row.account;
    account.id = Some(copy_id.into());
    account.modified_at = Some(clock.timestamp());
    let copy = ClientRow::new(account, row.extra, None);
    state.partner_mut(target)?.clients.insert(copy);
    state.channels(copy_id)?.extend(moved);
    Some(())
}
