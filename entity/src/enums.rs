//! Closed sets of values, stored as text and spelled as in the GraphQL contract.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How often a digest comes, and how long a period is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cadence {
    /// A feed day.
    #[sea_orm(string_value = "DAILY")]
    Daily,
    /// An ISO week.
    #[sea_orm(string_value = "WEEKLY")]
    Weekly,
    /// A calendar month.
    #[sea_orm(string_value = "MONTHLY")]
    Monthly,
}

/// What a person may do; each role may do what those before it may.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Votes, comments, submits.
    #[sea_orm(string_value = "READER")]
    Reader,
    /// Features and edits papers.
    #[sea_orm(string_value = "CURATOR")]
    Curator,
    /// Runs the place.
    #[sea_orm(string_value = "ADMIN")]
    Admin,
}

/// Whether digests go out.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriptionStatus {
    /// Not confirmed yet.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Digests go out.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// Ended by the subscriber.
    #[sea_orm(string_value = "UNSUBSCRIBED")]
    Unsubscribed,
    /// No mail may go there.
    #[sea_orm(string_value = "SUPPRESSED")]
    Suppressed,
}

/// Why an address is suppressed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SuppressionReason {
    /// The subscriber left.
    #[sea_orm(string_value = "UNSUBSCRIBED")]
    Unsubscribed,
    /// The mailbox does not exist.
    #[sea_orm(string_value = "HARD_BOUNCE")]
    HardBounce,
    /// Three soft bounces in 30 days.
    #[sea_orm(string_value = "SOFT_BOUNCES")]
    SoftBounces,
    /// Reported as spam.
    #[sea_orm(string_value = "COMPLAINT")]
    Complaint,
    /// An administrator said so.
    #[sea_orm(string_value = "ADMINISTRATOR")]
    Administrator,
    /// The owner of the address did not ask for it.
    #[sea_orm(string_value = "NOT_ME")]
    NotMe,
    /// Erased on request.
    #[sea_orm(string_value = "ERASED")]
    Erased,
}

/// What a mail carries.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryKind {
    /// Papers.
    #[sea_orm(string_value = "DIGEST")]
    Digest,
    /// The link that confirms a subscription.
    #[sea_orm(string_value = "CONFIRMATION")]
    Confirmation,
    /// The link that signs in.
    #[sea_orm(string_value = "SIGN_IN")]
    SignIn,
    /// The link that opens the preferences.
    #[sea_orm(string_value = "MANAGE")]
    Manage,
    /// A digest for one address, outside every count.
    #[sea_orm(string_value = "TEST")]
    Test,
}

/// State of a delivery.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryStatus {
    /// Waits for its first attempt, or for one after a lost lease.
    #[sea_orm(string_value = "QUEUED")]
    Queued,
    /// Claimed by a worker until `lease_until`.
    #[sea_orm(string_value = "SENDING")]
    Sending,
    /// The server took it.
    #[sea_orm(string_value = "SENT")]
    Sent,
    /// Waits for another attempt.
    #[sea_orm(string_value = "DEFERRED")]
    Deferred,
    /// Refused for good.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Not sent because the recipient left or is suppressed.
    #[sea_orm(string_value = "SUPPRESSED")]
    Suppressed,
    /// Not sent in time.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
    /// Stopped by an administrator.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// Nothing to send, or too late.
    #[sea_orm(string_value = "SKIPPED")]
    Skipped,
    /// The final dot was never answered.
    #[sea_orm(string_value = "IN_DOUBT")]
    InDoubt,
    /// Came back after it was sent.
    #[sea_orm(string_value = "BOUNCED")]
    Bounced,
    /// Reported as spam after it was sent.
    #[sea_orm(string_value = "COMPLAINED")]
    Complained,
}

/// Why a delivery ended without being sent.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryReason {
    /// No paper to send.
    #[sea_orm(string_value = "EMPTY")]
    Empty,
    /// More than six hours late.
    #[sea_orm(string_value = "TOO_LATE")]
    TooLate,
    /// The next digest was planned first.
    #[sea_orm(string_value = "SUPERSEDED")]
    Superseded,
    /// The subscriber left.
    #[sea_orm(string_value = "UNSUBSCRIBED")]
    Unsubscribed,
    /// The address is suppressed.
    #[sea_orm(string_value = "SUPPRESSED")]
    Suppressed,
    /// The server refused the message.
    #[sea_orm(string_value = "REJECTED")]
    Rejected,
    /// The server does not know the mailbox.
    #[sea_orm(string_value = "BAD_RECIPIENT")]
    BadRecipient,
    /// The server refused us, not the recipient.
    #[sea_orm(string_value = "POLICY")]
    Policy,
    /// The message exceeds what the server takes.
    #[sea_orm(string_value = "TOO_LARGE")]
    TooLarge,
    /// It was deferred until it expired.
    #[sea_orm(string_value = "RETRIES_EXHAUSTED")]
    RetriesExhausted,
    /// An administrator stopped it.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// What a message that came back says.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BounceKind {
    /// The mailbox does not exist.
    #[sea_orm(string_value = "HARD")]
    Hard,
    /// The mailbox takes nothing now: full, disabled, out of reach.
    #[sea_orm(string_value = "SOFT")]
    Soft,
    /// The message or its sender was refused, which says nothing about the mailbox.
    #[sea_orm(string_value = "REFUSED")]
    Refused,
    /// A server still tries.
    #[sea_orm(string_value = "DELAYED")]
    Delayed,
    /// A machine answered for a person.
    #[sea_orm(string_value = "REPLY")]
    Reply,
    /// Reported as spam.
    #[sea_orm(string_value = "COMPLAINT")]
    Complaint,
    /// Its owner wants no more mail.
    #[sea_orm(string_value = "UNSUBSCRIBE")]
    Unsubscribe,
    /// Anything else.
    #[sea_orm(string_value = "UNKNOWN")]
    Unknown,
}

/// How an import run stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportStatus {
    /// At work, or killed at work.
    #[sea_orm(string_value = "RUNNING")]
    Running,
    /// Ended.
    #[sea_orm(string_value = "DONE")]
    Done,
    /// Gave up.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Stopped by an administrator.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// Where papers come from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaperSource {
    /// Hugging Face's daily-papers JSON.
    #[sea_orm(string_value = "HF_DAILY")]
    HfDaily,
    /// The sample papers that come with the program.
    #[sea_orm(string_value = "SAMPLE")]
    Sample,
}
