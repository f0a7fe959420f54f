//! Whole lists as streams.

mod changing_lists;
mod errors;
mod faults;
mod gaps;
mod incomplete_lists;
mod misbehaving_servers;
mod options;
mod positions;
mod prefetch;
mod query;
mod resume;
mod runtimes;
mod stream;
mod truncated_pages;
