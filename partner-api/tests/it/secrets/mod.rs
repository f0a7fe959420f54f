//! No credential is printed or logged.

mod api_key;
mod base_url;
mod debug_output;
mod encodings;
mod logs;
mod masking;
