//! One call: attempts, limits, responses, errors and tracing.

mod admission;
mod advice;
mod concurrency;
mod connections;
mod errors;
mod faults;
mod memory;
mod rate_limit;
mod redirects;
mod regressions;
mod retries;
mod timeouts_and_sizes;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls;
mod tracing;
