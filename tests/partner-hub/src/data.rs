//! Made data: partners, clients, channels and change requests, the same for the same seed.
//!
//! Each thing is made from the seed and its number alone, so it does not matter in which order
//! they are made. A share of them is odd in the ways the real service is: nulls where the
//! documentation has none, unknown values of enums, timestamps without a zone, extra fields.

use fastrand::Rng;
use partner_api::types::{
    AccountSharingSettings, Channel, ChannelAvailability, ChannelSettings, ChannelSetupInfo,
    ChannelStatus, ChannelThroughput, ClientAccount, ClientId, ClientMetaInfo, ContactInfo,
    ContactUser, Partner, PartnerChangeRequest, PartnerChangeRequestId,
    PartnerChangeRequestSettings, PartnerIoSecureSettings, PartnerSettings, VerificationMethod,
};
use serde_json::{Map, Value};

use crate::clock::timestamp;
use crate::odd::{odd_channel, odd_client, without_zone};
use crate::rows::{ChangeRequestRow, ClientRow, Extra};
use crate::words::{
    BRANDS, CLIENT_STATUSES, FIRST, LEGAL, PLACES, ROLES, STREETS, TRADES, USE_CASES,
};

/// Where made data comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Data {
    pub(crate) seed: u64,
    /// The share of odd things, from 0 to 1.
    pub(crate) odd_share: f64,
}

/// What a partner can log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartnerAccess {
    /// The partner's id.
    pub partner_id: String,
    /// The key for the `X-API-Key` header.
    pub api_key: String,
    /// The user of the token endpoint.
    pub username: String,
    /// The user's password.
    pub password: String,
}

