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
    ChannelKey = 8,
    Balance = 9,
}

/// The first time in generated data: 2019-01-01.
pub(crate) const EPOCH: u64 = 1_546_300_800;
/// The six years after it, in seconds.
pub(crate) const SPAN: u64 = 6 * 365 * 86_400;

const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const MULTIPLIER: u64 = 0x5851_f42d_4c95_7f2d;
/// `MULTIPLIER * INVERSE` is 1, modulo 2^64.
const INVERSE: u64 = 0xc097_ef87_329e_28a5;

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

    /// The balance of a partner or client.
    pub(crate) fn balance(&self, id: &str) -> f64 {
        let number = id.bytes().fold(0, |sum, byte| mix(sum, 0, byte.into()));
        self.rng(Kind::Balance, number).u32(0..100_000) as f64 / 100.0
    }

    /// The number from which an id was generated.
    pub(crate) fn number(&self, kind: Kind, id: &str, suffix: &str) -> Option<u64> {
        let letters = id.strip_suffix(suffix).filter(|it| it.len() == 8)?;
        let mut bits = 0;
        for letter in letters.bytes().rev() {
            let digit = ALPHABET.iter().position(|known| *known == letter)?;
            bits = bits << 5 | digit as u64;
        }
        let number = bits.wrapping_sub(mix(self.seed, kind as u64, u64::MAX));
        Some(number.wrapping_mul(INVERSE) & ((1 << 40) - 1))
    }

    /// Eight letters and digits, different for each number, and a suffix for the type.
    pub(crate) fn id<T: From<String>>(&self, kind: Kind, number: u64, suffix: &str) -> T {
        // Multiplication by an odd number maps each number to a different one of 40 bits.
        let mut bits =
            number
                .wrapping_mul(MULTIPLIER)
                .wrapping_add(mix(self.seed, kind as u64, u64::MAX));
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
