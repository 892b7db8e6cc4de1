//! What settings of one section require of another.

use std::path::PathBuf;

use domain::settings::is_loopback;

use super::Role;
use super::problems::Problems;
use super::sections::delivery::DeliveryConfig;
use super::sections::http::HttpConfig;
use super::sections::mail::MailConfig;
use super::sections::storage::StorageConfig;

/// Requirements for mail that leaves this machine: otherwise it could reach strangers with dead links, or from an invalid
/// sender.
pub(super) fn require_for_strangers(
    http: &HttpConfig,
    mail: &MailConfig,
    delivery: &DeliveryConfig,
    problems: &mut Problems,
) {
    if !delivery.is_remote() {
        return;
    }
    let is_https = http.base_url.as_ref().is_some_and(|url| url.scheme() == "https");
    problems.require(is_https, "base_url must begin with https:// if smtp_url names another machine");
    let domain = mail.sender.from.email.domain();
    let is_public = domain != "localhost" && !domain.ends_with(".localhost");
    problems.require(is_public, "mail_from must not be at localhost if smtp_url names another machine");
}

/// The folder whose mail a browser may read: that of mail without a server, if nobody but this machine is served.
pub(super) fn dev_mail(
    role: Role,
    http: &HttpConfig,
    storage: &StorageConfig,
    delivery: &DeliveryConfig,
) -> Option<PathBuf> {
    let is_private = http.listen.ip().is_loopback() && http.base_url.as_ref().is_none_or(is_loopback);
    (role == Role::Serve && delivery.smtp.is_none() && is_private).then(|| storage.mail_dir())
}
