//! What takes more than one call, or no call at all.
//!
//! - [`change_requests`]: approves a partner change request and reports what happened, also when the
//!   response is lost; waits for the migration
//! - [`onboarding`]: the link that sends a business to the provider's onboarding page, and what the
//!   browser brings back

pub mod change_requests;
pub mod onboarding;
