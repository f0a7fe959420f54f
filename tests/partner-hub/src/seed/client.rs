//! Generated clients.

use fastrand::Rng;
use partner_api::types::{ClientAccount, ClientMetaInfo, ContactInfo, ContactUser};

use crate::clock::timestamp;
use crate::seed::anomalies::client_anomaly;
use crate::seed::extra::{Extra, nulls};
use crate::seed::generator::{EPOCH, Generator, Kind, SPAN, domain, user};
use crate::seed::names::{
    CLIENT_STATUSES, FIRST, LEGAL, PLACES, ROLES, STREETS, TRADES, USE_CASES,
};
use crate::seed::random::{digits, pick};

/// What several fields of one client have in common.
struct Business {
    name: String,
    trade: &'static str,
    vertical: &'static str,
    country: &'static str,
    language: &'static str,
    timezone: &'static str,
    city: &'static str,
    domain: String,
    phone: String,
}

impl Generator {
    #[allow(deprecated, reason = "the API still sends these")]
    pub(crate) fn client(&self, number: u64) -> (ClientAccount, Extra) {
        let mut rng = self.rng(Kind::Client, number);
        let business = Business::generate(&mut rng);
        let role = pick(&mut rng, ROLES);
        let created = EPOCH + rng.u64(0..SPAN);
        let modified = created + rng.u64(0..400 * 86_400);
        let mut account = ClientAccount {
            id: Some(self.client_id(number)),
            status: Some(pick(&mut rng, CLIENT_STATUSES).to_owned()),
            organisation: Some(business.name.clone()),
            meta_info: Some(business.meta_info(&mut rng)),
            contact_info: Some(business.contact_info(&mut rng)),
            contact_user: Some(business.contact_user(role)),
            name: Some(business.name),
            partner_payload: Some(["crm-", &digits(&mut rng, 6)].concat()),
            max_channels: Some(rng.i64(1..=10)),
            suspicious: Some(rng.u8(..) == 0),
            enabled_for_chat_support: Some(rng.bool()),
            fb_business_id: rng.bool().then(|| digits(&mut rng, 15)),
            created_at: Some(timestamp(created)),
            modified_at: Some(timestamp(modified)),
            created_by: user(&mut rng),
            modified_by: user(&mut rng),
            ..Default::default()
        };
        let mut extra = match account.fb_business_id {
            Some(_) => Extra::new(),
            None => nulls(&["fb_business_id"]),
        };
        if self.has_anomaly(&mut rng) {
            client_anomaly(&mut rng, &mut account, &mut extra);
        }
        (account, extra)
    }
}

impl Business {
    fn generate(rng: &mut Rng) -> Self {
        let (trade, vertical) = pick(rng, TRADES);
        let (country, language, timezone, city, prefix) = pick(rng, PLACES);
        let first = pick(rng, FIRST);
        Self {
            name: [first, " ", trade, pick(rng, LEGAL)].concat(),
            trade,
            vertical,
            country,
            language,
            timezone,
            city,
            domain: domain(&[first, trade].concat()),
            phone: [prefix, &digits(rng, 7)].concat(),
        }
    }

    fn meta_info(&self, rng: &mut Rng) -> ClientMetaInfo {
        ClientMetaInfo {
            business_vertical: Some(self.vertical.to_owned()),
            timezone: Some(self.timezone.to_owned()),
            about: rng.bool().then(|| [self.trade, " in ", self.city].concat()),
            business_description: Some([&self.name, ", ", self.city].concat()),
            use_case: Some(pick(rng, USE_CASES).to_owned()),
            ..Default::default()
        }
    }

    #[allow(deprecated, reason = "the API still sends these")]
    fn contact_info(&self, rng: &mut Rng) -> ContactInfo {
        ContactInfo {
            email: Some(["hello@", &self.domain].concat()),
            webpage_url: Some(["https://", &self.domain].concat()),
            phone: Some(self.phone.clone()),
            language: Some(self.language.to_owned()),
            country: Some(self.country.to_owned()),
            street_name: Some(format!("{} {}", pick(rng, STREETS), rng.u8(1..120))),
            city: Some(self.city.to_owned()),
            full_name: Some(self.name.clone()),
            zip_code: Some(digits(rng, 5)),
            ..Default::default()
        }
    }

    fn contact_user(&self, role: &str) -> ContactUser {
        let mailbox = role.to_lowercase().replace(' ', ".");
        ContactUser {
            email: Some([&mailbox, "@", &self.domain].concat()),
            phone: Some(self.phone.clone()),
            name: Some(role.to_owned()),
            ..Default::default()
        }
    }
}
