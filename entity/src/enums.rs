//! Closed sets of values, stored as text and spelled as in the GraphQL contract.
//!
//! What each value of a set means is said once: in the contract, or here if the contract does not have the set.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How often a digest comes, and how long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cadence {
    Daily,
    Weekly,
    Monthly,
}

/// What a person may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    Reader,
    Curator,
    Admin,
}

/// Whether digests go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriptionStatus {
    Pending,
    Active,
    Unsubscribed,
    Suppressed,
}

/// Why an address is suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SuppressionReason {
    Unsubscribed,
    HardBounce,
    SoftBounces,
    Complaint,
    Administrator,
    NotMe,
    Erased,
}

/// What a mail carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryKind {
    Digest,
    Confirmation,
    SignIn,
    Manage,
    Test,
}

/// State of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryStatus {
    Queued,
    Sending,
    Sent,
    Deferred,
    Failed,
    Suppressed,
    Expired,
    Cancelled,
    Skipped,
    InDoubt,
    Bounced,
    Complained,
}

/// Why a delivery ended without being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryReason {
    Empty,
    TooLate,
    Superseded,
    Unsubscribed,
    Suppressed,
    Rejected,
    BadRecipient,
    Policy,
    TooLarge,
    RetriesExhausted,
    Cancelled,
}

/// What a message that came back says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BounceKind {
    /// The mailbox does not exist.
    Hard,
    /// The mailbox takes nothing now: full, disabled, out of reach.
    Soft,
    /// The message or its sender was refused, which says nothing about the mailbox.
    Refused,
    /// A server still tries.
    Delayed,
    /// A machine answered for a person.
    Reply,
    /// Reported as spam.
    Complaint,
    /// Its owner wants no more mail.
    Unsubscribe,
    /// Anything else.
    Unknown,
}

/// How an import run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportStatus {
    Running,
    Done,
    Failed,
    Cancelled,
}

/// What papers are imported from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaperSource {
    HfDaily,
    ArxivSnapshot,
    ArxivOai,
    ArxivListing,
    ArxivQuery,
    Sample,
}

/// A source that is read over the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    HfDaily,
    Arxiv,
}

/// How a list of a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReadingStatus {
    /// It was not there yet, or not read yet.
    Awaited,
    /// It was read, and can change.
    Read,
    /// It was read after its end, and stands.
    Settled,
    /// There was none for this day.
    Nothing,
    /// It was there and is gone; its papers come by the next harvest.
    Missed,
}
