//! A subscriber's own subscription.

use async_graphql::{Context, Object, Result};
use domain::subscriptions::manage;

use crate::contract::context::ContextExt as _;
use crate::contract::error::into_graphql;
use crate::contract::types::email_subscription::EmailSubscription;

#[derive(Default)]
pub struct EmailSubscriptionQuery;

#[Object]
impl EmailSubscriptionQuery {
    /// The e-mail subscription of a manage token. Null if the token is wrong or expired.
    #[graphql(cache_control(private))]
    async fn email_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<EmailSubscription>> {
        let row = manage::open(ctx.services(), &token).await.map_err(into_graphql)?;
        Ok(row.map(EmailSubscription::from))
    }
}
