//! What administrators do with people and subscribers.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::accounts::moderation;
use domain::entity::enums::Role as DomainRole;
use domain::subscriptions::{administration, erase};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, outcome};
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::row;
use crate::contract::types::email_subscription::EmailSubscription;
use crate::contract::types::suppression::Suppression;
use crate::contract::types::user::{Role, User};

#[derive(Default)]
pub struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Administrators. Sets the role of a user. The last administrator cannot lose the role.
    async fn set_user_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the user.")] user_id: ID,
        #[graphql(desc = "The new role.")] role: Role,
    ) -> Result<Option<SetUserRolePayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::User, &user_id, &["userId"]) {
            Ok(row) => moderation::set_role(ctx.services(), actor, row, role.into()).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(SetUserRolePayload { user: row.map(User::from), user_errors }))
    }

    /// Administrators. Bans a user: revokes their tokens and ends their sessions, also of other accounts with the same
    /// mailbox. They are told the reason when they sign in. Idempotent.
    async fn ban_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the user.")] user_id: ID,
        #[graphql(desc = "The reason, for the audit log.")] reason: String,
    ) -> Result<Option<BanUserPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::User, &user_id, &["userId"]) {
            Ok(row) => moderation::ban(ctx.services(), actor, row, &reason).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(BanUserPayload { user: row.map(User::from), user_errors }))
    }

    /// Administrators. Ends a ban. Idempotent.
    async fn unban_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the user.")] user_id: ID,
    ) -> Result<Option<UnbanUserPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::User, &user_id, &["userId"]) {
            Ok(row) => moderation::unban(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(UnbanUserPayload { user: row.map(User::from), user_errors }))
    }

    /// Administrators. Ends a subscription. Idempotent.
    async fn unsubscribe_subscriber(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the subscription.")] id: ID,
    ) -> Result<Option<UnsubscribeSubscriberPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::EmailSubscription, &id, &["id"]) {
            Ok(row) => administration::unsubscribe(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(UnsubscribeSubscriberPayload {
            email_subscription: row.map(EmailSubscription::from),
            user_errors,
        }))
    }

    /// Administrators. Like eraseSubscription, on a written request.
    async fn erase_subscriber(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the subscription.")] id: ID,
    ) -> Result<Option<EraseSubscriberPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::EmailSubscription, &id, &["id"]) {
            Ok(row) => erase::by_administrator(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (done, user_errors) = outcome(done)?;
        Ok(Some(EraseSubscriberPayload { erased: done.is_some(), user_errors }))
    }

    /// Administrators. Suppresses an address: until liftSuppression, it receives only mails that its owner requests.
    async fn suppress_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
        #[graphql(desc = "The reason, for the audit log.")] reason: String,
    ) -> Result<Option<SuppressAddressPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = administration::suppress(ctx.services(), actor, &email, &reason).await;
        let (row, user_errors) = outcome(done)?;
        Ok(Some(SuppressAddressPayload { suppression: row.map(Suppression), user_errors }))
    }

    /// Administrators. Lifts a suppression. The owner of the address can subscribe again.
    async fn lift_suppression(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<LiftSuppressionPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let (lifted, user_errors) = outcome(administration::lift(ctx.services(), actor, &email).await)?;
        Ok(Some(LiftSuppressionPayload { lifted: lifted.unwrap_or_default(), user_errors }))
    }
}

/// The result of setUserRole.
#[derive(SimpleObject)]
pub struct SetUserRolePayload {
    /// The user after the change.
    user: Option<User>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of banUser.
#[derive(SimpleObject)]
pub struct BanUserPayload {
    /// The user after the change.
    user: Option<User>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of unbanUser.
#[derive(SimpleObject)]
pub struct UnbanUserPayload {
    /// The user after the change.
    user: Option<User>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of unsubscribeSubscriber.
#[derive(SimpleObject)]
pub struct UnsubscribeSubscriberPayload {
    /// The subscription after the change.
    email_subscription: Option<EmailSubscription>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of eraseSubscriber.
#[derive(SimpleObject)]
pub struct EraseSubscriberPayload {
    /// Whether there was anything to erase.
    erased: bool,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of suppressAddress.
#[derive(SimpleObject)]
pub struct SuppressAddressPayload {
    /// The suppression.
    suppression: Option<Suppression>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of liftSuppression.
#[derive(SimpleObject)]
pub struct LiftSuppressionPayload {
    /// Whether the address was suppressed.
    lifted: bool,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
