//! What only administrators may read.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::NaiveDate;
use data_encoding::BASE64URL_NOPAD;
use domain::delivery::read::{AddressFilter, DeliveryFilter};
use domain::delivery::sending::{self, SendingState as DomainState};
use domain::entity::enums::{ImportStatus as DomainImportStatus, PaperSource as DomainSource};
use domain::entity::{audit_entry, import_run, suppression as suppression_row};
use domain::mail::address::Address;
use domain::sources::runs;
use domain::subscriptions::{administration, suppression};
use domain::{accounts, audit, stats};

use crate::graphql::context::ContextExt as _;
use crate::graphql::cursor::PageArguments;
use crate::graphql::error::{Code, convert};
use crate::graphql::ids::NodeType;
use crate::graphql::loaders::{AddressKey, UserKey, failed};
use crate::graphql::scalars::{Date, DateTime, EmailAddress};

use super::connection::{self, connection};
use super::delivery::{self, DeliveryConnection, DeliveryStatus};
use super::edition::Edition;
use super::subscription::{
    EmailSubscription, EmailSubscriptionConnection, SubscriptionStatus, SuppressionReason,
};
use super::user::{User, UserConnection};

/// Rejected records of an import that are named.
const PROBLEMS: u64 = 100;

/// What only an administrator may read.
pub struct Admin;

/// What only an administrator may read.
#[Object]
impl Admin {
    /// How much there is.
    async fn stats(&self, ctx: &Context<'_>) -> Result<Option<Stats>> {
        let counted = stats::count(ctx.services().db.read()).await.map_err(convert)?;
        Ok(Some(counted.into()))
    }

    /// Whether digests leave, and what holds them.
    async fn sending(&self, ctx: &Context<'_>) -> Result<Option<SendingState>> {
        let state = sending::state(ctx.services().db.read()).await.map_err(convert)?;
        Ok(Some(state.into()))
    }

    /// Subscriptions, the latest first: of a status, of an address, or all.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn email_subscriptions(
        &self,
        ctx: &Context<'_>,
        status: Option<SubscriptionStatus>,
        email: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<EmailSubscriptionConnection> {
        let page = PageArguments { first, after, last, before };
        let found = administration::list(status.map(Into::into), email.as_deref());
        let description = format!("subscriptions {status:?} {email:?}");
        let rows = connection::rows(ctx, &description, found, &page, EmailSubscription).await?;
        Ok(EmailSubscriptionConnection(rows))
    }

    /// Deliveries, the latest first; every argument narrows. from and to are the days (UTC) on which they were due.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        edition_id: Option<ID>,
        subscription_id: Option<ID>,
        paper_id: Option<ID>,
        status: Option<DeliveryStatus>,
        email: Option<String>,
        from: Option<Date>,
        to: Option<Date>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<DeliveryConnection> {
        let day = |day: Option<Date>| -> Option<NaiveDate> { day.map(|day| day.0) };
        let filter = DeliveryFilter {
            edition_id: row(NodeType::Edition, "editionId", edition_id)?,
            subscription_id: row(NodeType::EmailSubscription, "subscriptionId", subscription_id)?,
            paper_id: row(NodeType::Paper, "paperId", paper_id)?,
            status: status.map(Into::into),
            address: email.map(|email| address_filter(ctx, &email)).transpose()?,
            from: day(from),
            to: day(to),
        };
        delivery::list(ctx, &filter, &PageArguments { first, after, last, before }).await
    }

    /// Runs of imports, the latest first.
    async fn import_runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ImportRunConnection> {
        let page = PageArguments { first, after, last, before };
        connection::rows(ctx, "import runs", runs::list(), &page, ImportRun).await.map(ImportRunConnection)
    }

    /// People, who came last first: all, or those in whose handle, name or address the text stands.
    async fn users(
        &self,
        ctx: &Context<'_>,
        query: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<UserConnection> {
        let page = PageArguments { first, after, last, before };
        let found = accounts::read::list(query.as_deref());
        connection::rows(ctx, &format!("users {query:?}"), found, &page, User).await.map(UserConnection)
    }

    /// Addresses that no digest may reach, the latest first.
    async fn suppressions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<SuppressionConnection> {
        let page = PageArguments { first, after, last, before };
        let rows = connection::rows(ctx, "suppressions", suppression::list(), &page, Suppression).await?;
        Ok(SuppressionConnection(rows))
    }

    /// What curators and administrators did, the latest first.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<AuditEntryConnection> {
        let page = PageArguments { first, after, last, before };
        connection::rows(ctx, "audit log", audit::list(), &page, AuditEntry).await.map(AuditEntryConnection)
    }
}

