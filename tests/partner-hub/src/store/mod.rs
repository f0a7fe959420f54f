//! The emulator's state: tables that are filtered, sorted and paged, and the partners they belong to.

pub(crate) mod channels;
pub(crate) mod outbox;
pub(crate) mod rows;
pub(crate) mod snapshot;
pub(crate) mod state;
pub(crate) mod stored;
pub(crate) mod table;
pub(crate) mod view;
