//! An alternative on its way into an enum.

use partner_api_codegen::contract::Test;
use serde_json::Value;

/// An alternative before its schema is lowered.
pub(super) struct Pending {
    pub(super) name: String,
    pub(super) schema: Value,
    pub(super) at: String,
    pub(super) when: Test,
}
