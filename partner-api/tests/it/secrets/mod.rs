//! No credential is printed or logged.

mod logs;
mod masking;
