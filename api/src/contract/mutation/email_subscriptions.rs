//! What subscribers do: ask for a digest, confirm, change, leave.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::subscriptions::{confirm, erase, manage, unsubscribe};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, mail_outcome, outcome};
use crate::contract::scalars::EmailAddress;
use crate::contract::types::email_subscription::{
    EmailSubscription, SubscribeInput, UpdateSubscriptionInput,
};

#[derive(Default)]
pub struct EmailSubscriptionMutation;

#[Object]
impl EmailSubscriptionMutation {
    /// Asks for a digest. The answer is the same whether the address is new, known or suppressed; a mail says
    /// the rest.
    async fn subscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: SubscribeInput,
    ) -> Result<Option<SubscribePayload>> {
        let email = input.email.clone();
        let asked = ctx.triggered_mail().subscribe(&email, &input.into()).await;
        let (address, user_errors) = mail_outcome(asked)?;
        Ok(Some(SubscribePayload { email: address.map(EmailAddress::from), user_errors }))
    }

    /// Uses the token of a confirmation mail: applies what was asked for, and sends the first digest. Used
    /// again, it changes nothing and shows nothing.
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
        #[graphql(desc = "What is asked for.")] input: UpdateSubscriptionInput,
    ) -> Result<Option<UpdateSubscriptionPayload>> {
        let (row, user_errors) = outcome(manage::update(ctx.services(), &token, &input.into()).await)?;
        let email_subscription = row.map(EmailSubscription::from);
        Ok(Some(UpdateSubscriptionPayload { email_subscription, user_errors }))
    }

    /// Takes the token of a mail's unsubscribe link, which can do nothing else; again is as good as once.
    async fn unsubscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<UnsubscribePayload>> {
        let (done, user_errors) = outcome(unsubscribe::unsubscribe(ctx.services(), &token).await)?;
        Ok(Some(UnsubscribePayload { unsubscribed: done.is_some(), user_errors }))
    }

    /// All that is stored about the address, as JSON.
    async fn export_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<ExportSubscriptionPayload>> {
        let (json, user_errors) = outcome(erase::export(ctx.services(), &token).await)?;
        Ok(Some(ExportSubscriptionPayload { json, user_errors }))
    }

    /// Erases the address and all that was stored with it, but for a keyed hash that keeps it suppressed.
    async fn erase_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the mail.")] token: String,
    ) -> Result<Option<EraseSubscriptionPayload>> {
        let (done, user_errors) = outcome(erase::by_owner(ctx.services(), &token).await)?;
        Ok(Some(EraseSubscriptionPayload { erased: done.is_some(), user_errors }))
    }

    /// Mails a link that opens the preferences. Same answer for every address.
    async fn request_manage_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<RequestManageLinkPayload>> {
        let (address, user_errors) = mail_outcome(ctx.triggered_mail().manage_link(&email).await)?;
        Ok(Some(RequestManageLinkPayload { email: address.map(EmailAddress::from), user_errors }))
    }
}

/// The answer to subscribe.
#[derive(SimpleObject)]
pub struct SubscribePayload {
    /// The address as it was understood.
    email: Option<EmailAddress>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to confirmSubscription.
#[derive(SimpleObject)]
pub struct ConfirmSubscriptionPayload {
    /// The subscription as it now is; null without userErrors where the token was used before.
    email_subscription: Option<EmailSubscription>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to updateSubscription.
#[derive(SimpleObject)]
pub struct UpdateSubscriptionPayload {
    /// The subscription as it now is.
    email_subscription: Option<EmailSubscription>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to unsubscribe.
#[derive(SimpleObject)]
pub struct UnsubscribePayload {
    /// True also for one who had left already.
    unsubscribed: bool,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to requestManageLink.
#[derive(SimpleObject)]
pub struct RequestManageLinkPayload {
    /// The address as it was understood.
    email: Option<EmailAddress>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to exportSubscription.
#[derive(SimpleObject)]
pub struct ExportSubscriptionPayload {
    /// All of it.
    json: Option<String>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to eraseSubscription.
#[derive(SimpleObject)]
pub struct EraseSubscriptionPayload {
    /// Whether it was there.
    erased: bool,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}
