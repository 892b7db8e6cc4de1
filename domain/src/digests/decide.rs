//! The decision on a due subscription: a digest, a skip with its reason, or a wait.
//!
//! The rules of docs/email.md on waiting for a complete period, on being late and on empty digests, apart
//! from the writing of rows.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::enums::{Cadence, DeliveryReason};
use entity::{edition, featured_paper, subscription};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::calendar::{Calendar, Period};
use crate::feeds::completeness::Completeness;
use crate::schedule::Occurrence;
use crate::{Result, Services, editions};

/// The maximum delay of a digest; later ones are skipped.
const CATCH_UP_TIME: TimeDelta = TimeDelta::hours(6);

/// A weekly or monthly digest waits for a period that ends within this time.
const LOOK_AHEAD_TIME: TimeDelta = TimeDelta::hours(24);

/// How often a digest looks whether its period is complete before the deadline.
const COMPLETION_DELAY: TimeDelta = TimeDelta::minutes(5);

/// The delay of a digest while another one to the same subscriber is being sent.
const BUSY_DELAY: TimeDelta = TimeDelta::minutes(1);

/// The decision on a due subscription.
pub(crate) enum Decision {
    /// Looked at again then; the digest stays for the same local date.
    Wait(DateTime<Utc>),
    /// A digest of the latest edition of the cadence.
    Digest,
    /// Nothing goes out on this date.
    Skip(DeliveryReason),
}

/// The data for the decisions of one batch.
pub(crate) struct PlanningData {
    now: DateTime<Utc>,
    calendar: Calendar,
    completeness: Completeness,
    /// The latest edition of each cadence.
    pub(crate) latest: HashMap<Cadence, edition::Model>,
    /// For each feed day: when its last paper was recorded.
    recorded: HashMap<NaiveDate, DateTime<Utc>>,
}

impl PlanningData {
    /// Reads what stands about these subscriptions at `now`.
    pub(crate) async fn load(
        tx: &DatabaseTransaction,
        services: &Services,
        now: DateTime<Utc>,
        due: &[subscription::Model],
    ) -> Result<Self> {
        let cadences: HashSet<Cadence> = due.iter().map(|row| row.cadence).collect();
        let mut latest = HashMap::new();
        for cadence in cadences {
            if let Some(edition) = editions::publish::latest(tx, services, now, cadence).await? {
                latest.insert(cadence, edition);
            }
        }
        let mut recorded = HashMap::new();
        for edition in latest.values() {
            let days = featured_paper::Entity::find()
                .select_only()
                .column(featured_paper::Column::Day)
                .column_as(featured_paper::Column::RecordedAt.max(), "recorded_at")
                .filter(featured_paper::Column::RemovedAt.is_null())
                .filter(featured_paper::Column::Day.between(edition.starts_on, edition.ends_on))
                .group_by(featured_paper::Column::Day)
                .into_tuple::<(NaiveDate, DateTime<Utc>)>()
                .all(tx)
                .await?;
            recorded.extend(days);
        }
        let calendar = services.settings.calendar.clone();
        let completeness = Completeness::load(tx, &calendar, now).await?;
        Ok(Self { now, calendar, completeness, latest, recorded })
    }

    /// The decision on a subscription at its occurrence; `is_busy` while a digest to it is being sent.
    pub(crate) fn decide(
        &self,
        row: &subscription::Model,
        occurrence: Occurrence,
        is_busy: bool,
    ) -> Decision {
        if let Some(until) = self.wait_until(row) {
            return Decision::Wait(until);
        }
        // A digest that waited for its period counts as due when the waiting ended.
        let due_at = std::cmp::max(row.next_due_at, Some(occurrence.due_at)).unwrap_or(occurrence.due_at);
        if self.now - due_at > CATCH_UP_TIME {
            return Decision::Skip(DeliveryReason::TooLate);
        }
        if is_busy {
            return Decision::Wait(self.now + BUSY_DELAY);
        }
        match self.latest.get(&row.cadence) {
            Some(edition) if edition.cancelled_at.is_some() => Decision::Skip(DeliveryReason::Cancelled),
            Some(edition) if self.is_uncovered(row, edition) => Decision::Digest,
            _ => Decision::Skip(DeliveryReason::Empty),
        }
    }

    /// When to look again whether the period that this digest should cover is complete, if it is not yet.
    fn wait_until(&self, row: &subscription::Model) -> Option<DateTime<Utc>> {
        let current = Period::containing(row.cadence, self.calendar.today(self.now));
        let ends_soon = row.cadence != Cadence::Daily
            && self.calendar.period_ends_at(current) <= self.now + LOOK_AHEAD_TIME;
        let period = if ends_soon { current } else { current.previous() };
        let is_covered = row.covered_day.is_some_and(|day| day >= period.ends_on());
        if is_covered || self.completeness.is_complete(period, self.now) {
            return None;
        }
        let deadline = self.completeness.deadline(period);
        let has_ended = self.calendar.period_ends_at(period) <= self.now;
        // Before its end nothing can settle a period.
        Some(match (self.completeness.has_sources(), has_ended) {
            (false, _) => deadline,
            (true, false) => self.calendar.period_ends_at(period),
            (true, true) => deadline.min(self.now + COMPLETION_DELAY),
        })
    }

    /// Whether an edition has a paper that this subscription's reading has not covered, and was not
    /// covered itself.
    fn is_uncovered(&self, row: &subscription::Model, edition: &edition::Model) -> bool {
        let (Some(covered_day), Some(covered_at)) = (row.covered_day, row.covered_at) else { return true };
        let is_new = |(&day, &recorded_at): (&NaiveDate, &DateTime<Utc>)| {
            (edition.starts_on..=edition.ends_on).contains(&day)
                && (day > covered_day || recorded_at > covered_at)
        };
        covered_day < edition.ends_on && self.recorded.iter().any(is_new)
    }
}
