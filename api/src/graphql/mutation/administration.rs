//! What administrators do with digests.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::delivery::test_digest::{self, TestDigestInput as DomainInput};
use domain::editions::open;
use domain::entity::enums::Role;

use crate::graphql::context::ContextExt as _;
use crate::graphql::error::{UserError, outcome};
use crate::graphql::scalars::FeedPeriod;
use crate::graphql::types::delivery::Delivery;
use crate::graphql::types::edition::{Cadence, Edition};
use crate::graphql::types::subscription::DigestFilterInput;

#[derive(Default)]
pub struct AdministrationMutation;

#[Object]
impl AdministrationMutation {
    /// Administrators. Makes the edition of a complete period by hand and plans it, due now, for every active
    /// subscription that has neither it nor a digest today.
    async fn open_edition(
        &self,
        ctx: &Context<'_>,
        cadence: Cadence,
        period: FeedPeriod,
    ) -> Result<Option<OpenEditionPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let done = open::open(ctx.services(), actor, cadence.into(), period.0).await;
        let (row, user_errors) = outcome(done)?;
        Ok(Some(OpenEditionPayload { edition: row.map(Edition), user_errors }))
    }

    /// Administrators. Builds an edition for one address and sends it now, outside every count. Without a
    /// period: the latest complete one that has papers.
    async fn send_test_digest(
        &self,
        ctx: &Context<'_>,
        input: TestDigestInput,
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
