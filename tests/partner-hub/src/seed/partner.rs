//! Generated partners and their credentials.

use fastrand::Rng;
use schemars::JsonSchema;
use serde::Serialize;

use partner_api::types::{
    AccountSharingSettings, Partner, PartnerChangeRequestSettings, PartnerIoSecureSettings,
    PartnerSettings, SolutionStatus,
};

use crate::seed::anomalies::partner_anomaly;
use crate::seed::extra::{Extra, nulls};
use crate::seed::generator::{Generator, Kind, domain};
use crate::seed::names::{BRANDS, FIRST, PLACES};
use crate::seed::random::{alphanumeric, digits, pick};

/// The credentials of a partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PartnerCredentials {
    /// The partner's id.
    pub partner_id: String,
    /// The key for the `X-API-Key` header.
    pub api_key: String,
    /// The user of the token endpoint.
    pub username: String,
    /// The user's password.
    pub password: String,
}

impl PartnerCredentials {
    /// Checks that requests can have them.
    pub(crate) fn check(&self) -> Result<(), String> {
        let printable = |value: &str| value.bytes().all(|byte| byte.is_ascii_graphic());
        for (name, value) in [("id", &self.partner_id), ("API key", &self.api_key)] {
            if value.is_empty() || !printable(value) {
                return Err(format!(
                    "the {name} of a partner must be printable ASCII without spaces"
                ));
            }
        }
        Ok(())
    }
}

/// The credentials of the first partner that are not generated.
#[derive(Clone, Debug, Default)]
pub(crate) struct CredentialOverrides {
    pub(crate) partner_id: Option<String>,
    pub(crate) api_key: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
}

impl CredentialOverrides {
    pub(crate) fn apply(&self, credentials: &mut PartnerCredentials) {
        for (value, replaced) in [
            (&self.partner_id, &mut credentials.partner_id),
            (&self.api_key, &mut credentials.api_key),
            (&self.username, &mut credentials.username),
            (&self.password, &mut credentials.password),
        ] {
            if let Some(value) = value {
                replaced.clone_from(value);
            }
        }
    }
}

impl Generator {
    pub(crate) fn credentials(&self, number: u64) -> PartnerCredentials {
        let brand = brand(&mut self.rng(Kind::Partner, number));
        let mut rng = self.rng(Kind::Partner, number | 1 << 40);
        PartnerCredentials {
            partner_id: self.id(Kind::Partner, number, "PA"),
            api_key: format!("{}_ak", alphanumeric(&mut rng, 28)),
            username: format!("owner@{}", domain(&brand)),
            password: alphanumeric(&mut rng, 16),
        }
    }

    #[allow(deprecated, reason = "the API still sends these")]
    pub(crate) fn partner(&self, number: u64) -> (Partner, Extra) {
        let mut rng = self.rng(Kind::Partner, number);
        let brand = brand(&mut rng);
        let domain = domain(&brand);
        let (country, ..) = pick(&mut rng, PLACES);
        let mut partner = Partner {
            id: Some(self.id(Kind::Partner, number, "PA")),
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
                    ..Default::default()
                }),
                account_sharing: Some(AccountSharingSettings {
                    solution_id: Some(digits(&mut rng, 16)),
                    business_manager_id: Some(digits(&mut rng, 15)),
                    solution_status: Some(SolutionStatus::Active),
                    ..Default::default()
                }),
                use_marketing_messages_api: Some(rng.bool()),
                bearer_token_auth_disabled: Some(false),
                io_secure: Some(PartnerIoSecureSettings {
                    io_signature_verification_enabled: Some(false),
                    ..Default::default()
                }),
                is_direct_360dialog_partner: Some(false),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut extra = nulls(&["logo_url", "publishable_key"]);
        if self.has_anomaly(&mut rng) {
            partner_anomaly(&mut rng, &mut partner, &mut extra);
        }
        (partner, extra)
    }
}

fn brand(rng: &mut Rng) -> String {
    [pick(rng, FIRST), " ", pick(rng, BRANDS)].concat()
}
