//! Settings in the columns of a subscription.

use entity::json::SubscriptionSettings;
use entity::subscription;
use sea_orm::ActiveValue::Set;

/// The settings of a subscription as one value.
#[must_use]
pub fn current(row: &subscription::Model) -> SubscriptionSettings {
    SubscriptionSettings {
        cadence: row.cadence,
        time_zone: row.time_zone.clone(),
        send_time: row.send_time.clone(),
        weekdays: row.weekdays,
        max_papers: row.max_papers,
        filter: row.filter.clone(),
    }
}

/// The subscription with these settings instead of its own.
pub(in crate::subscriptions) fn apply(
    settings: SubscriptionSettings,
    row: subscription::Model,
) -> subscription::Model {
    let SubscriptionSettings { cadence, time_zone, send_time, weekdays, max_papers, filter } = settings;
    subscription::Model { cadence, time_zone, send_time, weekdays, max_papers, filter, ..row }
}

/// The columns to write for these settings.
pub(in crate::subscriptions) fn columns(settings: SubscriptionSettings) -> subscription::ActiveModel {
    let SubscriptionSettings { cadence, time_zone, send_time, weekdays, max_papers, filter } = settings;
    subscription::ActiveModel {
        cadence: Set(cadence),
        time_zone: Set(time_zone),
        send_time: Set(send_time),
        weekdays: Set(weekdays),
        max_papers: Set(max_papers),
        filter: Set(filter),
        ..Default::default()
    }
}
