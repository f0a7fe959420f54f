//! The life cycle of a partner change request: `created`, then `pending` once it is approved, then
//! `completed`, or `failed` if the source partner no longer has the client.
//!
//! There is no background task: each access to the state first completes the migrations that are due.

use std::time::Duration;

use partner_api::Timestamp;
use partner_api::types::{PartnerChangeRequest, PartnerChangeRequestStatus};

use crate::api::response::ApiError;
use crate::clock::Clock;
use crate::store::rows::{ChangeRequestRow, ClientRow};
use crate::store::state::{Pending, State};

/// The event for a new status. Its name is a guess, after `waba_template_status_changed`.
const STATUS_CHANGED: &str = "partner_change_request_status_changed";

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
    let now = clock.timestamp();
    let json = set_status(state, now, partner_id, id, "pending");
    state.pending.push(Pending {
        due: clock.after(migration_time),
        partner_id: partner_id.to_owned(),
        id: id.to_owned(),
    });
    json.ok_or_else(unknown)
}

/// Adds a request to the partner that it names as its target, with a generated id if it has none, and
/// returns its id. A `pending` request completes like one that is approved now, and a `created` one is
/// approved if the partner's settings ask for automatic approval.
pub(crate) fn insert(
    state: &mut State,
    clock: &Clock,
    migration_time: Duration,
    mut row: ChangeRequestRow,
) -> Result<String, ApiError> {
    let number = state.next_inserted();
    let generated = state.generator.change_request_id(number);
    let request = &mut row.request;
    let id = request.id.get_or_insert(generated).to_string();
    let status = request
        .status
        .get_or_insert(PartnerChangeRequestStatus::Created)
        .clone();
    request.created_at.get_or_insert_with(|| clock.timestamp());
    request.modified_at.get_or_insert_with(|| clock.timestamp());
    let target = request.target_partner_id.clone().map(String::from);
    let unknown =
        || ApiError::bad_request("`target_partner_id` must be the id of a partner that exists");
    let target = target.ok_or_else(unknown)?;
    let partner = state.partner_mut(&target).ok_or_else(unknown)?;
    let settings = partner.partner.settings.as_ref();
    let automatic = settings
        .and_then(|settings| settings.partner_change_request.as_ref()?.auto_approve)
        .unwrap_or_default();
    partner.change_requests.insert(row);
    match status {
        PartnerChangeRequestStatus::Created if automatic => {
            approve(state, clock, migration_time, &target, &id)?;
        }
        PartnerChangeRequestStatus::Pending => state.pending.push(Pending {
            due: clock.after(migration_time),
            partner_id: target,
            id: id.clone(),
        }),
        _ => {}
    }
    Ok(id)
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
        let at = clock.timestamp_at(pending.due);
        complete(state, at, &pending.partner_id, &pending.id);
    }
}

/// Moves the client and sets the status to `completed`, or to `failed` if that is impossible.
fn complete(state: &mut State, at: Timestamp, target: &str, id: &str) {
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
        Some(false) => move_channels(state, &at, target, &request),
        _ => move_client(state, &at, target, &request),
    };
    let status = if moved.is_some() {
        "completed"
    } else {
        "failed"
    };
    set_status(state, at, target, id, status);
}

impl ChangeRequestRow {
    fn set_status(&mut self, status: PartnerChangeRequestStatus, now: Timestamp) {
        self.request.status = Some(status);
        self.request.modified_at = Some(now);
        self.extra
            .retain(|name, _| name != "status" && name != "modified_at");
    }
}

/// Sets the status of a request, whatever it was, and adds the event.
pub(crate) fn set_status(
    state: &mut State,
    at: Timestamp,
    target: &str,
    id: &str,
    status: &str,
) -> Option<String> {
    let partner = state.partner_mut(target)?;
    let json = partner
        .change_requests
        .update(id, |row| row.set_status(status.into(), at))?;
    let seed = state.generator.seed;
    state.outbox.add(seed, target, STATUS_CHANGED, &json);
    Some(json)
}

fn move_client(
    state: &mut State,
    at: &Timestamp,
    target: &str,
    request: &PartnerChangeRequest,
) -> Option<()> {
    let client_id = request.source_client_id.as_ref()?.as_str();
    let source = state.partner_mut(request.source_partner_id.as_ref()?.as_str())?;
    let mut row = source.clients.remove(client_id)?.row().into_owned();
    row.account.modified_at = Some(at.clone());
    row.extra.remove("modified_at");
    state.partner_mut(target)?.clients.insert(row);
    Some(())
}

/// Performs a partial migration: moves some channels to a copy of the client.
fn move_channels(
    state: &mut State,
    at: &Timestamp,
    target: &str,
    request: &PartnerChangeRequest,
) -> Option<()> {
    let client_id = request.source_client_id.as_ref()?.as_str();
    let copy_id = request.target_client_id.as_ref()?.as_str();
    let source = state.partner_mut(request.source_partner_id.as_ref()?.as_str())?;
    let mut row = source.clients.get(client_id)?.row().into_owned();
    row.extra.remove("modified_at");
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
    account.modified_at = Some(at.clone());
    let copy = ClientRow {
        account,
        extra: row.extra,
        number: None,
    };
    state.partner_mut(target)?.clients.insert(copy);
    state.channels(copy_id)?.extend(moved);
    Some(())
}
