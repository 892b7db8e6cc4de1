//! Subscriptions by e-mail: from the first request to the last mail.

mod email_addresses;
mod export_and_erase;
mod mail_limits;
mod mail_links;
mod one_click_unsubscribe;
mod subscribers_csv;
mod subscribing;
mod suppressed_addresses;
mod unsolicited_mail;
