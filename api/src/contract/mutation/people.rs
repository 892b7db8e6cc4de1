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
    /// Administrators. Gives a person a role; the last administrator stays one.
    async fn set_user_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the person.")] user_id: ID,
        #[graphql(desc = "The role that the person is to have.")] role: Role,
    ) -> Result<Option<SetUserRolePayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::User, &user_id, &["userId"]) {
            Ok(row) => moderation::set_role(ctx.services(), actor, row, role.into()).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(SetUserRolePayload { user: row.map(User::from), user_errors }))
    }

    /// Administrators. Bans a person: their tokens are revoked for good, their sessions end; so are those of other accounts
    /// of their mailbox. They hear the reason when they sign in. Again is as good as once.
    async fn ban_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the person.")] user_id: ID,
        #[graphql(desc = "Why, for the audit log.")] reason: String,
    ) -> Result<Option<BanUserPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::User, &user_id, &["userId"]) {
            Ok(row) => moderation::ban(ctx.services(), actor, row, &reason).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(BanUserPayload { user: row.map(User::from), user_errors }))
    }

    /// Administrators. Ends a ban. Again is as good as once.
    async fn unban_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the person.")] user_id: ID,
    ) -> Result<Option<UnbanUserPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = match row(NodeType::User, &user_id, &["userId"]) {
            Ok(row) => moderation::unban(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(UnbanUserPayload { user: row.map(User::from), user_errors }))
    }

    /// Administrators. Ends a subscription. Again is as good as once.
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

    /// Administrators. As eraseSubscription, on a written request.
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

    /// Administrators. Nothing but an answer to its owner's own request goes to the address any more, until
    /// liftSuppression.
    async fn suppress_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
        #[graphql(desc = "Why, for the audit log.")] reason: String,
    ) -> Result<Option<SuppressAddressPayload>> {
        let actor = ctx.require(DomainRole::Admin)?.user_id;
        let done = administration::suppress(ctx.services(), actor, &email, &reason).await;
        let (row, user_errors) = outcome(done)?;
        Ok(Some(SuppressAddressPayload { suppression: row.map(Suppression), user_errors }))
    }

    /// Administrators. Lets mail go to the address again; its owner subscribes anew.
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

/// The answer to setUserRole.
#[derive(SimpleObject)]
pub struct SetUserRolePayload {
    /// The person as they now are.
    user: Option<User>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to banUser.
#[derive(SimpleObject)]
pub struct BanUserPayload {
    /// The person as they now are.
    user: Option<User>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to unbanUser.
#[derive(SimpleObject)]
pub struct UnbanUserPayload {
    /// The person as they now are.
    user: Option<User>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to unsubscribeSubscriber.
#[derive(SimpleObject)]
pub struct UnsubscribeSubscriberPayload {
    /// The subscription as it now is.
    email_subscription: Option<EmailSubscription>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to eraseSubscriber.
#[derive(SimpleObject)]
pub struct EraseSubscriberPayload {
    /// Whether it was there.
    erased: bool,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to suppressAddress.
#[derive(SimpleObject)]
pub struct SuppressAddressPayload {
    /// The suppression.
    suppression: Option<Suppression>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to liftSuppression.
#[derive(SimpleObject)]
pub struct LiftSuppressionPayload {
    /// Whether the address was suppressed.
    lifted: bool,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}
