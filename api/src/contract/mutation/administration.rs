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
use crate::contract::types::topic_filter::DigestFilterInput;

#[derive(Default)]
pub struct AdministrationMutation;

#[Object]
impl AdministrationMutation {
    /// Administrators. Creates the edition of a complete period manually and plans it, due now, for every active
    /// subscription that has had neither it nor a digest today.
    async fn open_edition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cadence of the edition.")] cadence: Cadence,
        #[graphql(desc = "The day, ISO week or month of the edition.")] period: FeedPeriod,
    ) -> Result<Option<OpenEditionPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let done = send_edition::open(ctx.services(), actor, cadence.into(), period.0).await;
        let (row, user_errors) = outcome(done)?;
        Ok(Some(OpenEditionPayload { edition: row.map(Edition), user_errors }))
    }

    /// Administrators. Pauses all digests, at once and in every process, until they are resumed. Confirmation, sign-in
    /// and manage mail continues.
    async fn pause_sending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reason, for the audit log.")] reason: String,
    ) -> Result<Option<PauseSendingPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let (state, user_errors) = outcome(pause::pause(ctx.services(), actor, &reason).await)?;
        Ok(Some(PauseSendingPayload { sending: state.map(SendingState::from), user_errors }))
    }

    /// Administrators. Resumes digests.
    async fn resume_sending(&self, ctx: &Context<'_>) -> Result<Option<ResumeSendingPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let (state, user_errors) = outcome(pause::resume(ctx.services(), actor).await)?;
        Ok(Some(ResumeSendingPayload { sending: state.map(SendingState::from), user_errors }))
    }

    /// Administrators. Cancels the deliveries of an edition that are not sent yet. Idempotent.
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

    /// Administrators. Sends deliveries again, with the same Message-IDs, to subscribers whose next digest is not in
    /// progress.
    async fn retry_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the edition.")] edition_id: ID,
        #[graphql(desc = "Only those with one of these statuses.")] statuses: Vec<RetryableStatus>,
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

    /// Administrators. Sends a test digest to one address now, which is not counted. Without a period, it is of the
    /// latest complete one with papers.
    async fn send_test_digest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: TestDigestInput,
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

/// The statuses of deliveries that can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Retryable")]
pub enum RetryableStatus {
    /// Deliveries that were refused.
    Failed,
    /// Deliveries that were not sent in time.
    Expired,
    /// Deliveries to which the mail server did not reply.
    InDoubt,
}

/// A test digest to one address.
#[derive(Clone, Debug, InputObject)]
pub struct TestDigestInput {
    /// A key that is unique to the caller for 24 hours; a repeated request gets the response of the first one.
    idempotency_key: Option<String>,
    /// The recipient.
    email: String,
    /// The cadence of the digest.
    cadence: Cadence,
    /// The period; the latest complete one with papers if it is omitted.
    period: Option<FeedPeriod>,
    /// The filter.
    filter: Option<DigestFilterInput>,
}

/// The result of openEdition.
#[derive(SimpleObject)]
pub struct OpenEditionPayload {
    /// The edition.
    edition: Option<Edition>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of sendTestDigest.
#[derive(SimpleObject)]
pub struct SendTestDigestPayload {
    /// The queued mail.
    delivery: Option<Delivery>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of pauseSending.
#[derive(SimpleObject)]
pub struct PauseSendingPayload {
    /// The state after the change.
    sending: Option<SendingState>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of resumeSending.
#[derive(SimpleObject)]
pub struct ResumeSendingPayload {
    /// The state after the change.
    sending: Option<SendingState>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of cancelEdition.
#[derive(SimpleObject)]
pub struct CancelEditionPayload {
    /// The edition after the change.
    edition: Option<Edition>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of retryDeliveries.
#[derive(SimpleObject)]
pub struct RetryDeliveriesPayload {
    /// The edition.
    edition: Option<Edition>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
