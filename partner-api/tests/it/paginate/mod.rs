//! Whole lists as streams.

mod changing_lists;
mod errors;
mod faults;
mod gaps;
mod incomplete_lists;
mod misbehaving_servers;
mod positions;
mod prefetch;
mod query;
mod runtimes;
mod stream;
mod truncated_pages;
