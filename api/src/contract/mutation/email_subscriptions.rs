//! What subscribers do: ask for a digest, confirm, change, leave.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::subscriptions::{confirm, erase, manage, unsubscribe};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, outcome, visitor_outcome};
use crate::contract::scalars::EmailAddress;
use crate::contract::types::email_subscription::{
    EmailSubscription, SubscribeInput, UpdateSubscriptionInput,
};

#[derive(Default)]
pub struct EmailSubscriptionMutation;

#[Object]
impl EmailSubscriptionMutation {
    /// Requests a subscription. The response is the same for new, known and suppressed addresses; a mail says the rest.
    async fn subscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: SubscribeInput,
    ) -> Result<Option<SubscribePayload>> {
        let email = input.email.clone();
        let asked = ctx.visitor().subscribe(&email, &input.into()).await;
        let (address, user_errors) = visitor_outcome(asked)?;
        Ok(Some(SubscribePayload { email: address.map(EmailAddress::from), user_errors }))
    }

    /// Confirms with the token of a confirmation mail: applies the requested settings, and sends the first digest. A
    /// token that was used before changes and shows nothing.
    async fn confirm_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<ConfirmSubscriptionPayload>> {
        let (row, user_errors) = outcome(confirm::confirm(ctx.services(), &token).await)?;
        let email_subscription = row.flatten().map(EmailSubscription::from);
        Ok(Some(ConfirmSubscriptionPayload { email_subscription, user_errors }))
    }

    /// Changes the subscription that a manage token opens.
    async fn update_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
        #[graphql(desc = "The input.")] input: UpdateSubscriptionInput,
    ) -> Result<Option<UpdateSubscriptionPayload>> {
        let (row, user_errors) = outcome(manage::update(ctx.services(), &token, &input.into()).await)?;
        let email_subscription = row.map(EmailSubscription::from);
        Ok(Some(UpdateSubscriptionPayload { email_subscription, user_errors }))
    }

    /// Unsubscribes with the token of a mail's unsubscribe link, which can do nothing else. Idempotent.
    async fn unsubscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<UnsubscribePayload>> {
        let (done, user_errors) = outcome(unsubscribe::unsubscribe(ctx.services(), &token).await)?;
        Ok(Some(UnsubscribePayload { unsubscribed: done.is_some(), user_errors }))
    }

    /// All data stored about the address, as JSON.
    async fn export_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<ExportSubscriptionPayload>> {
        let (json, user_errors) = outcome(erase::export(ctx.services(), &token).await)?;
        Ok(Some(ExportSubscriptionPayload { json, user_errors }))
    }

    /// Erases the address and all data stored with it, except for a keyed hash that keeps it suppressed.
    async fn erase_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<EraseSubscriptionPayload>> {
        let (done, user_errors) = outcome(erase::by_owner(ctx.services(), &token).await)?;
        Ok(Some(EraseSubscriptionPayload { erased: done.is_some(), user_errors }))
    }

    /// Mails a link to the preferences. The response is the same for every address.
    async fn request_manage_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<RequestManageLinkPayload>> {
        let (address, user_errors) = visitor_outcome(ctx.visitor().manage_link(&email).await)?;
        Ok(Some(RequestManageLinkPayload { email: address.map(EmailAddress::from), user_errors }))
    }
}

/// The result of subscribe.
#[derive(SimpleObject)]
pub struct SubscribePayload {
    /// The normalized address.
    email: Option<EmailAddress>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of confirmSubscription.
#[derive(SimpleObject)]
pub struct ConfirmSubscriptionPayload {
    /// The subscription after the change; null without userErrors if the token was used before.
    email_subscription: Option<EmailSubscription>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of updateSubscription.
#[derive(SimpleObject)]
pub struct UpdateSubscriptionPayload {
    /// The subscription after the change.
    email_subscription: Option<EmailSubscription>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of unsubscribe.
#[derive(SimpleObject)]
pub struct UnsubscribePayload {
    /// True, also if the subscription had already ended.
    unsubscribed: bool,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of requestManageLink.
#[derive(SimpleObject)]
pub struct RequestManageLinkPayload {
    /// The normalized address.
    email: Option<EmailAddress>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of exportSubscription.
#[derive(SimpleObject)]
pub struct ExportSubscriptionPayload {
    /// All of it.
    json: Option<String>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of eraseSubscription.
#[derive(SimpleObject)]
pub struct EraseSubscriptionPayload {
    /// Whether there was anything to erase.
    erased: bool,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
