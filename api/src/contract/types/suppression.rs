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

/// An address that no digest may reach. The address is known only while a subscription still holds it.
#[Object]
impl Suppression {
    /// The address; null where no subscription holds it any more.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<EmailAddress>> {
        let key = AddressKey(self.0.address_hash.clone());
        Ok(ctx.loader().load_one(key).await.map_err(load_failed)?.map(EmailAddress))
    }

    /// Why.
    async fn reason(&self) -> SuppressionReason {
        self.0.reason.into()
    }

    /// What an administrator or a mail server said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }
}
