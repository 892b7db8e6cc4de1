//! Mail on its way out: what it says, how it is signed, and what the replies of mail servers lead to.

mod circuit_breakers;
mod claim_failures;
mod delivery_failures;
mod dkim;
mod mail_contents;
mod message_lint;
mod smtp_relay;
mod smtp_replies;
mod smtp_timeouts;
