//! Generated channels.

use fastrand::Rng;
use partner_api::types::{
    Channel, ChannelAccountMode, ChannelAvailability, ChannelHubStatus, ChannelSettings,
    ChannelSetupInfo, ChannelStatus, ChannelThroughput, VerificationMethod,
};

use crate::clock::timestamp;
use crate::seed::anomalies::channel_anomaly;
use crate::seed::extra::{Extra, nulls};
use crate::seed::generator::{EPOCH, Generator, Kind, SPAN};
use crate::seed::names::{FIRST, PLACES};
use crate::seed::random::{digits, pick};

const LIMITS: &[&str] = &["NA", "TIER_250", "TIER_1K", "TIER_10K", "TIER_UNLIMITED"];
const QUALITY_RATINGS: &[&str] = &["NA", "Low", "Medium", "High"];
const TIERS: &[&str] = &["basic", "regular", "premium"];

impl Generator {
    /// The channels that a generated client has when the emulator starts.
    pub(crate) fn channels(&self, client: u64, client_id: &str) -> Vec<(Channel, Extra)> {
        (0..u64::from(self.channel_count(client)))
            .map(|nth| self.channel(client * 4 + nth, client_id))
            .collect()
    }

    pub(crate) fn channel_count(&self, client: u64) -> u8 {
        self.rng(Kind::Channel, client).u8(1..=3)
    }

    #[allow(deprecated, reason = "the API still sends these")]
    fn channel(&self, number: u64, client_id: &str) -> (Channel, Extra) {
        let mut rng = self.rng(Kind::Channel, number | 1 << 40);
        let (.., phone_prefix) = pick(&mut rng, PLACES);
        let live = rng.u8(0..10) > 1;
        let (status, availability, hub_status) = if live {
            (
                ChannelStatus::Ready,
                ChannelAvailability::Ready,
                ChannelHubStatus::Live,
            )
        } else {
            let setting_up = ChannelAvailability::SettingUp;
            (
                ChannelStatus::Unverified,
                setting_up,
                ChannelHubStatus::Draft,
            )
        };
        let mut channel = Channel {
            id: Some(self.id(Kind::Channel, number, "CH")),
            client_id: Some(client_id.into()),
            status: Some(status),
            availability_status: Some(availability),
            hub_status: Some(hub_status),
            created_at: Some(timestamp(EPOCH + rng.u64(0..SPAN))),
            current_limit: Some(pick(&mut rng, LIMITS).to_owned()),
            current_quality_rating: Some(pick(&mut rng, QUALITY_RATINGS).into()),
            is_oba: Some(rng.u8(..) == 0),
            account_mode: Some(ChannelAccountMode::Live),
            is_migrated: Some(false),
            version: Some(2),
            settings: Some(settings(&mut rng, live)),
            setup_info: Some(setup_info(&mut rng, phone_prefix)),
            ..Default::default()
        };
        let mut extra = nulls(&[
            "billing_started_at",
            "cancelled_at",
            "current_quality_update_event",
            "has_inbox",
            "terminated_at",
        ]);
        if self.has_anomaly(&mut rng) {
            channel_anomaly(&mut rng, &mut channel, &mut extra);
        }
        (channel, extra)
    }
}

#[allow(deprecated, reason = "the API still sends these")]
fn settings(rng: &mut Rng, live: bool) -> ChannelSettings {
    ChannelSettings {
        tier: Some(pick(rng, TIERS).to_owned()),
        throughput: Some(ChannelThroughput {
            level: Some("STANDARD".to_owned()),
            ..Default::default()
        }),
        is_allowed_to_send_outbound_message: Some(live),
        ..Default::default()
    }
}

fn setup_info(rng: &mut Rng, phone_prefix: &str) -> ChannelSetupInfo {
    ChannelSetupInfo {
        phone_number: Some([phone_prefix, &digits(rng, 7)].concat()),
        phone_name: Some(pick(rng, FIRST).to_owned()),
        default_language: Some("en".to_owned()),
        ivr: Some(false),
        verification_method: Some(if rng.bool() {
            VerificationMethod::Sms
        } else {
            VerificationMethod::Voice
        }),
        was_in_use: Some(rng.bool()),
        ..Default::default()
    }
}
