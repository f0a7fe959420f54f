//! The life cycle of a partner change request: `created`, then `pending` once it is approved, then
//! `completed`, or `failed` if the source partner no longer has the client.
//!
//! There is no background task: each access to the state first completes the migrations that are due.

use std::time::Duration;

use partner_api::types::{PartnerChangeRequest, PartnerChangeRequestStatus};

use crate::api::response::ApiError;
use crate::clock::Clock;
use crate::seed::extra::Extra;
use crate::store::rows::{ChangeRequestRow, ClientRow};
use crate::store::state::{Pending, State};

/// Starts the migration and returns the request's JSON.
pub(crate) fn approve(
    state: &mut State,
    clock: &Clock,
    migration_time: Duration,
    partner_id: &str,
    id: &str,
) -> Result<String, ApiError> {
    let unknown = || ApiError::not_found("Partner change request not found");
    let partner = state.partner_mut(partner_id).ok_or_else(unknown)?;
    let row = partner.change_requests.get(id).ok_or_else(unknown)?;
    let row = row.row();
    let status = row.request.status.as_ref().map_or("", |it| it.as_str());
    if status != "created" {
        let reason = format!("Partner change request cannot be approved: it is `{status}`");
        return Err(ApiError::bad_request(reason)
            .field("status", format!("must be `created`, is `{status}`")));
    }
    let (due, timestamp) = (clock.after(migration_time), clock.timestamp());
    let json = partner.change_requests.update(id, |row| {
        row.request.status = Some(PartnerChangeRequestStatus::Pending);
        row.request.modified_at = Some(timestamp);
    });
    state.pending.push(Pending {
        due,
        partner_id: partner_id.to_owned(),
        id: id.to_owned(),
    });
    json.ok_or_else(unknown)
}

/// Adds a request, with a generated id if it has none, and approves it if the partner's settings ask
/// for automatic approval.
pub(crate) fn insert(
    state: &mut State,
    clock: &Clock,
    migration_time: Duration,
    mut request: PartnerChangeRequest,
) -> Option<String> {
    let number = state.next_inserted();
    let id = request
        .id
        .get_or_insert_with(|| state.generator.change_request_id(number))
        .clone();
    request
        .status
        .get_or_insert(PartnerChangeRequestStatus::Created);
    request.created_at.get_or_insert_with(|| clock.timestamp());
    request.modified_at.get_or_insert_with(|| clock.timestamp());
    let target = request.target_partner_id.clone()?;
    let partner = state.partner_mut(target.as_str())?;
    partner.change_requests.insert(ChangeRequestRow {
        request,
        extra: Extra::new(),
    });
    let automatic = partner
        .partner
        .settings
        .as_ref()
        .and_then(|settings| settings.partner_change_request.as_ref()?.auto_approve);
    if automatic == Some(true) {
        // Only a request that is not `created` fails, and that one is not to be approved.
        let _ = approve(state, clock, migration_time, target.as_str(), id.as_str());
    }
    Some(id.into())
}

/// Completes every migration that is due.
pub(crate) fn complete_due(state: &mut State, clock: &Clock) {
    let now = clock.now();
    state.pending.sort_by_key(|pending| pending.due);
    while state
        .pending
        .first()
        .is_some_and(|pending| pending.due <= now)
    {
        let pending = state.pending.remove(0);
        complete(state, clock, &pending.partner_id, &pending.id);
    }
}

/// Moves the client and sets the status to `completed`, or to `failed` if that is impossible.
fn complete(state: &mut State, clock: &Clock, target: &str, id: &str) {
    let Some(row) = state
        .partner(target)
        .and_then(|partner| partner.change_requests.get(id))
    else {
        return;
    };
    let request = row.row().request.clone();
    if request.status != Some(PartnerChangeRequestStatus::Pending) {
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

/// Sets the status of a request, whatever it was.
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
        row.request.status = Some(status.into());
        row.request.modified_at = Some(timestamp);
    })
}

fn move_client(
    state: &mut State,
    clock: &Clock,
    target: &str,
    request: &PartnerChangeRequest,
) -> Option<()> {
    let client_id = request.source_client_id.as_ref()?.as_str();
    let source = state.partner_mut(request.source_partner_id.as_ref()?.as_str())?;
    let mut row = source.clients.remove(client_id)?.row().into_owned();
    row.account.modified_at = Some(clock.timestamp());
    state.partner_mut(target)?.clients.insert(row);
    Some(())
}

/// Performs a partial migration: moves some channels to a copy of the client.
fn move_channels(
    state: &mut State,
    clock: &Clock,
    target: &str,
    request: &PartnerChangeRequest,
) -> Option<()> {
    let client_id = request.source_client_id.as_ref()?.as_str();
    let copy_id = request.target_client_id.as_ref()?.as_str();
    let source = state.partner_mut(request.source_partner_id.as_ref()?.as_str())?;
    let row = source.clients.get(client_id)?.row().into_owned();
    let channels = state.channels(client_id)?;
    let (mut moved, kept): (Vec<_>, Vec<_>) =
        std::mem::take(channels)
            .into_iter()
            .partition(|(channel, _)| {
                channel
                    .id
                    .as_ref()
                    .is_some_and(|id| request.migrated_channels.contains(id))
            });
    *channels = kept;
    for (channel, _) in &mut moved {
        channel.client_id = Some(copy_id.into());
    }
    let mut account = row.account;
    account.id = Some(copy_id.into());
    account.modified_at = Some(clock.timestamp());
    let copy = ClientRow {
        account,
        extra: row.extra,
        number: None,
    };
    state.partner_mut(target)?.clients.insert(copy);
    state.channels(copy_id)?.extend(moved);
    Some(())
}
