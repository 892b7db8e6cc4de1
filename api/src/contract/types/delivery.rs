//! Deliveries: which mails went to a subscriber, and how each ended.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::delivery::read::{self, DeliveryFilter};
use domain::entity::delivery;
use domain::entity::enums::{
    DeliveryKind as DomainKind, DeliveryReason as DomainReason, DeliveryStatus as DomainStatus, Role,
};

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{EditionKey, PaperKey, SubscriptionKey, load_failed};
use crate::contract::scalars::{Date, DateTime, EmailAddress};
use crate::contract::types::connection::{self, connection};
use crate::contract::types::edition::Edition;
use crate::contract::types::email_subscription::EmailSubscription;
use crate::contract::types::paper::Paper;

/// One mail to one recipient: a digest, or a confirmation, sign-in, manage or test mail.
#[derive(Clone, Debug)]
pub struct Delivery(pub delivery::Model);

connection!(DeliveryConnection, DeliveryEdge, Delivery, "deliveries");

/// One mail to one recipient: a digest, or a confirmation, sign-in, manage or test mail.
#[Object]
impl Delivery {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Delivery.id(self.0.id)
    }

    /// What it carries.
    async fn kind(&self) -> DeliveryKind {
        self.0.kind.into()
    }

    /// Whose it is; null for a test mail.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<EmailSubscription>> {
        let Some(id) = self.0.subscription_id else { return Ok(None) };
        let row = ctx.loader().load_one(SubscriptionKey(id)).await.map_err(load_failed)?;
        Ok(row.map(EmailSubscription::from))
    }

    /// Null for what is no digest, and for a digest that was skipped.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        let Some(id) = self.0.edition_id else { return Ok(None) };
        let row = ctx.loader().load_one(EditionKey(id)).await.map_err(load_failed)?;
        Ok(row.map(Edition))
    }

    /// The subscriber's local date that a digest is for: one a date at most.
    async fn local_date(&self) -> Option<Date> {
        self.0.local_date.map(Date)
    }

    /// Why it was skipped, suppressed, expired, cancelled or failed.
    async fn reason(&self) -> Option<DeliveryReason> {
        self.0.reason.map(Into::into)
    }

    /// Its state.
    async fn status(&self) -> DeliveryStatus {
        self.0.status.into()
    }

    /// How often a worker took it up.
    async fn attempts(&self) -> i32 {
        self.0.attempt
    }

    /// The same in every attempt, without angle brackets.
    async fn message_id(&self) -> Option<&str> {
        Some(&self.0.message_id)
    }

    /// The last SMTP reply, code and text. Null except to administrators.
    async fn reply(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.reply.as_deref().filter(|_| ctx.require(Role::Admin).is_ok())
    }

    /// When it was due.
    async fn due_at(&self) -> DateTime {
        DateTime(self.0.due_at)
    }

    /// When the mail server took it.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// When it came back.
    async fn bounced_at(&self) -> Option<DateTime> {
        self.0.bounced_at.map(DateTime)
    }

    /// When it is tried again.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_attempt_at.map(DateTime)
    }

    /// The papers that it carries, in their order; none until they are chosen.
    async fn papers(&self, ctx: &Context<'_>) -> Result<Vec<Paper>> {
        let ids = self.0.papers.as_ref().map(|papers| papers.0.clone()).unwrap_or_default();
        let keys = ids.iter().map(|&id| PaperKey(id));
        let mut papers = ctx.loader().load_many(keys).await.map_err(load_failed)?;
        Ok(ids.into_iter().filter_map(|id| papers.remove(&PaperKey(id))).map(Paper::from).collect())
    }

    /// Null except to administrators.
    async fn email(&self, ctx: &Context<'_>) -> Option<EmailAddress> {
        ctx.require(Role::Admin).ok().map(|_| EmailAddress(self.0.recipient.clone()))
    }
}

/// What a mail carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainKind")]
pub enum DeliveryKind {
    /// Papers.
    Digest,
    /// The link that confirms a subscription.
    Confirmation,
    /// The link that signs in.
    SignIn,
    /// The link that opens the preferences.
    Manage,
    /// A digest for one address, outside every count.
    Test,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainStatus")]
pub enum DeliveryStatus {
    /// Waits for an attempt.
    Queued,
    /// A worker has it.
    Sending,
    /// The mail server took it.
    Sent,
    /// The mail server asked to try again later.
    Deferred,
    /// Refused for good.
    Failed,
    /// Not sent because the recipient left or is suppressed.
    Suppressed,
    /// Not sent in time.
    Expired,
    /// Stopped by an administrator.
    Cancelled,
    /// Nothing to send, or too late.
    Skipped,
    /// Handed over without an answer; sent again once, 30 minutes later, with the same Message-ID.
    InDoubt,
    /// Came back after it was sent.
    Bounced,
    /// Reported as spam after it was sent.
    Complained,
}

/// Why a delivery ended without being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainReason")]
pub enum DeliveryReason {
    /// No paper to send.
    Empty,
    /// More than six hours late.
    TooLate,
    /// The next digest was planned first, or another mail took its place.
    Superseded,
    /// The subscriber left.
    Unsubscribed,
    /// The address is suppressed.
    Suppressed,
    /// The server refused the message.
    Rejected,
    /// The server does not know the mailbox.
    BadRecipient,
    /// The server refused us, not the recipient.
    Policy,
    /// The message exceeds what the server takes.
    TooLarge,
    /// It was not sent before it expired.
    RetriesExhausted,
    /// An administrator stopped it.
    Cancelled,
}

/// A page of deliveries.
///
/// # Errors
/// Where the arguments cannot be, or the database fails.
pub async fn list(
    ctx: &Context<'_>,
    filter: &DeliveryFilter,
    page: PageArguments,
) -> Result<DeliveryConnection> {
    let rows = read::list(filter, ctx.services().db.backend());
    connection::page(ctx, rows, page, (), Delivery).await.map(DeliveryConnection)
}
