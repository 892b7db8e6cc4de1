//! An e-mail subscription: what a subscriber gets, when, and what their reading has covered.

use sea_orm::entity::prelude::*;

use crate::enums::{Cadence, SubscriptionStatus};
use crate::json::SubscriptionSettings;
use crate::topic_filter::TopicFilter;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The lower-cased address: one subscription for it.
    #[sea_orm(unique)]
    pub address_key: String,
    /// Keyed hash of it, by which a suppression is known.
    pub address_hash: String,
    /// The address as it was typed; mail goes there.
    pub email: String,
    /// Whether digests go out.
    pub status: SubscriptionStatus,
    /// How often.
    pub cadence: Cadence,
    /// IANA time zone name.
    pub time_zone: String,
    /// Wall-clock time in the zone, HH:MM.
    pub send_time: String,
    /// Allowed weekdays: bit 0 is Monday.
    pub weekdays: i32,
    /// At most so many papers in a digest.
    pub max_papers: i32,
    /// The filter of the digest.
    #[sea_orm(column_type = "JsonBinary")]
    pub filter: TopicFilter,
    /// What a subscribe request asked for; applied by its confirmation.
    #[sea_orm(column_type = "JsonBinary")]
    pub pending: Option<SubscriptionSettings>,
    /// What unsubscribe and request-a-manage-link tokens derive from; never changes.
    pub link_nonce: String,
    /// What the confirmation token derives from.
    pub confirm_nonce: Option<String>,
    /// Until when the confirmation token works.
    pub confirm_expires_at: Option<DateTimeUtc>,
    /// What the manage token derives from.
    pub manage_nonce: Option<String>,
    /// Until when the manage token works.
    pub manage_expires_at: Option<DateTimeUtc>,
    /// When the address was first subscribed.
    pub created_at: DateTimeUtc,
    /// When it was last confirmed.
    pub confirmed_at: Option<DateTimeUtc>,
    /// No digest before this local day.
    pub paused_until: Option<Date>,
    /// When the planner looks at it next; null while nothing is due.
    pub next_due_at: Option<DateTimeUtc>,
    /// The local date that the next digest is for.
    pub next_local_date: Option<Date>,
    /// Feed days up to this one have been covered, as far as they were recorded by `covered_at`.
    pub covered_day: Option<Date>,
    /// See `covered_day`; by the feed clock.
    pub covered_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(
    id Id, address_key AddressKey, address_hash AddressHash, email Email, status Status, cadence Cadence,
    time_zone TimeZone, send_time SendTime, weekdays Weekdays, max_papers MaxPapers, filter Filter, pending Pending,
    link_nonce LinkNonce, confirm_nonce ConfirmNonce, confirm_expires_at ConfirmExpiresAt, manage_nonce ManageNonce,
    manage_expires_at ManageExpiresAt, created_at CreatedAt, confirmed_at ConfirmedAt, paused_until PausedUntil,
    next_due_at NextDueAt, next_local_date NextLocalDate, covered_day CoveredDay, covered_at CoveredAt,
);
