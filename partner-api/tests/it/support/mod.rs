//! What the tests share.

pub mod calls;
pub mod captured;
pub mod claims;
pub mod clock;
pub mod counting_server;
pub mod encodings;
pub mod folder;
pub mod json;
pub mod lists;
pub mod logins;
pub mod mock_api;
pub mod output;
pub mod process;
pub mod raw_server;
