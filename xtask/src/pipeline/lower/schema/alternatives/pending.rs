//! An alternative on its way into an enum.

use partner_api_codegen::contract::Test;
use serde_json::Value;

/// An alternative before its schema is lowered.
pub(crate) struct Pending {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) at: String,
    pub(crate) when: Test,
}