/// One number out of three, well stirred.
pub(crate) fn mix(seed: u64, kind: u64, number: u64) -> u64 {
    let mut x = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(kind.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add(number.wrapping_mul(0x8cb9_2ba7_2f3d_8dd7));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const PARTNER: u64 = 1;
const CLIENT: u64 = 2;
const CHANNEL: u64 = 3;
const CHANGE: u64 = 4;

// 2019-01-01 and the six years after it.
const EPOCH: u64 = 1_546_300_800;
const SPAN: u64 = 6 * 365 * 86_400;

impl Data {
    pub(crate) fn access(&self, number: u64) -> PartnerAccess {
        let mut rng = self.rng(PARTNER, number);
        let brand = brand(&mut rng);
        let domain = domain(&brand);
        let mut rng = self.rng(PARTNER, number | 1 << 40);
        PartnerAccess {
            partner_id: self.id(PARTNER, number, "PA"),
            api_key: format!("{}_ak", text(&mut rng, 28)),
            username: format!("owner@{domain}"),
            password: text(&mut rng, 16),
        }
    }

    pub(crate) fn partner(&self, number: u64) -> (Partner, Extra) {
        let mut rng = self.rng(PARTNER, number);
        let brand = brand(&mut rng);
        let domain = domain(&brand);
        let (country, ..) = pick(&mut rng, PLACES);
        #[allow(deprecated, reason = "the hub still sends these")]
        let partner = Partner {
            id: Some(self.id(PARTNER, number, "PA")),
            brand_name: Some(brand),
            payment_required: Some(false),
            onboarding_deeplink_add_params: Some(true),
            webhook_url: Some(format!("https://{domain}/webhooks/hub")),
            partner_redirect_url: Some(format!("https://{domain}/onboarded")),
            country: Some(country.to_owned()),
            blocked_new_submission: Some(false),
            allow_client_to_add_phone_no: Some(true),
            billing_system: Some("chargebee".to_owned()),
            settings: Some(PartnerSettings {
                partner_change_request: Some(PartnerChangeRequestSettings {
                    auto_approve: Some(false),
                }),
                account_sharing: Some(AccountSharingSettings {
                    solution_id: Some(digits(&mut rng, 16)),
                    business_manager_id: Some(digits(&mut rng, 15)),
                    solution_status: Some("ACTIVE".to_owned()),
                }),
                use_marketing_messages_api: Some(rng.bool()),
                bearer_token_auth_disabled: Some(false),
                io_secure: Some(PartnerIoSecureSettings {
                    io_signature_verification_enabled: Some(false),
                }),
                is_direct_360dialog_partner: Some(false),
                ..Default::default()
            }),
            ..Default::default()
        };
        (partner, nulls(&["logo_url", "publishable_key"]))
    }

    #[allow(deprecated, reason = "the hub still sends these")]
    pub(crate) fn client(&self, number: u64) -> ClientRow {
        let mut rng = self.rng(CLIENT, number);
        let (trade, vertical) = pick(&mut rng, TRADES);
        let (country, language, timezone, city, prefix) = pick(&mut rng, PLACES);
        let first = pick(&mut rng, FIRST);
        let name = join(&[first, " ", trade, pick(&mut rng, LEGAL)]);
        let domain = domain(&join(&[first, " ", trade]));
        let phone = join(&[prefix, &digits(&mut rng, 7)]);
        let role = pick(&mut rng, ROLES);
        let created = EPOCH + rng.u64(0..SPAN);
        let modified = created + rng.u64(0..400 * 86_400);
        let mut account = ClientAccount {
            id: Some(self.id(CLIENT, number, "CL")),
            status: Some(pick(&mut rng, CLIENT_STATUSES).to_owned()),
            organisation: Some(name.clone()),
            meta_info: Some(ClientMetaInfo {
                business_vertical: Some(vertical.to_owned()),
                timezone: Some(timezone.to_owned()),
                about: rng.bool().then(|| join(&[trade, " in ", city])),
                business_description: Some(join(&[&name, ", ", city])),
                use_case: Some(pick(&mut rng, USE_CASES).to_owned()),
            }),
            contact_info: Some(ContactInfo {
                email: Some(join(&["hello@", &domain])),
                webpage_url: Some(join(&["https://", &domain])),
                phone: Some(phone.clone()),
                language: Some(language.to_owned()),
                country: Some(country.to_owned()),
                street_name: Some(join(&[
                    pick(&mut rng, STREETS),
                    " ",
                    &rng.u8(1..120).to_string(),
                ])),
                city: Some(city.to_owned()),
                full_name: Some(name.clone()),
                zip_code: Some(digits(&mut rng, 5)),
            }),
            contact_user: Some(ContactUser {
                email: Some(join(&[
                    &role.to_lowercase().replace(' ', "."),
                    "@",
                    &domain,
                ])),
                phone: Some(phone),
                name: Some(role.to_owned()),
            }),
            name: Some(name),
            partner_payload: Some(join(&["crm-", &digits(&mut rng, 6)])),
            max_channels: Some(rng.i64(1..=10)),
            suspicious: Some(rng.u8(..) == 0),
            enabled_for_chat_support: Some(rng.bool()),
            fb_business_id: rng.bool().then(|| digits(&mut rng, 15)),
            created_at: Some(timestamp(created)),
            modified_at: Some(timestamp(modified)),
            created_by: user(&mut rng),
            modified_by: user(&mut rng),
        };
        let mut extra = match account.fb_business_id {
            Some(_) => Extra::new(),
            None => nulls(&["fb_business_id"]),
        };
        if self.is_odd(&mut rng) {
            odd_client(&mut rng, &mut account, &mut extra);
        }
        ClientRow::new(account, extra, Some(number))
    }

    /// The numbers of a client, as it had them when the hub started.
    #[allow(deprecated, reason = "the hub still sends these")]
    pub(crate) fn channels(&self, client: u64, client_id: &str) -> Vec<(Channel, Extra)> {
        let mut count = self.rng(CHANNEL, client);
        (0..u64::from(count.u8(1..=3)))
            .map(|nth| {
                let number = client * 4 + nth;
                let mut rng = self.rng(CHANNEL, number | 1 << 40);
                let (.., prefix) = pick(&mut rng, PLACES);
                let live = rng.u8(0..10) > 1;
                let (status, availability, hub_status) = if live {
                    (ChannelStatus::Ready, ChannelAvailability::Ready, "live")
                } else {
                    (
                        ChannelStatus::Unverified,
                        ChannelAvailability::SettingUp,
                        "draft",
                    )
                };
                let mut channel = Channel {
                    id: Some(self.id(CHANNEL, number, "CH")),
                    client_id: Some(client_id.into()),
                    status: Some(status),
                    availability_status: Some(availability),
                    hub_status: Some(hub_status.to_owned()),
                    created_at: Some(timestamp(EPOCH + rng.u64(0..SPAN))),
                    current_limit: Some(
                        pick(
                            &mut rng,
                            &["NA", "TIER_250", "TIER_1K", "TIER_10K", "TIER_UNLIMITED"],
                        )
                        .to_owned(),
                    ),
                    current_quality_rating: Some(
                        pick(&mut rng, &["NA", "Low", "Medium", "High"]).to_owned(),
                    ),
                    is_oba: Some(rng.u8(..) == 0),
                    account_mode: Some("live".to_owned()),
                    is_migrated: Some(false),
                    version: Some(2),
                    settings: Some(ChannelSettings {
                        tier: Some(pick(&mut rng, &["basic", "regular", "premium"]).to_owned()),
                        throughput: Some(ChannelThroughput {
                            level: Some("STANDARD".to_owned()),
                        }),
                        is_allowed_to_send_outbound_message: Some(live),
                        ..Default::default()
                    }),
                    setup_info: Some(ChannelSetupInfo {
                        phone_number: Some(join(&[prefix, &digits(&mut rng, 7)])),
                        phone_name: Some(pick(&mut rng, FIRST).to_owned()),
                        default_language: Some("en".to_owned()),
                        ivr: Some(false),
                        verification_method: Some(if rng.bool() {
                            VerificationMethod::Sms
                        } else {
                            VerificationMethod::Voice
                        }),
                        was_in_use: Some(rng.bool()),
                        ..Default::default()
                    }),
                    ..Default::default()
                };
                let mut extra = nulls(&[
                    "billing_started_at",
                    "cancelled_at",
                    "current_quality_update_event",
                    "has_inbox",
                    "terminated_at",
                ]);
                if self.is_odd(&mut rng) {
                    odd_channel(&mut rng, &mut channel, &mut extra);
                }
                (channel, extra)
            })
            .collect()
    }

    /// A request to move `client` to the partner `target`, in the given status.
    pub(crate) fn change_request(
        &self,
        number: u64,
        client: &ClientRow,
        source: &str,
        target: &str,
        status: &str,
    ) -> ChangeRequestRow {
        let mut rng = self.rng(CHANGE, number);
        let full = rng.u8(0..4) > 0;
        let client_id = client.account.id.clone();
        let channels = self.channels(
            client.number.unwrap_or_default(),
            client_id.as_deref().unwrap_or_default(),
        );
        let moved = if full { channels.len() } else { 1 };
        let created = EPOCH + SPAN + rng.u64(0..200 * 86_400);
        let mut request = PartnerChangeRequest {
            id: Some(self.change_request_id(number)),
            status: Some(status.to_owned()),
            is_full_migration: Some(full),
            source_client_id: client_id,
            target_client_id: (!full).then(|| self.id(CHANGE, number, "CL")),
            source_partner_id: Some(source.into()),
            target_partner_id: Some(target.into()),
            migrated_channels: channels
                .into_iter()
                .take(moved)
                .filter_map(|(channel, _)| channel.id)
                .collect(),
            created_at: Some(timestamp(created)),
            modified_at: Some(timestamp(created + rng.u64(0..86_400))),
        };
        let mut extra = Extra::new();
        if self.is_odd(&mut rng) {
            request.created_at = request.created_at.map(without_zone);
            extra.insert("requested_by".to_owned(), Value::Object(user(&mut rng)));
        }
        ChangeRequestRow::new(request, extra)
    }

    /// An id in the shape of the real ones, for a row that a test adds.
    pub(crate) fn new_id(&self, number: u64, suffix: &str) -> ClientId {
        self.id(CLIENT, number | 1 << 36, suffix)
    }

    pub(crate) fn change_request_id(&self, number: u64) -> PartnerChangeRequestId {
        let (high, low) = (
            mix(self.seed, CHANGE, number),
            mix(self.seed, CHANGE + 1, number),
        );
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

    fn rng(&self, kind: u64, number: u64) -> Rng {
        Rng::with_seed(mix(self.seed, kind, number))
    }

    fn is_odd(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.odd_share
    }

    /// Eight letters and digits, another for each number, and what kind of thing it is.
    fn id<T: From<String>>(&self, kind: u64, number: u64, suffix: &str) -> T {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        // Multiplying by an odd number gives each number another one of 40 bits.
        let mut bits =
            number
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(mix(self.seed, kind, u64::MAX));
        let mut id = String::with_capacity(10);
        for _ in 0..8 {
            id.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        id.push_str(suffix);
        id.into()
    }
}

fn nulls(names: &[&str]) -> Extra {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect()
}

fn user(rng: &mut Rng) -> Map<String, Value> {
    let mut user = Map::new();
    user.insert("user_id".to_owned(), text(rng, 10).into());
    user.insert("user_name".to_owned(), pick(rng, ROLES).into());
    user
}

fn brand(rng: &mut Rng) -> String {
    join(&[pick(rng, FIRST), " ", pick(rng, BRANDS)])
}

fn domain(name: &str) -> String {
    let mut domain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    domain.push_str(".example");
    domain
}

fn join(parts: &[&str]) -> String {
    parts.concat()
}

pub(crate) fn digits(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|_| rng.digit(10)).collect()
}

/// Letters and digits.
pub(crate) fn text(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|_| rng.alphanumeric()).collect()
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())]
}
