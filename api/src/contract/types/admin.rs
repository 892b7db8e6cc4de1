//! What only administrators may read.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::delivery::health::pause::{self, SendingState as DomainState};
use domain::delivery::read::{AddressFilter, DeliveryFilter};
use domain::sources::imports::runs;
use domain::sources::schedule::status;
use domain::subscriptions::{administration, suppression};
use domain::{accounts, audit, stats};
use smtp::Address;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::scalars::{Date, DateTime};
use crate::contract::types::audit_entry::{AuditEntry, AuditEntryConnection};
use crate::contract::types::connection;
use crate::contract::types::delivery::{self, DeliveryConnection, DeliveryStatus};
use crate::contract::types::edition::Edition;
use crate::contract::types::email_subscription::{
    EmailSubscription, EmailSubscriptionConnection, SubscriptionStatus,
};
use crate::contract::types::import_run::{ImportRun, ImportRunConnection};
use crate::contract::types::source::Source;
use crate::contract::types::suppression::{Suppression, SuppressionConnection};
use crate::contract::types::user::{User, UserConnection};
use graphql_server::ErrorCode;

/// Data that only administrators may read.
pub struct Admin;

/// Data that only administrators may read.
#[Object]
impl Admin {
    /// Counts of the main objects.
    async fn stats(&self, ctx: &Context<'_>) -> Result<Option<Stats>> {
        let counted = stats::count(ctx.services().db.read()).await.map_err(into_graphql)?;
        Ok(Some(counted.into()))
    }

    /// The state of sending: whether digests are sent, and why not.
    async fn sending(&self, ctx: &Context<'_>) -> Result<Option<SendingState>> {
        let state = pause::load_state(ctx.services().db.read()).await.map_err(into_graphql)?;
        Ok(Some(state.into()))
    }

    /// Subscriptions, the latest first, optionally of one status or one address.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn email_subscriptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with this status.")] status: Option<SubscriptionStatus>,
        #[graphql(desc = "Only the one of this address.")] email: Option<String>,
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
    ) -> Result<EmailSubscriptionConnection> {
        let page = PageArguments { first, after, last, before };
        let address = email.as_deref().map(address).transpose()?;
        let found = administration::list(status.map(Into::into), address.as_ref());
        let rows = connection::page(ctx, found, page, (), EmailSubscription::from).await?;
        Ok(EmailSubscriptionConnection(rows))
    }

    /// Deliveries, the latest first. Every argument narrows the list. from and to are the days (UTC) on which the
    /// deliveries were due.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this edition.")] edition_id: Option<ID>,
        #[graphql(desc = "Only those to this subscription.")] subscription_id: Option<ID>,
        #[graphql(desc = "Only those with this paper.")] paper_id: Option<ID>,
        #[graphql(desc = "Only those with this status.")] status: Option<DeliveryStatus>,
        #[graphql(desc = "Only those to this address.")] email: Option<String>,
        #[graphql(desc = "Not before this day.")] from: Option<Date>,
        #[graphql(desc = "Not after this day.")] to: Option<Date>,
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
    ) -> Result<DeliveryConnection> {
        let day = |day: Option<Date>| day.map(|day| day.0);
        let filter = DeliveryFilter {
            edition_id: row(NodeType::Edition, "editionId", edition_id)?,
            subscription_id: row(NodeType::EmailSubscription, "subscriptionId", subscription_id)?,
            paper_id: row(NodeType::Paper, "paperId", paper_id)?,
            status: status.map(Into::into),
            address: email.map(|email| address_filter(ctx, &email)).transpose()?,
            from: day(from),
            to: day(to),
        };
        delivery::list(ctx, &filter, PageArguments { first, after, last, before }).await
    }

    /// The sources that can be read by schedule, and how they stand.
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<Source>> {
        let sources = status::all(ctx.services()).await.map_err(into_graphql)?;
        Ok(sources.into_iter().map(Source).collect())
    }

    /// Import runs, the latest first.
    async fn import_runs(
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
    ) -> Result<ImportRunConnection> {
        let page = PageArguments { first, after, last, before };
        connection::page(ctx, runs::list(), page, (), ImportRun).await.map(ImportRunConnection)
    }

    /// Users, the latest first, optionally only those whose handle, name or address contains the text.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Text contained in the handle, name or address of the user.")] query: Option<String>,
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
    ) -> Result<UserConnection> {
        let page = PageArguments { first, after, last, before };
        let found = accounts::read::list(query.as_deref());
        connection::page(ctx, found, page, (), User::from).await.map(UserConnection)
    }

    /// Suppressed addresses, the latest first.
    async fn suppressions(
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
    ) -> Result<SuppressionConnection> {
        let page = PageArguments { first, after, last, before };
        let rows = connection::page(ctx, suppression::list(), page, (), Suppression).await?;
        Ok(SuppressionConnection(rows))
    }

    /// The actions of curators and administrators, the latest first.
    async fn audit_log(
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
    ) -> Result<AuditEntryConnection> {
        let page = PageArguments { first, after, last, before };
        connection::page(ctx, audit::list(), page, (), AuditEntry).await.map(AuditEntryConnection)
    }
}

