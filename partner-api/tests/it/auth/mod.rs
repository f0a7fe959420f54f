//! Credentials, logins and tokens.

mod credentials;
mod file_token_store;
mod login;
mod login_failures;
mod processes;
mod runtimes;
mod token_store;
