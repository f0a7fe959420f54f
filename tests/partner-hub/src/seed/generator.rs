//! The seed, and the ids generated from it. The modules beside this one add a method for each type.

use fastrand::Rng;
use partner_api::types::{ClientId, PartnerChangeRequestId};
use serde_json::{Map, Value};

use crate::seed::names::ROLES;
use crate::seed::random::{alphanumeric, mix, pick};

/// Generates data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generator {
    pub(crate) seed: u64,
    /// The share of values with an anomaly, from 0 to 1.
    pub(crate) anomaly_rate: f64,
}

/// Keeps apart the random numbers of different types.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Partner = 1,
    Client = 2,
    Channel = 3,
    ChangeRequest = 4,
    ChangeRequestLow = 5,
    Error = 6,
    Token = 7,
}

/// The first time in generated data: 2019-01-01.
pub(crate) const EPOCH: u64 = 1_546_300_800;
/// The six years after it, in seconds.
pub(crate) const SPAN: u64 = 6 * 365 * 86_400;

impl Generator {
    /// The id of a generated client.
    pub(crate) fn client_id(&self, number: u64) -> ClientId {
        self.id(Kind::Client, number, "CL")
    }

    pub(crate) fn change_request_id(&self, number: u64) -> PartnerChangeRequestId {
        let high = mix(self.seed, Kind::ChangeRequest as u64, number);
        let low = mix(self.seed, Kind::ChangeRequestLow as u64, number);
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
        .into()
    }

    pub(crate) fn rng(&self, kind: Kind, number: u64) -> Rng {
        Rng::with_seed(mix(self.seed, kind as u64, number))
    }

    pub(crate) fn has_anomaly(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.anomaly_rate
    }

    /// Eight letters and digits, different for each number, and a suffix for the type.
    pub(crate) fn id<T: From<String>>(&self, kind: Kind, number: u64, suffix: &str) -> T {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        // Multiplication by an odd number maps each number to a different one of 40 bits.
        let mut bits = number.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(mix(
            self.seed,
            kind as u64,
            u64::MAX,
        ));
        let mut id = String::with_capacity(10);
        for _ in 0..8 {
            id.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        id.push_str(suffix);
        id.into()
    }
}

/// Who created or modified something.
pub(crate) fn user(rng: &mut Rng) -> Map<String, Value> {
    let mut user = Map::new();
    user.insert("user_id".to_owned(), alphanumeric(rng, 10).into());
    user.insert("user_name".to_owned(), pick(rng, ROLES).into());
    user
}

/// The domain of a company, in a top-level domain that is reserved for examples.
pub(crate) fn domain(name: &str) -> String {
    let mut domain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    domain.push_str(".example");
    domain
}
