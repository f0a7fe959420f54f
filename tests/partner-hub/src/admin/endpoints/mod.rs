//! The admin paths. Their requests are parsed, and their document is written, by these tables.

mod accounts;
mod emulator;
mod faults;

use std::sync::LazyLock;

use http::Method;

use crate::admin::endpoint::Endpoint;
use crate::admin::openapi;

pub(crate) static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let tables = [
        emulator::server(),
        faults::faults_and_record(),
        faults::webhooks(),
        accounts::partners(),
        accounts::clients(),
        emulator::data(),
        vec![Endpoint::new(
            (
                Method::GET,
                "openapi.json",
                "openapi",
                "The document of the admin paths",
            ),
            |_, _| Ok(openapi::document(&ENDPOINTS)),
        )],
    ];
    tables.into_iter().flatten().collect()
});