fn row(node_type: NodeType, argument: &str, id: Option<ID>) -> Result<Option<i64>> {
    let Some(id) = id else { return Ok(None) };
    let row = node_type.row(&id);
    row.map(Some).ok_or_else(|| {
        ErrorCode::BadRequest.error(format!("{argument} is not the identifier of such an object."))
    })
}

fn address(email: &str) -> Result<Address> {
    Address::read(email).map_err(|problem| ErrorCode::BadRequest.error(format!("email: {problem}")))
}

fn address_filter(ctx: &Context<'_>, email: &str) -> Result<AddressFilter> {
    let address = address(email)?;
    let keys = &ctx.services().settings.keys;
    Ok(AddressFilter { key: address.key(), mailbox_hashes: keys.address_hashes(&address.mailbox_key()) })
}

/// Counts of the main objects.
#[derive(SimpleObject)]
pub struct Stats {
    /// All papers, hidden ones included.
    papers: u64,
    /// Papers on a feed.
    featured_papers: u64,
    /// Users with an account.
    users: u64,
    /// Subscriptions that receive digests.
    active_subscriptions: u64,
    /// Subscriptions that wait to be confirmed.
    pending_subscriptions: u64,
    /// Deliveries that wait for an attempt.
    deliveries_due: u64,
    /// The latest five editions.
    last_editions: Vec<Edition>,
}

impl From<stats::Stats> for Stats {
    fn from(stats: stats::Stats) -> Self {
        Self {
            papers: stats.papers,
            featured_papers: stats.featured_papers,
            users: stats.users,
            active_subscriptions: stats.active_subscriptions,
            pending_subscriptions: stats.pending_subscriptions,
            deliveries_due: stats.deliveries_due,
            last_editions: stats.last_editions.into_iter().map(Edition).collect(),
        }
    }
}

/// The state of sending: whether digests are sent, and why not.
#[derive(SimpleObject)]
pub struct SendingState {
    /// The time when digests were paused, by an administrator or by a surge of bounces; null if they are not paused.
    paused_at: Option<DateTime>,
    /// The reason for the pause; if there is none, the reason for which circuits are open.
    reason: Option<String>,
    /// Recipient domains to which no digests are sent for now, because they refuse mail from this service; `*` means
    /// all.
    open_circuits: Vec<String>,
    /// The due time of the oldest waiting digest.
    oldest_due_at: Option<DateTime>,
    /// Digests that wait for an attempt.
    queued: u64,
}

impl From<DomainState> for SendingState {
    fn from(state: DomainState) -> Self {
        Self {
            paused_at: state.paused_at.map(DateTime),
            reason: state.reason,
            open_circuits: state.open_circuits,
            oldest_due_at: state.oldest_due_at.map(DateTime),
            queued: state.queued,
        }
    }
}
