//! What only administrators may read.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::delivery::health::pause::{self, SendingState as DomainState};
use domain::delivery::read::{AddressFilter, DeliveryFilter};
use domain::sources::runs;
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
use crate::contract::types::suppression::{Suppression, SuppressionConnection};
use crate::contract::types::user::{User, UserConnection};
use graphql_server::ErrorCode;

/// What only an administrator may read.
pub struct Admin;

/// What only an administrator may read.
#[Object]
impl Admin {
    /// How much there is.
    async fn stats(&self, ctx: &Context<'_>) -> Result<Option<Stats>> {
        let counted = stats::count(ctx.services().db.read()).await.map_err(into_graphql)?;
        Ok(Some(counted.into()))
    }

    /// Whether digests leave, and what holds them.
    async fn sending(&self, ctx: &Context<'_>) -> Result<Option<SendingState>> {
        let state = pause::state(ctx.services().db.read()).await.map_err(into_graphql)?;
        Ok(Some(state.into()))
    }

    /// Subscriptions, the latest first: of a status, of an address, or all.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn email_subscriptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state.")] status: Option<SubscriptionStatus>,
        #[graphql(desc = "Only the one of this address.")] email: Option<String>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<EmailSubscriptionConnection> {
        let page = PageArguments { first, after, last, before };
        let address = email.as_deref().map(address).transpose()?;
        let found = administration::list(status.map(Into::into), address.as_ref());
        let rows = connection::page(ctx, found, page, (), EmailSubscription::from).await?;
        Ok(EmailSubscriptionConnection(rows))
    }

    /// Deliveries, the latest first; every argument narrows. from and to are the days (UTC) on which they were due.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this edition.")] edition_id: Option<ID>,
        #[graphql(desc = "Only those to this subscription.")] subscription_id: Option<ID>,
        #[graphql(desc = "Only those with this paper.")] paper_id: Option<ID>,
        #[graphql(desc = "Only those in this state.")] status: Option<DeliveryStatus>,
        #[graphql(desc = "Only those to this address.")] email: Option<String>,
        #[graphql(desc = "Not before this day.")] from: Option<Date>,
        #[graphql(desc = "Not after this day.")] to: Option<Date>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
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

    /// Runs of imports, the latest first.
    async fn import_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<ImportRunConnection> {
        let page = PageArguments { first, after, last, before };
        connection::page(ctx, runs::list(), page, (), ImportRun).await.map(ImportRunConnection)
    }

    /// People, who came last first: all, or those in whose handle, name or address the text stands.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Text that the name or the address of the person holds.")] query: Option<String>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<UserConnection> {
        let page = PageArguments { first, after, last, before };
        let found = accounts::read::list(query.as_deref());
        connection::page(ctx, found, page, (), User::from).await.map(UserConnection)
    }

    /// Addresses that no digest may reach, the latest first.
    async fn suppressions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<SuppressionConnection> {
        let page = PageArguments { first, after, last, before };
        let rows = connection::page(ctx, suppression::list(), page, (), Suppression).await?;
        Ok(SuppressionConnection(rows))
    }

    /// What curators and administrators did, the latest first.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<AuditEntryConnection> {
        let page = PageArguments { first, after, last, before };
        connection::page(ctx, audit::list(), page, (), AuditEntry).await.map(AuditEntryConnection)
    }
}

fn row(node_type: NodeType, argument: &str, id: Option<ID>) -> Result<Option<i64>> {
    let Some(id) = id else { return Ok(None) };
    let row = node_type.row(&id);
    row.map(Some)
        .ok_or_else(|| ErrorCode::BadRequest.error(format!("{argument} is no identifier of such an object.")))
}

fn address(email: &str) -> Result<Address> {
    Address::read(email).map_err(|problem| ErrorCode::BadRequest.error(format!("email: {problem}")))
}

fn address_filter(ctx: &Context<'_>, email: &str) -> Result<AddressFilter> {
    let address = address(email)?;
    let keys = &ctx.services().settings.keys;
    Ok(AddressFilter { key: address.key(), mailbox_hashes: keys.address_hashes(&address.mailbox_key()) })
}

/// How much there is.
#[derive(SimpleObject)]
pub struct Stats {
    /// All papers, hidden ones included.
    papers: u64,
    /// Papers on a feed.
    featured_papers: u64,
    /// People with an account.
    users: u64,
    /// Subscriptions that get digests.
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

/// Whether digests leave, and what holds them.
#[derive(SimpleObject)]
pub struct SendingState {
    /// Since when digests are kept back, by an administrator or by a surge of bounces; null while they leave.
    paused_at: Option<DateTime>,
    /// Why; where nobody keeps them back, why circuits are open.
    reason: Option<String>,
    /// Recipient domains to which no digest goes for now, because they refuse what comes from here; `*` for all.
    open_circuits: Vec<String>,
    /// When the digest that waits longest was due.
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
