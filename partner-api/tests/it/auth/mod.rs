//! Credentials, logins and tokens.

mod credentials;
mod environment;
mod file_token_store;
mod login;
mod login_failures;
mod login_response;
mod processes;
mod refresh;
mod runtimes;
mod token_store;
mod token_store_faults;
