//! What each operation sends and returns.

mod approve_partner_change_request;
#[cfg(feature = "schemars")]
mod conformance;
mod get_partner;
mod list_clients;
mod list_partner_change_requests;
mod list_shared_client_numbers;
#[cfg(feature = "mock")]
mod mock;
mod partner_scope;
mod update_bodies;
mod update_client;
mod update_partner;
