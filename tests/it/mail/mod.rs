//! Outgoing mail: contents, signatures, and the effects of replies of mail servers.

mod circuit_breakers;
mod claim_failures;
mod delivery_failures;
mod dkim;
mod mail_contents;
mod message_lint;
mod smtp_relay;
mod smtp_replies;
mod smtp_timeouts;
