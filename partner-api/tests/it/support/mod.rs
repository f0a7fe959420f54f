//! What the tests share.

pub mod calls;
pub mod captured;
pub mod claims;
pub mod clock;
pub mod counting_server;
pub mod echo;
pub mod encodings;
pub mod example;
pub mod folder;
pub mod hidden;
pub mod json;
pub mod lists;
pub mod logins;
pub mod mock_api;
pub mod output;
pub mod process;
pub mod raw_server;
pub mod stores;
