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
    /// The identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Delivery.id(self.0.id)
    }

    /// The content.
    async fn kind(&self) -> DeliveryKind {
        self.0.kind.into()
    }

    /// The subscription; null for a test mail.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<EmailSubscription>> {
        let Some(id) = self.0.subscription_id else { return Ok(None) };
        let row = ctx.loader().load_one(SubscriptionKey(id)).await.map_err(load_failed)?;
        Ok(row.map(EmailSubscription::from))
    }

    /// The edition; null for mails other than digests, and for a skipped digest.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        let Some(id) = self.0.edition_id else { return Ok(None) };
        let row = ctx.loader().load_one(EditionKey(id)).await.map_err(load_failed)?;
        Ok(row.map(Edition))
    }

    /// The subscriber's local date of a digest. There is at most one digest for a date.
    async fn local_date(&self) -> Option<Date> {
        self.0.local_date.map(Date)
    }

    /// Why it was skipped, suppressed, expired, cancelled or failed.
    async fn reason(&self) -> Option<DeliveryReason> {
        self.0.reason.map(Into::into)
    }

    /// The status.
    async fn status(&self) -> DeliveryStatus {
        self.0.status.into()
    }

    /// The number of attempts.
    async fn attempts(&self) -> i32 {
        self.0.attempt
    }

    /// The Message-ID without angle brackets, the same in every attempt.
    async fn message_id(&self) -> Option<&str> {
        Some(&self.0.message_id)
    }

    /// The code and text of the last SMTP reply. Null except to administrators.
    async fn reply(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.reply.as_deref().filter(|_| ctx.require(Role::Admin).is_ok())
    }

    /// The due time.
    async fn due_at(&self) -> DateTime {
        DateTime(self.0.due_at)
    }

    /// The time when the mail server accepted it.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// The time when it bounced.
    async fn bounced_at(&self) -> Option<DateTime> {
        self.0.bounced_at.map(DateTime)
    }

    /// The time of the next attempt.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_attempt_at.map(DateTime)
    }

    /// The papers in it, in order; none until they are selected.
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

/// The kind of a mail.
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
    /// A test digest, which is not counted.
    Test,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainStatus")]
pub enum DeliveryStatus {
    /// It waits for an attempt.
    Queued,
    /// A worker is sending it.
    Sending,
    /// The mail server accepted it.
    Sent,
    /// The mail server asked to try again later.
    Deferred,
    /// It failed permanently.
    Failed,
    /// It was not sent because the recipient has unsubscribed or is suppressed.
    Suppressed,
    /// It was not sent in time.
    Expired,
    /// Stopped by an administrator.
    Cancelled,
    /// There was nothing to send, or it was too late.
    Skipped,
    /// The mail server did not reply after the message was sent; it is sent again once, 30 minutes later, with the same
    /// Message-ID.
    InDoubt,
    /// It bounced after it was sent.
    Bounced,
    /// It was reported as spam after it was sent.
    Complained,
}

/// Why a delivery ended without being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainReason")]
pub enum DeliveryReason {
    /// There was no paper to send.
    Empty,
    /// It was more than six hours late.
    TooLate,
    /// It was replaced by the next digest or another mail.
    Superseded,
    /// The subscriber has unsubscribed.
    Unsubscribed,
    /// The address is suppressed.
    Suppressed,
    /// The server refused the message.
    Rejected,
    /// The server does not know the mailbox.
    BadRecipient,
    /// The server refused the sender, not the recipient.
    Policy,
    /// The message is larger than the server accepts.
    TooLarge,
    /// It was not sent before it expired.
    RetriesExhausted,
    /// An administrator cancelled it.
    Cancelled,
}

/// A page of deliveries.
///
/// # Errors
/// If the arguments are not valid.
pub async fn list(
    ctx: &Context<'_>,
    filter: &DeliveryFilter,
    page: PageArguments,
) -> Result<DeliveryConnection> {
    let rows = read::list(filter, ctx.services().db.backend());
    connection::page(ctx, rows, page, (), Delivery).await.map(DeliveryConnection)
}
