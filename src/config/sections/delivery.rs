//! Delivery settings: the mail server, and how digests are sent to it.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use chrono::TimeDelta;
use domain::settings::DigestSettings;
use serde::Deserialize;
use smtp::{Authorities, Options, SettingNames, SmtpTransport};

use super::mail::MailConfig;
use crate::config::problems::Problems;

/// The maximum size of a file with certificates, in bytes.
const MAX_AUTHORITIES_BYTES: u64 = 1024 * 1024;

/// The maximum rate.
const MAX_MESSAGES_PER_SECOND: u32 = 10_000;

/// The maximum time that the mail server has to reply.
const MAX_TIMEOUT_SECONDS: u32 = 3_600;

/// The maximum duration of a claim.
const MAX_LEASE_MINUTES: u32 = 240;

/// The time that a server on another machine has to reply: less, and messages would be sent twice.
const MIN_REMOTE_TIMEOUT_SECONDS: u32 = 60;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawDelivery {
    smtp_url: Option<String>,
    smtp_ca_file: Option<String>,
    smtp_timeout_seconds: u32,
    smtp_connections: usize,
    smtp_messages_per_second: u32,
    first_digest_at_once: bool,
    lease_minutes: u32,
}

/// Delivery settings.
#[derive(Clone, Debug)]
pub struct DeliveryConfig {
    /// `None`: mail is written to files.
    pub smtp: Option<SmtpTransport>,
    pub digests: DigestSettings,
}

impl DeliveryConfig {
    /// Whether mail leaves this machine.
    pub fn is_remote(&self) -> bool {
        self.smtp.as_ref().is_some_and(|smtp| !smtp.is_local())
    }
}

impl RawDelivery {
    /// Checks the section. The mail server is greeted with the domain of the sender.
    pub(in crate::config) fn check(
        &self,
        mail: Option<&MailConfig>,
        problems: &mut Problems,
    ) -> Option<DeliveryConfig> {
        let domain = mail.map_or("localhost", |mail| mail.sender.from.email.domain());
        let smtp = self.smtp(domain, problems);
        let is_rate = self.smtp_messages_per_second <= MAX_MESSAGES_PER_SECOND;
        problems.require(
            is_rate,
            &format!("smtp_messages_per_second must be at most {MAX_MESSAGES_PER_SECOND}, or 0 for no limit"),
        );
        problems.require(
            (1..=MAX_TIMEOUT_SECONDS).contains(&self.smtp_timeout_seconds),
            &format!("smtp_timeout_seconds must be 1 to {MAX_TIMEOUT_SECONDS}"),
        );
        problems.require(
            (1..=MAX_LEASE_MINUTES).contains(&self.lease_minutes),
            &format!("lease_minutes must be 1 to {MAX_LEASE_MINUTES}"),
        );
        let connections = NonZeroUsize::new(self.smtp_connections).ok_or("must be at least 1");
        let connections = problems.take("smtp_connections", connections)?;
        let digests = DigestSettings {
            first_at_once: self.first_digest_at_once,
            connections,
            rate: NonZeroU32::new(self.smtp_messages_per_second),
            lease_time: TimeDelta::minutes(self.lease_minutes.into()),
        };
        let config = DeliveryConfig { smtp, digests };
        let is_patient = self.smtp_timeout_seconds >= MIN_REMOTE_TIMEOUT_SECONDS;
        problems.require(
            is_patient || !config.is_remote(),
            &format!(
                "smtp_timeout_seconds must be at least {MIN_REMOTE_TIMEOUT_SECONDS} if smtp_url names another machine"
            ),
        );
        Some(config)
    }

    /// The way to the mail server; `None` if there is none.
    fn smtp(&self, domain: &str, problems: &mut Problems) -> Option<SmtpTransport> {
        let authorities = match self.smtp_ca_file.as_deref() {
            Some(file) => problems.take("smtp_ca_file", authorities(file))?,
            None => Authorities::default(),
        };
        let options = Options {
            hello: domain.to_owned(),
            step_timeout: Duration::from_secs(self.smtp_timeout_seconds.into()),
            authorities,
            setting_names: SettingNames { address: "smtp_url", authorities: "smtp_ca_file" },
        };
        problems.take_given("smtp_url", self.smtp_url.as_ref(), |url| SmtpTransport::new(url, options))
    }
}

/// Authorities that may vouch for the mail server beside the usual ones.
fn authorities(file: &str) -> Result<Authorities, String> {
    let unreadable = |error: std::io::Error| format!("names a file that cannot be read: {file}: {error}");
    if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_AUTHORITIES_BYTES {
        return Err(format!("names a file that is too large for certificates: {file}"));
    }
    Authorities::from_pem(&std::fs::read(file).map_err(unreadable)?).map_err(|error| error.to_string())
}
