//! What lists are made of: clients and change requests, with what the types do not hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use partner_api::types::{ClientAccount, ContactInfo, ContactUser, PartnerChangeRequest};
use serde::Serialize;
use serde_json::Value;

/// Members sent beside those of a type, and nulls in their place.
pub(crate) type Extra = BTreeMap<String, Value>;

/// Reads one field of a row as text.
pub(crate) type Getter<R> = for<'a> fn(&'a R) -> Option<Cow<'a, str>>;

/// What a list needs to know of its rows.
pub(crate) trait Row: Send + 'static {
    /// The name of the items in the answer.
    const ITEMS: &'static str;
    /// What a filter can name.
    const FILTERS: &'static [(&'static str, Getter<Self>)];
    /// What the list can be sorted by.
    const SORTS: &'static [(&'static str, Getter<Self>)];
    /// Whether the filter `q` searches the rows.
    const HAS_Q: bool;

    fn id(&self) -> &str;
    fn json(&self) -> String;
    /// Whether the free text is found in it.
    fn contains(&self, text: &str) -> bool;
}

/// The JSON of a value and what is sent beside it.
pub(crate) fn with_extra<T: Serialize>(value: &T, extra: &Extra) -> String {
    #[derive(Serialize)]
    struct Both<'a, T> {
        #[serde(flatten)]
        value: &'a T,
        #[serde(flatten)]
        extra: &'a Extra,
    }
    let json = if extra.is_empty() {
        serde_json::to_string(value)
    } else {
        serde_json::to_string(&Both { value, extra })
    };
    json.unwrap_or_default()
}

#[derive(Clone, Debug)]
pub(crate) struct ClientRow {
    pub(crate) account: ClientAccount,
    pub(crate) extra: Extra,
    /// Its number in the made data; its channels are made from it.
    pub(crate) number: Option<u64>,
}

impl ClientRow {
    pub(crate) fn new(account: ClientAccount, extra: Extra, number: Option<u64>) -> Self {
        Self {
            account,
            extra,
            number,
        }
    }
}

/// A getter of a text field behind optional structs.
macro_rules! text {
    ($row:ty, $($step:ident).+) => {
        |row: &$row| text!(@ Some(row), $($step).+)
    };
    (@ $from:expr, $last:ident) => {
        $from.and_then(|from| from.$last.as_deref()).map(Cow::Borrowed)
    };
    (@ $from:expr, $first:ident . $($rest:ident).+) => {
        text!(@ $from.and_then(|from| from.$first()), $($rest).+)
    };
}

#[allow(deprecated, reason = "the hub still sorts by these")]
impl ClientRow {
    fn account(&self) -> Option<&ClientAccount> {
        Some(&self.account)
    }

    fn contact_info(&self) -> Option<&ContactInfo> {
        self.account.contact_info.as_ref()
    }

    fn contact_user(&self) -> Option<&ContactUser> {
        self.account.contact_user.as_ref()
    }

    fn meta_info(&self) -> Option<&partner_api::types::ClientMetaInfo> {
        self.account.meta_info.as_ref()
    }
}