fn row(node_type: NodeType, argument: &str, id: Option<ID>) -> Result<Option<i64>> {
    let Some(id) = id else { return Ok(None) };
    let row = node_type.row(&id);
    row.map(Some)
        .ok_or_else(|| Code::BadRequest.error(format!("{argument} is no identifier of such an object.")))
}

fn address_filter(ctx: &Context<'_>, email: &str) -> Result<AddressFilter> {
    let address =
        Address::parse(email).ok_or_else(|| Code::BadRequest.error("email is no e-mail address."))?;
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
    /// Since when an administrator keeps digests back; null while they leave.
    paused_at: Option<DateTime>,
    /// Why.
    reason: Option<String>,
    /// Recipient domains to which nothing goes for now, because they refuse what comes from here.
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
            open_circuits: Vec::new(),
            oldest_due_at: state.oldest_due_at.map(DateTime),
            queued: state.queued,
        }
    }
}

/// A run of an import.
#[derive(Clone, Debug)]
pub struct ImportRun(pub import_run::Model);

connection!(ImportRunConnection, ImportRunEdge, ImportRun, "runs of imports");

/// A run of an import.
#[Object]
impl ImportRun {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::ImportRun.id(self.0.id)
    }

    /// Where the papers come from.
    async fn source(&self) -> PaperSource {
        self.0.source.into()
    }

    /// How it stands.
    async fn status(&self) -> ImportStatus {
        self.0.status.into()
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Records read.
    async fn read(&self) -> i32 {
        self.0.read
    }

    /// Papers made.
    async fn created(&self) -> i32 {
        self.0.created
    }

    /// Papers changed.
    async fn updated(&self) -> i32 {
        self.0.updated
    }

    /// Papers that were so already.
    async fn unchanged(&self) -> i32 {
        self.0.unchanged
    }

    /// Records refused.
    async fn rejected(&self) -> i32 {
        self.0.rejected
    }

    /// The first 100 rejected records, each with its reason.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        runs::problems(ctx.services().db.read(), self.0.id, PROBLEMS).await.map_err(convert)
    }
}

/// Where papers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainSource")]
pub enum PaperSource {
    /// Hugging Face's daily papers.
    HfDaily,
    /// The sample papers that the service brings along.
    Sample,
}

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainImportStatus")]
pub enum ImportStatus {
    /// Under way, or broken off: started again on the same input it goes on.
    Running,
    /// Ended.
    Done,
    /// Ended by an error.
    Failed,
    /// Ended by an administrator.
    Cancelled,
}

/// An address that no digest may reach.
#[derive(Clone, Debug)]
pub struct Suppression(pub suppression_row::Model);

connection!(SuppressionConnection, SuppressionEdge, Suppression, "suppressions");

/// An address that no digest may reach. The address is known only while a subscription still holds it.
#[Object]
impl Suppression {
    /// The address; null where no subscription holds it any more.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<EmailAddress>> {
        let key = AddressKey(self.0.address_hash.clone());
        Ok(ctx.loader().load_one(key).await.map_err(failed)?.map(EmailAddress))
    }

    /// Why.
    async fn reason(&self) -> SuppressionReason {
        self.0.reason.into()
    }

    /// What an administrator or a mail server said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }
}

/// Something that a curator or an administrator did.
#[derive(Clone, Debug)]
pub struct AuditEntry(pub audit_entry::Model);

connection!(AuditEntryConnection, AuditEntryEdge, AuditEntry, "entries of the audit log");

/// Something that a curator or an administrator did.
#[Object]
impl AuditEntry {
    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Who; null for the command line, and once the account is gone.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(id) = self.0.actor_id else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(id)).await.map_err(failed)?.map(User))
    }

    /// The mutation or command.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The identifier of what it was done to.
    async fn target(&self) -> Option<ID> {
        self.0.target.as_ref().map(|target| ID(BASE64URL_NOPAD.encode(target.as_bytes())))
    }

    /// What changed, as JSON.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}
