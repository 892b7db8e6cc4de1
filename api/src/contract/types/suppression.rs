//! Addresses that no digest may reach.

use async_graphql::{Context, Object, Result};
use domain::entity::suppression;

use crate::contract::context::ContextExt as _;
use crate::contract::loaders::{AddressKey, load_failed};
use crate::contract::scalars::{DateTime, EmailAddress};
use crate::contract::types::connection::connection;
use crate::contract::types::email_subscription::SuppressionReason;

/// An address that no digest may reach.
#[derive(Clone, Debug)]
pub struct Suppression(pub suppression::Model);

connection!(SuppressionConnection, SuppressionEdge, Suppression, "suppressions");

/// A suppressed address, to which no digest may be sent. The address itself is known only while a subscription has it.
#[Object]
impl Suppression {
    /// The address; null if no subscription has it any longer.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<EmailAddress>> {
        let key = AddressKey(self.0.address_hash.clone());
        Ok(ctx.loader().load_one(key).await.map_err(load_failed)?.map(EmailAddress))
    }

    /// Why.
    async fn reason(&self) -> SuppressionReason {
        self.0.reason.into()
    }

    /// The note of an administrator or the reply of a mail server.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The start of the suppression.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }
}
