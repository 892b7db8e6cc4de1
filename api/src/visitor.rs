//! A client that may be a stranger, and what it may ask for only so often: mail that its requests cause, and signing in.
//!
//! Always: the client's quota is counted here and nowhere else, before the domain is asked; what the domain limits by
//! address and by network comes on top.

use std::net::IpAddr;

use domain::Services;
use domain::accounts::sign_in;
use domain::entity::user;
use domain::subscriptions::settings::SettingsInput;
use domain::subscriptions::{manage, subscribe};
use smtp::Address;

use crate::limits::{Limits, network};

/// Why a visitor did not get what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The client caused too much mail.
    #[error("Too many mails were requested from your network. Please try again in a few minutes.")]
    TooManyMails,
    /// The client tried too often to sign in.
    #[error("Too many attempts to sign in came from your network. Please try again in a few minutes.")]
    TooManySignIns,
    /// The domain refused it, or failed.
    #[error(transparent)]
    Domain(#[from] domain::Error),
}

/// The client of a request.
pub struct Visitor<'a> {
    pub services: &'a Services,
    pub limits: &'a Limits,
    pub client: IpAddr,
}

impl Visitor<'_> {
    /// Asks for a subscription. Returns the address as it was understood.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn subscribe(&self, email: &str, settings: &SettingsInput) -> Result<Address, Refusal> {
        let network = self.count_mail()?;
        Ok(subscribe::subscribe(self.services, email, settings, Some(network)).await?)
    }

    /// Asks for a link to a subscription's settings. Returns the address as it was understood.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn manage_link(&self, email: &str) -> Result<Address, Refusal> {
        let network = self.count_mail()?;
        Ok(manage::request_link(self.services, email, Some(network)).await?)
    }

    /// Asks for the same link by the token of a mail.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn manage_link_by_token(&self, token: &str) -> Result<(), Refusal> {
        self.count_mail()?;
        Ok(manage::request_link_by_token(self.services, token).await?)
    }

    /// Asks for a link by which a person signs in. Returns the address as it was understood.
    ///
    /// # Errors
    /// Why no mail was asked for.
    pub async fn sign_in_link(&self, email: &str) -> Result<Address, Refusal> {
        let network = self.count_mail()?;
        Ok(sign_in::request(self.services, email, Some(network)).await?)
    }

    /// Signs in with the token of such a link. Returns the session's token, and who it is.
    ///
    /// # Errors
    /// Why nobody was signed in.
    pub async fn sign_in(&self, token: &str) -> Result<(String, user::Model), Refusal> {
        if !self.limits.allows_guess(self.client) {
            return Err(Refusal::TooManySignIns);
        }
        Ok(sign_in::sign_in(self.services, token, Some(network(self.client))).await?)
    }

    /// Counts a mail; returns the network that it is counted to.
    fn count_mail(&self) -> Result<IpAddr, Refusal> {
        if self.limits.allows_mail(self.client) {
            Ok(network(self.client))
        } else {
            Err(Refusal::TooManyMails)
        }
    }
}
