//! The rows of tables, clients and change requests, and the fields by which they are filtered and
//! sorted.

use std::borrow::Cow;

use crate::seed::extra::{Extra, with_extra};
use partner_api::types::{
    ClientAccount, ClientId, ContactInfo, ContactUser, PartnerChangeRequest, PartnerChangeRequestId,
};

/// Reads one field of a row as a string.
pub(crate) type Getter<R> = for<'a> fn(&'a R) -> Option<Cow<'a, str>>;

/// A row of a [`Table`](crate::store::table::Table).
pub(crate) trait Row: Clone + Send + Sync + 'static {
    /// The name of the array in the response.
    const ITEMS: &'static str;
    /// The fields that a filter or sort order can name.
    const FIELDS: &'static [(&'static str, Getter<Self>)];
    /// The fields that a filter cannot name.
    const NO_FILTERS: &'static [&'static str];
    /// The fields that a sort order cannot name.
    const NO_SORTS: &'static [&'static str];
    /// Whether the rows can be searched with the filter `q`.
    const HAS_Q: bool;

    fn id(&self) -> &str;
    fn json(&self) -> String;
}

#[derive(Clone, Debug)]
pub(crate) struct ClientRow {
    pub(crate) account: ClientAccount,
    pub(crate) extra: Extra,
    /// Its number if it was generated; its channels are generated from the number.
    pub(crate) number: Option<u64>,
}

/// A getter of a string field behind optional structs.
macro_rules! string {
    ($row:ty, $($step:ident).+) => {
        |row: &$row| string!(@ Some(row), $($step).+)
    };
    (@ $from:expr, $last:ident) => {
        $from.and_then(|from| from.$last.as_ref()).map(|last| Cow::Borrowed(last.as_ref()))
    };
    (@ $from:expr, $first:ident . $($rest:ident).+) => {
        string!(@ $from.and_then(|from| from.$first()), $($rest).+)
    };
}

#[allow(deprecated, reason = "the API still sorts by these")]
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
    const FIELDS: &'static [(&'static str, Getter<Self>)] = &[
        ("id", string!(Self, account.id)),
        ("name", string!(Self, account.name)),
        ("status", string!(Self, account.status)),
        (
            "meta_info.business_vertical",
            string!(Self, meta_info.business_vertical),
        ),
        ("meta_info.timezone", string!(Self, meta_info.timezone)),
        ("meta_info.about", string!(Self, meta_info.about)),
        (
            "meta_info.business_description",
            string!(Self, meta_info.business_description),
        ),
        ("meta_info.use_case", string!(Self, meta_info.use_case)),
        (
            "contact_info.webpage_url",
            string!(Self, contact_info.webpage_url),
        ),
        ("contact_info.phone", string!(Self, contact_info.phone)),
        (
            "contact_info.language",
            string!(Self, contact_info.language),
        ),
        ("contact_info.country", string!(Self, contact_info.country)),
        (
            "contact_info.street_name",
            string!(Self, contact_info.street_name),
        ),
        ("contact_info.city", string!(Self, contact_info.city)),
        ("contact_info.email", string!(Self, contact_info.email)),
        (
            "contact_info.zip_code",
            string!(Self, contact_info.zip_code),
        ),
        ("contact_user.phone", string!(Self, contact_user.phone)),
        ("contact_user.email", string!(Self, contact_user.email)),
        ("contact_user.name", string!(Self, contact_user.name)),
        ("created_at", string!(Self, account.created_at)),
        ("modified_at", string!(Self, account.modified_at)),
    ];
    const NO_FILTERS: &'static [&'static str] = &["created_at", "modified_at"];
    const NO_SORTS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        self.account.id.as_ref().map_or("", ClientId::as_str)
    }

    fn json(&self) -> String {
        with_extra(&self.account, &self.extra)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct ChangeRequestRow {
    pub(crate) request: PartnerChangeRequest,
    pub(crate) extra: Extra,
}

impl ChangeRequestRow {
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
    const FIELDS: &'static [(&'static str, Getter<Self>)] = &[
        ("id", string!(Self, request.id)),
        ("status", string!(Self, request.status)),
        ("created_at", string!(Self, request.created_at)),
        ("is_full_migration", full),
        ("source_client_id", string!(Self, request.source_client_id)),
        ("target_client_id", string!(Self, request.target_client_id)),
        (
            "source_partner_id",
            string!(Self, request.source_partner_id),
        ),
        (
            "target_partner_id",
            string!(Self, request.target_partner_id),
        ),
    ];
    const NO_FILTERS: &'static [&'static str] = &[];
    const NO_SORTS: &'static [&'static str] = &["target_partner_id"];

    fn id(&self) -> &str {
        let id = self.request.id.as_ref();
        id.map_or("", PartnerChangeRequestId::as_str)
    }

    fn json(&self) -> String {
        with_extra(&self.request, &self.extra)
    }
}
