//! The imports that most programs need: `use partner_api::prelude::*;`.

pub use futures_util::TryStreamExt as _;
pub use reqwest::Method;

pub use crate::client::AuthExt;
pub use crate::generated::{Client, types};
pub use crate::paginate::PaginateExt;
