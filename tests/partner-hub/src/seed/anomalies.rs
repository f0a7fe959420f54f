//! Values that the real API sends although its documentation does not mention them: nulls, unknown
//! values of enums, timestamps without a zone, extra fields.

use std::fmt::Write as _;

use fastrand::Rng;
use partner_api::Timestamp;
use partner_api::types::{Channel, ClientAccount, Partner, PartnerChangeRequest};
use serde_json::{Map, Value, json};

use crate::seed::extra::Extra;
use crate::seed::generator::user;
use crate::seed::random::digits;

pub(crate) fn client_anomaly(rng: &mut Rng, account: &mut ClientAccount, extra: &mut Extra) {
    let mut null = |name: &str| {
        extra.insert(name.to_owned(), Value::Null);
    };
    match rng.u8(0..6) {
        0 => {
            account.max_channels = None;
            account.created_by = Map::new();
            null("max_channels");
            null("created_by");
        }
        1 => {
            account.contact_user = None;
            account.partner_payload = None;
            null("contact_user");
            null("partner_payload");
        }
        2 => {
            account.created_at = account.created_at.take().map(without_zone);
            account.modified_at = account.modified_at.take().map(without_zone);
        }
        3 => account.status = Some("in_review".to_owned()),
        4 => {
            if let Some(contact) = &mut account.contact_info {
                contact.webpage_url = Some(String::new());
                contact.email = None;
            }
        }
        _ => {
            extra.insert(
                "integration".to_owned(),
                json!({"type": "crm", "enabled": true}),
            );
            extra.insert("labels".to_owned(), json!(["vip", null]));
        }
    }
}

#[allow(deprecated, reason = "the API still sends these")]
pub(crate) fn partner_anomaly(rng: &mut Rng, partner: &mut Partner, extra: &mut Extra) {
    match rng.u8(0..4) {
        0 => {
            partner.webhook_url = Some(String::new());
            partner.partner_redirect_url = None;
            extra.insert("partner_redirect_url".to_owned(), Value::Null);
        }
        1 => {
            partner.allow_client_to_add_phone_no = None;
            partner.country = None;
            extra.insert("allow_client_to_add_phone_no".to_owned(), Value::Null);
            extra.insert("country".to_owned(), Value::Null);
        }
        2 => {
            let settings = partner.settings.get_or_insert_default();
            let sharing = settings.account_sharing.get_or_insert_default();
            sharing.solution_status = Some("SUSPENDED_BY_META".into());
            settings.io_secure = None;
        }
        _ => {
            let plan = json!({"name": "growth", "price": 49.5, "numbers": [null, "1"]});
            extra.insert("subscription".to_owned(), plan);
            extra.insert("labels".to_owned(), json!([]));
        }
    }
}

pub(crate) fn change_request_anomaly(
    rng: &mut Rng,
    request: &mut PartnerChangeRequest,
    extra: &mut Extra,
) {
    match rng.u8(0..4) {
        0 => {
            request.created_at = request.created_at.take().map(without_zone);
            extra.insert("requested_by".to_owned(), Value::Object(user(rng)));
        }
        1 => request.status = Some("waiting_for_meta".into()),
        2 => {
            request.migrated_channels = Vec::new();
            extra.insert("migrated_channels".to_owned(), Value::Null);
        }
        _ => {
            request.is_full_migration = None;
            request.modified_at = None;
            extra.insert("is_full_migration".to_owned(), Value::Null);
            extra.insert("modified_at".to_owned(), Value::Null);
        }
    }
}

#[allow(deprecated, reason = "the API still sends these")]
pub(crate) fn channel_anomaly(rng: &mut Rng, channel: &mut Channel, extra: &mut Extra) {
    match rng.u8(0..4) {
        0 => channel.status = Some("paused_by_provider".into()),
        1 => {
            channel.hub_status = None;
            channel.is_oba = None;
            for name in ["hub_status", "is_oba"] {
                extra.insert(name.to_owned(), Value::Null);
            }
        }
        2 => {
            channel.created_at = channel.created_at.take().map(without_zone);
            channel.availability_status = Some("degraded".into());
        }
        _ => {
            extra.insert(
                "waba_account".to_owned(),
                json!({"id": "AAAA2222WA", "fb_account_status": "approved"}),
            );
            extra.insert(
                "integration".to_owned(),
                json!({"app_id": digits(rng, 15), "state": null}),
            );
            extra.insert("is_on_biz_app".to_owned(), json!(false));
        }
    }
}

/// The same time without a zone, as the API sometimes sends it.
pub(crate) fn without_zone(timestamp: Timestamp) -> Timestamp {
    let mut timestamp = String::from(timestamp);
    if timestamp.ends_with('Z') {
        timestamp.pop();
        let fraction = timestamp
            .bytes()
            .fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 1_000_000);
        let _ = write!(timestamp, ".{fraction:06}");
    }
    timestamp.into()
}
