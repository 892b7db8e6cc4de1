//! One mail to one recipient. The rows are the queue.

use sea_orm::entity::prelude::*;

use crate::enums::{DeliveryKind, DeliveryReason, DeliveryStatus};
use crate::json::PaperIds;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it carries.
    pub kind: DeliveryKind,
    /// Whose; null for a test mail, and after erasure.
    pub subscription_id: Option<i64>,
    /// Which edition; unique with the subscription.
    pub edition_id: Option<i64>,
    /// Of a sign-in mail: which link.
    pub sign_in_id: Option<i64>,
    /// The subscriber's local date that a digest is for; unique with the subscription.
    pub local_date: Option<Date>,
    /// The address that it goes to.
    pub recipient: String,
    /// Keyed hash of the mailbox (+tags and dots folded), by which mails that anyone can trigger are counted.
    pub mailbox_hash: String,
    /// The recipient's domain, lower-cased.
    pub domain: String,
    /// State; every step is a compare-and-set on (id, attempt).
    pub status: DeliveryStatus,
    /// Why it ended without being sent.
    pub reason: Option<DeliveryReason>,
    /// How often it was claimed; the fencing token of the claim.
    pub attempt: i32,
    /// How often a server asked to try again later; the step of the retry schedule.
    pub deferrals: i32,
    /// While SENDING: until when the claim holds.
    pub lease_until: Option<DateTimeUtc>,
    /// Set exactly while it waits for an attempt.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// When it was due.
    pub due_at: DateTimeUtc,
    /// No attempt after this.
    pub expires_at: DateTimeUtc,
    /// Message-ID without brackets; the same in every attempt.
    #[sea_orm(unique)]
    pub message_id: String,
    /// A digest takes the papers of days up to this one.
    pub cutoff_day: Option<Date>,
    /// The papers chosen at the first claim, in their order.
    #[sea_orm(column_type = "JsonBinary")]
    pub papers: Option<PaperIds>,
    /// When the papers were chosen, by the feed clock.
    pub chosen_at: Option<DateTimeUtc>,
    /// The last SMTP reply or error.
    pub reply: Option<String>,
    /// When it was planned.
    pub created_at: DateTimeUtc,
    /// When the server took it.
    pub sent_at: Option<DateTimeUtc>,
    /// When an attempt first ended with the final dot unanswered.
    pub doubted_at: Option<DateTimeUtc>,
    /// When a server took it, or refused it for good.
    pub judged_at: Option<DateTimeUtc>,
    /// When it came back.
    pub bounced_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(
    id Id, kind Kind, subscription_id SubscriptionId, edition_id EditionId, sign_in_id SignInId, local_date LocalDate,
    recipient Recipient, mailbox_hash MailboxHash, domain Domain, status Status, reason Reason, attempt Attempt,
    deferrals Deferrals, lease_until LeaseUntil, next_attempt_at NextAttemptAt, due_at DueAt, expires_at ExpiresAt,
    message_id MessageId, cutoff_day CutoffDay, papers Papers, chosen_at ChosenAt, reply Reply, created_at CreatedAt,
    sent_at SentAt, doubted_at DoubtedAt, judged_at JudgedAt, bounced_at BouncedAt,
);
