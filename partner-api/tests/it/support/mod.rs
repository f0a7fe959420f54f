//! What the tests share.

pub mod calls;
pub mod captured;
pub mod claims;
pub mod clock;
pub mod counting_server;
pub mod encodings;
pub mod json;
pub mod lists;
pub mod logins;
pub mod mock_hub;
pub mod process;
pub mod raw_server;
