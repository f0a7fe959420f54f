//! Webhooks: signed events for the partners, which of them wait, and what receivers responded.

pub(crate) mod post;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod sender;
