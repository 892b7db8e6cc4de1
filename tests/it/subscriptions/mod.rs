//! Subscriptions by e-mail: from the first request to the last mail.

mod email_addresses;
mod one_click_unsubscribe;
mod subscribers_csv;
mod subscribing;
mod unsolicited_mail;
