//! The archive of digests.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use db::paging::PageRequest;
use domain::editions::read::{EditionList, EditionPapers};
use domain::editions::{cadence_word, period, read};
use domain::entity::edition;
use domain::entity::enums::{Cadence as DomainCadence, DeliveryStatus, Role};

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{ProgressOf, load_failed};
use crate::contract::projection;
use crate::contract::scalars::{Date, DateTime, FeedPeriod, Url};
use crate::contract::types::connection::{self, connection};
use crate::contract::types::paper::{Paper, PaperConnection};
use crate::contract::types::paper_columns;

/// The frequency of a digest and the length of its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainCadence")]
pub enum Cadence {
    /// A feed day.
    Daily,
    /// An ISO week.
    Weekly,
    /// A calendar month.
    Monthly,
}

/// The archive page of one period: the papers featured in it, frozen once the period is complete. Only periods with
/// papers have one.
#[derive(Clone, Debug)]
pub struct Edition(pub edition::Model);

connection!(EditionConnection, EditionEdge, Edition, "editions");

/// The archive page of one period: the papers featured in it, frozen once the period is complete. Only periods with
/// papers have one.
#[Object]
impl Edition {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Edition.id(self.0.id)
    }

    /// The length of the period.
    async fn cadence(&self) -> Cadence {
        self.0.cadence.into()
    }

    /// The period.
    async fn period(&self) -> Result<FeedPeriod> {
        period(&self.0).map(FeedPeriod).map_err(into_graphql)
    }

    /// The first day of the period.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// The last day of the period, inclusive.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// The heading: the period and the first paper.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The time of its creation.
    async fn published_at(&self) -> DateTime {
        DateTime(self.0.published_at)
    }

    /// The time when deliveries not yet sent were cancelled.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.0.cancelled_at.map(DateTime)
    }

    /// Its page in the archive.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        let path = format!("editions/{}/{}", cadence_word(self.0.cadence), self.0.period);
        Url(ctx.services().settings.link(&path))
    }

    /// The edition of the same cadence before it.
    async fn previous(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        neighbour(ctx, read::previous(&self.0)).await
    }

    /// The edition of the same cadence after it.
    async fn next(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        neighbour(ctx, read::next(&self.0)).await
    }

    /// Its papers, in the trending order at the completion of the period.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The number of entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the entries begin.")] after: Option<String>,
        #[graphql(
            desc = "The number of entries from the end, or before `before`: 0 to 100. It cannot be combined with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the entries end.")] before: Option<String>,
    ) -> Result<PaperConnection> {
        let papers = EditionPapers { edition_id: self.0.id };
        let page = PageArguments { first, after, last, before };
        let columns = projection::of_nodes(&ctx.item.node, paper_columns::columns);
        connection::page(ctx, papers, page, columns, |row| Paper(row.paper.into())).await.map(PaperConnection)
    }

    /// Null except to administrators.
    async fn progress(&self, ctx: &Context<'_>) -> Result<Option<EditionProgress>> {
        if ctx.require(Role::Admin).is_err() {
            return Ok(None);
        }
        let counts = ctx.loader().load_one(ProgressOf(self.0.id)).await.map_err(load_failed)?;
        Ok(Some(EditionProgress::new(&counts.unwrap_or_default())))
    }
}

/// Counts of deliveries by status.
#[derive(SimpleObject)]
pub struct EditionProgress {
    /// All of them.
    planned: i64,
    /// Deliveries that wait for their first attempt.
    queued: i64,
    /// Deliveries that are being sent.
    sending: i64,
    /// Deliveries that the mail server accepted.
    sent: i64,
    /// Deliveries that wait for another attempt.
    deferred: i64,
    /// It failed permanently.
    failed: i64,
    /// It was not sent because the recipient has unsubscribed or is suppressed.
    suppressed: i64,
    /// It was not sent in time.
    expired: i64,
    /// There was nothing to send, or it was too late.
    skipped: i64,
    /// Deliveries that bounced after they were sent.
    bounced: i64,
    /// Deliveries that were reported as spam.
    complained: i64,
    /// Stopped by an administrator.
    cancelled: i64,
    /// Deliveries to which the mail server did not reply.
    in_doubt: i64,
}

impl EditionProgress {
    fn new(counts: &HashMap<DeliveryStatus, i64>) -> Self {
        let of = |status| counts.get(&status).copied().unwrap_or_default();
        Self {
            planned: counts.values().sum(),
            queued: of(DeliveryStatus::Queued),
            sending: of(DeliveryStatus::Sending),
            sent: of(DeliveryStatus::Sent),
            deferred: of(DeliveryStatus::Deferred),
            failed: of(DeliveryStatus::Failed),
            suppressed: of(DeliveryStatus::Suppressed),
            expired: of(DeliveryStatus::Expired),
            skipped: of(DeliveryStatus::Skipped),
            bounced: of(DeliveryStatus::Bounced),
            complained: of(DeliveryStatus::Complained),
            cancelled: of(DeliveryStatus::Cancelled),
            in_doubt: of(DeliveryStatus::InDoubt),
        }
    }
}

/// A page of the archive.
pub async fn list(
    ctx: &Context<'_>,
    cadence: Option<Cadence>,
    page: PageArguments,
) -> Result<EditionConnection> {
    let list = EditionList { cadence: cadence.map(Into::into) };
    connection::page(ctx, list, page, (), Edition).await.map(EditionConnection)
}

async fn neighbour(ctx: &Context<'_>, part: PageRequest<EditionList>) -> Result<Option<Edition>> {
    let page = ctx.loader().load_one(part).await.map_err(load_failed)?;
    Ok(page.and_then(|page| page.rows.into_iter().next()).map(Edition))
}
