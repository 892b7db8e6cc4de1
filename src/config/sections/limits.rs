//! Limits on what strangers, clients and people cause.

use std::num::NonZeroU32;

use api::server::LimitSettings;
use serde::Deserialize;

/// The section as written; 0 is no limit.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawLimits {
    mails_per_minute: u32,
    triggered_mails_per_hour: u32,
    client_points_per_second: u32,
    person_points_per_second: u32,
    client_streams: u32,
}

/// Limits.
#[derive(Clone, Copy, Debug)]
pub struct LimitsConfig {
    /// Mails that strangers can cause, to all recipients together.
    pub triggered_mails_per_hour: Option<NonZeroU32>,
    /// The limits of one client, or one person.
    pub clients: LimitSettings,
}

impl RawLimits {
    /// The limits: no number is wrong.
    pub(in crate::config) fn check(&self) -> LimitsConfig {
        LimitsConfig {
            triggered_mails_per_hour: NonZeroU32::new(self.triggered_mails_per_hour),
            clients: LimitSettings {
                mails_per_minute: NonZeroU32::new(self.mails_per_minute),
                client_points_per_second: NonZeroU32::new(self.client_points_per_second),
                person_points_per_second: NonZeroU32::new(self.person_points_per_second),
                client_streams: NonZeroU32::new(self.client_streams),
            },
        }
    }
}
