//! A subscriber's own subscription.

use async_graphql::{Context, Object, Result};
use domain::subscriptions::manage;

use crate::graphql::context::ContextExt as _;
use crate::graphql::error::convert;
use crate::graphql::types::subscription::EmailSubscription;

#[derive(Default)]
pub struct SubscriptionQuery;

#[Object]
impl SubscriptionQuery {
    /// The e-mail subscription that a manage token opens. Null where the token is wrong or expired.
    async fn email_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<EmailSubscription>> {
        let row = manage::open(ctx.services(), &token).await.map_err(convert)?;
        Ok(row.map(EmailSubscription::from))
    }
}
