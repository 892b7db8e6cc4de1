//! Mail that anyone's request causes: confirmations, manage links, sign-in links.
//!
//! Always: the client's quota is counted here and nowhere else, before the domain is asked; what the domain limits by
//! address and by network comes on top.

use std::net::IpAddr;

use domain::Services;
use domain::accounts::sign_in;
use domain::subscriptions::settings::SettingsInput;
use domain::subscriptions::{manage, subscribe};
use smtp::Address;

use crate::limits::{Limits, network};

/// Why no mail was asked for.
#[derive(Debug)]
pub enum Refusal {
    /// This client caused too many.
    TooMany,
    /// The domain refused it, or failed.
    Domain(domain::Error),
}

impl From<domain::Error> for Refusal {
    fn from(error: domain::Error) -> Self {
        Self::Domain(error)
    }
}

/// One client's way to such mail.
pub struct TriggeredMail<'a> {
    pub services: &'a Services,
    pub limits: &'a Limits,
    pub client: IpAddr,
}

impl TriggeredMail<'_> {
    /// Asks for a subscription. Returns the address as it was understood.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn subscribe(&self, email: &str, settings: &SettingsInput) -> Result<Address, Refusal> {
        let network = self.count()?;
        Ok(subscribe::subscribe(self.services, email, settings, Some(network)).await?)
    }

    /// Asks for a link to a subscription's settings. Returns the address as it was understood.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn manage_link(&self, email: &str) -> Result<Address, Refusal> {
        let network = self.count()?;
        Ok(manage::request_link(self.services, email, Some(network)).await?)
    }

    /// Asks for the same link by the token of a mail.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn manage_link_by_token(&self, token: &str) -> Result<(), Refusal> {
        self.count()?;
        Ok(manage::request_link_by_token(self.services, token).await?)
    }

    /// Asks for a link by which a person signs in. Returns the address as it was understood.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn sign_in_link(&self, email: &str) -> Result<Address, Refusal> {
        let network = self.count()?;
        Ok(sign_in::request(self.services, email, Some(network)).await?)
    }

    /// Counts a mail; returns the network that it is counted to.
    fn count(&self) -> Result<IpAddr, Refusal> {
        if self.limits.allows_mail(self.client) { Ok(network(self.client)) } else { Err(Refusal::TooMany) }
    }
}
