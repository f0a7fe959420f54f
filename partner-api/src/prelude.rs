//! What most programs need: `use partner_api::prelude::*;`.

pub use futures_util::TryStreamExt as _;

pub use crate::{AuthExt, Client, PaginateExt, types};