impl Row for ClientRow {
    const ITEMS: &'static str = "clients";
    const HAS_Q: bool = false;
    const FILTERS: &'static [(&'static str, Getter<Self>)] = &[
        ("id", text!(Self, account.id)),
        ("name", text!(Self, account.name)),
        ("status", text!(Self, account.status)),
        (
            "meta_info.business_vertical",
            text!(Self, meta_info.business_vertical),
        ),
        ("meta_info.timezone", text!(Self, meta_info.timezone)),
        ("meta_info.about", text!(Self, meta_info.about)),
        (
            "meta_info.business_description",
            text!(Self, meta_info.business_description),
        ),
        ("meta_info.use_case", text!(Self, meta_info.use_case)),
        (
            "contact_info.webpage_url",
            text!(Self, contact_info.webpage_url),
        ),
        ("contact_info.phone", text!(Self, contact_info.phone)),
        ("contact_info.language", text!(Self, contact_info.language)),
        ("contact_info.country", text!(Self, contact_info.country)),
        (
            "contact_info.street_name",
            text!(Self, contact_info.street_name),
        ),
        ("contact_info.city", text!(Self, contact_info.city)),
        ("contact_info.email", text!(Self, contact_info.email)),
        ("contact_info.zip_code", text!(Self, contact_info.zip_code)),
        ("contact_user.phone", text!(Self, contact_user.phone)),
        ("contact_user.email", text!(Self, contact_user.email)),
        ("contact_user.name", text!(Self, contact_user.name)),
    ];
    const SORTS: &'static [(&'static str, Getter<Self>)] = &[
        ("id", text!(Self, account.id)),
        ("name", text!(Self, account.name)),
        ("status", text!(Self, account.status)),
        (
            "meta_info.business_vertical",
            text!(Self, meta_info.business_vertical),
        ),
        ("meta_info.timezone", text!(Self, meta_info.timezone)),
        ("meta_info.about", text!(Self, meta_info.about)),
        (
            "meta_info.business_description",
            text!(Self, meta_info.business_description),
        ),
        ("meta_info.use_case", text!(Self, meta_info.use_case)),
        (
            "contact_info.webpage_url",
            text!(Self, contact_info.webpage_url),
        ),
        ("contact_info.email", text!(Self, contact_info.email)),
        ("contact_info.phone", text!(Self, contact_info.phone)),
        ("contact_info.language", text!(Self, contact_info.language)),
        ("contact_info.country", text!(Self, contact_info.country)),
        (
            "contact_info.street_name",
            text!(Self, contact_info.street_name),
        ),
        ("contact_info.city", text!(Self, contact_info.city)),
        ("contact_info.zip_code", text!(Self, contact_info.zip_code)),
        ("contact_user.phone", text!(Self, contact_user.phone)),
        ("contact_user.email", text!(Self, contact_user.email)),
        ("contact_user.name", text!(Self, contact_user.name)),
        ("created_at", text!(Self, account.created_at)),
        ("modified_at", text!(Self, account.modified_at)),
    ];

    fn id(&self) -> &str {
        self.account.id.as_deref().unwrap_or_default()
    }

    fn json(&self) -> String {
        with_extra(&self.account, &self.extra)
    }

    fn contains(&self, _: &str) -> bool {
        false
    }
}

#[derive(Clone, Debug)]
pub(crate) struct ChangeRequestRow {
    pub(crate) request: PartnerChangeRequest,
    pub(crate) extra: Extra,
}

impl ChangeRequestRow {
    pub(crate) fn new(request: PartnerChangeRequest, extra: Extra) -> Self {
        Self { request, extra }
    }

    fn request(&self) -> Option<&PartnerChangeRequest> {
        Some(&self.request)
    }
}

fn full(row: &ChangeRequestRow) -> Option<Cow<'_, str>> {
    let full = row.request.is_full_migration?;
    Some(Cow::Borrowed(if full { "true" } else { "false" }))
}

impl Row for ChangeRequestRow {
    const ITEMS: &'static str = "partner_change_requests";
    const HAS_Q: bool = true;
    const FILTERS: &'static [(&'static str, Getter<Self>)] = &[
        ("id", text!(Self, request.id)),
        ("status", text!(Self, request.status)),
        ("created_at", text!(Self, request.created_at)),
        ("is_full_migration", full),
        ("source_client_id", text!(Self, request.source_client_id)),
        ("target_client_id", text!(Self, request.target_client_id)),
        ("source_partner_id", text!(Self, request.source_partner_id)),
        ("target_partner_id", text!(Self, request.target_partner_id)),
    ];
    const SORTS: &'static [(&'static str, Getter<Self>)] = &[
        ("id", text!(Self, request.id)),
        ("status", text!(Self, request.status)),
        ("created_at", text!(Self, request.created_at)),
        ("is_full_migration", full),
        ("source_client_id", text!(Self, request.source_client_id)),
        ("target_client_id", text!(Self, request.target_client_id)),
        ("source_partner_id", text!(Self, request.source_partner_id)),
    ];

    fn id(&self) -> &str {
        self.request.id.as_deref().unwrap_or_default()
    }

    fn json(&self) -> String {
        with_extra(&self.request, &self.extra)
    }

    fn contains(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        Self::FILTERS
            .iter()
            .filter_map(|(_, get)| get(self))
            .any(|value| value.to_lowercase().contains(&text))
    }
}
