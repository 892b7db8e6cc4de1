//! What administrators do with digests.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::delivery::health::pause;
use domain::digests::cancel_edition::{self, Retryable};
use domain::digests::send_edition;
use domain::digests::test_digest::{self, TestDigestInput as DomainInput};
use domain::entity::enums::Role;

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, outcome};
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::row;
use crate::contract::scalars::FeedPeriod;
use crate::contract::types::admin::SendingState;
use crate::contract::types::delivery::Delivery;
use crate::contract::types::edition::{Cadence, Edition};
use crate::contract::types::email_subscription::DigestFilterInput;

#[derive(Default)]
pub struct AdministrationMutation;

#[Object]
impl AdministrationMutation {
    /// Administrators. Makes the edition of a complete period by hand and plans it, due now, for every active
    /// subscription that has neither it nor a digest today.
    async fn open_edition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether it is of days, weeks or months.")] cadence: Cadence,
        #[graphql(desc = "The day, ISO week or month of the edition.")] period: FeedPeriod,
    ) -> Result<Option<OpenEditionPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let done = send_edition::open(ctx.services(), actor, cadence.into(), period.0).await;
        let (row, user_errors) = outcome(done)?;
        Ok(Some(OpenEditionPayload { edition: row.map(Edition), user_errors }))
    }

    /// Administrators. Stops every digest, at once and in every process, until resumed. Confirmation, sign-in and manage
    /// mail goes on.
    async fn pause_sending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why, for the audit log.")] reason: String,
    ) -> Result<Option<PauseSendingPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let (state, user_errors) = outcome(pause::pause(ctx.services(), actor, &reason).await)?;
        Ok(Some(PauseSendingPayload { sending: state.map(SendingState::from), user_errors }))
    }

    /// Administrators. Lets digests leave again.
    async fn resume_sending(&self, ctx: &Context<'_>) -> Result<Option<ResumeSendingPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let (state, user_errors) = outcome(pause::resume(ctx.services(), actor).await)?;
        Ok(Some(ResumeSendingPayload { sending: state.map(SendingState::from), user_errors }))
    }

    /// Administrators. Cancels what of an edition was not sent yet. Again is as good as once.
    async fn cancel_edition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the edition.")] id: ID,
    ) -> Result<Option<CancelEditionPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let done = match row(NodeType::Edition, &id, &["id"]) {
            Ok(row) => cancel_edition::cancel(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(CancelEditionPayload { edition: row.map(Edition), user_errors }))
    }

    /// Administrators. The same rows and Message-IDs go out again, to those whose next digest is not under way.
    async fn retry_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the edition.")] edition_id: ID,
        #[graphql(desc = "Only those in one of these states.")] statuses: Vec<RetryableStatus>,
    ) -> Result<Option<RetryDeliveriesPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let statuses: Vec<Retryable> = statuses.into_iter().map(Into::into).collect();
        let done = match row(NodeType::Edition, &edition_id, &["editionId"]) {
            Ok(row) => cancel_edition::retry(ctx.services(), actor, row, &statuses).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(RetryDeliveriesPayload { edition: row.map(Edition), user_errors }))
    }

    /// Administrators. Builds an edition for one address and sends it now, outside every count. Without a
    /// period: the latest complete one that has papers.
    async fn send_test_digest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: TestDigestInput,
    ) -> Result<Option<SendTestDigestPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let input = DomainInput {
            email: input.email,
            cadence: input.cadence.into(),
            period: input.period.map(|period| period.0),
            filter: input.filter.unwrap_or_default().into(),
            idempotency_key: input.idempotency_key,
        };
        let (row, user_errors) = outcome(test_digest::send(ctx.services(), actor, &input).await)?;
        Ok(Some(SendTestDigestPayload { delivery: row.map(Delivery), user_errors }))
    }
}

/// What of an edition can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Retryable")]
pub enum RetryableStatus {
    /// What was refused.
    Failed,
    /// What was not sent in time.
    Expired,
    /// What was handed over without an answer.
    InDoubt,
}

/// A digest for one address.
#[derive(Clone, Debug, InputObject)]
pub struct TestDigestInput {
    /// Unique to the caller for 24 hours; a repeated request gets the first one's answer.
    idempotency_key: Option<String>,
    /// Where it goes.
    email: String,
    /// Which digest.
    cadence: Cadence,
    /// Of which period; without one, of the latest complete one that has papers.
    period: Option<FeedPeriod>,
    /// What it is narrowed to.
    filter: Option<DigestFilterInput>,
}

/// The answer to openEdition.
#[derive(SimpleObject)]
pub struct OpenEditionPayload {
    /// The edition.
    edition: Option<Edition>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to sendTestDigest.
#[derive(SimpleObject)]
pub struct SendTestDigestPayload {
    /// The mail, on its way.
    delivery: Option<Delivery>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to pauseSending.
#[derive(SimpleObject)]
pub struct PauseSendingPayload {
    /// How it now stands.
    sending: Option<SendingState>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to resumeSending.
#[derive(SimpleObject)]
pub struct ResumeSendingPayload {
    /// How it now stands.
    sending: Option<SendingState>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to cancelEdition.
#[derive(SimpleObject)]
pub struct CancelEditionPayload {
    /// The edition as it now is.
    edition: Option<Edition>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to retryDeliveries.
#[derive(SimpleObject)]
pub struct RetryDeliveriesPayload {
    /// The edition.
    edition: Option<Edition>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}
