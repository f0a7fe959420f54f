//! What most programs need: `use partner_api::prelude::*;`.

pub use crate::{AuthExt, Client, types};
