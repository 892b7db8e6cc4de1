//! The registry of deliveries in flight, from the claim to the recorded outcome.
//!
//! While they are there their leases are renewed every minute, and twice a second it is looked up whether
//! each may still go: whether the claim stands, the subscriber has not left, no administrator stopped it, and its
//! circuit is closed. The gate of a message asks here before MAIL and before the message is handed over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus, SubscriptionStatus};
use entity::{delivery, edition, subscription};
use parking_lot::{Mutex, MutexGuard};
use sea_orm::{ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _};
use smtp::Gate;

use crate::delivery::claim::lease;
use crate::delivery::health::{circuit_breaker, pause};
use crate::delivery::send::compose::reason_to_stop;
use crate::{Result, Services};

/// The interval at which the permission to send is checked for deliveries in flight.
const REFRESH_EVERY: Duration = Duration::from_millis(500);

/// A delivery in hand as the database has it: id, attempt, kind, status, the status of its subscription, and when
/// its edition was cancelled.
type Found = (i64, i32, DeliveryKind, DeliveryStatus, Option<SubscriptionStatus>, Option<DateTime<Utc>>);

#[derive(Clone, Debug)]
struct Claim {
    attempt: i32,
    /// Of a digest: the domain of its recipient.
    circuit: Option<String>,
    lease_until: DateTime<Utc>,
    stopped: Option<StopReason>,
}

impl Claim {
    fn is_of(&self, domain: &str) -> bool {
        self.circuit.as_deref().is_some_and(|own| domain == circuit_breaker::ALL_DOMAINS || domain == own)
    }
}

/// Why a delivery in hand must not go any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The claim is not ours any more, or its time is over.
    LeaseLost,
    /// Digests are held back, all of them or those to its domain; it goes back to the queue.
    Paused,
    /// It must not go at all.
    Ended(DeliveryReason),
}

/// The registry of a worker.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    services: Services,
    held: Arc<Mutex<HashMap<i64, Claim>>>,
}

impl InFlight {
    pub(crate) fn new(services: Services) -> Self {
        Self { services, held: Arc::default() }
    }

    /// Takes claimed deliveries in.
    pub(crate) fn add(&self, rows: &[delivery::Model]) {
        let mut held = self.lock();
        for row in rows {
            let lease_until = row.lease_until.unwrap_or_default();
            let circuit = (row.kind == DeliveryKind::Digest).then(|| row.domain.clone());
            held.insert(row.id, Claim { attempt: row.attempt, circuit, lease_until, stopped: None });
        }
    }

    /// Lets deliveries go whose outcome is recorded.
    pub(crate) fn release(&self, ids: impl Iterator<Item = i64>) {
        let mut held = self.lock();
        for id in ids {
            held.remove(&id);
        }
    }

    /// Stops the digests whose circuit was opened: those to a domain, or all.
    pub(crate) fn halt(&self, domain: &str) {
        for hand in self.lock().values_mut().filter(|hand| hand.is_of(domain)) {
            hand.stopped.get_or_insert(StopReason::Paused);
        }
    }

    /// Why a delivery must not go any more; `None` while it may.
    pub(crate) fn stop_reason(&self, id: i64) -> Option<StopReason> {
        let hand = self.lock().get(&id).map(|hand| (hand.stopped, hand.lease_until));
        match hand {
            Some((Some(stop), _)) => Some(stop),
            Some((None, lease_until)) if self.services.now() < lease_until => None,
            _ => Some(StopReason::LeaseLost),
        }
    }

    /// Looks after what is in hand, for as long as it is polled.
    pub(crate) async fn run(&self) {
        loop {
            tokio::time::sleep(REFRESH_EVERY).await;
            if let Err(error) = self.refresh().await {
                // The leases run on: without the database nothing goes out once they end.
                tracing::warn!(%error, "deliveries in flight could not be refreshed");
            }
        }
    }

    async fn refresh(&self) -> Result<()> {
        let now = self.services.now();
        let lease_time = self.services.settings.digests.lease_time;
        let (ids, to_renew): (Vec<i64>, Vec<(i64, i32)>) = {
            let held = self.lock();
            // Also what must not go any more: the server may have all of it but for its answer, and anyone who claimed
            // it meanwhile would send it again.
            let stale = |hand: &Claim| {
                hand.stopped != Some(StopReason::LeaseLost)
                    && lease::is_stale(lease_time, hand.lease_until, now)
            };
            let renew = held.iter().filter(|(_, hand)| stale(hand)).map(|(&id, hand)| (id, hand.attempt));
            (held.keys().copied().collect(), renew.collect())
        };
        if ids.is_empty() {
            return Ok(());
        }
        if !to_renew.is_empty() {
            self.renew(now + lease_time, &to_renew).await?;
        }
        self.find_stopped(ids).await
    }

    async fn renew(&self, lease_until: DateTime<Utc>, claims: &[(i64, i32)]) -> Result<()> {
        let kept = lease::renew(&self.services, lease_until, claims).await?;
        let mut held = self.lock();
        for (id, _) in claims {
            if let Some(hand) = held.get_mut(id) {
                if kept.contains(id) {
                    hand.lease_until = lease_until;
                } else {
                    hand.stopped = Some(StopReason::LeaseLost);
                }
            }
        }
        Ok(())
    }

    async fn find_stopped(&self, ids: Vec<i64>) -> Result<()> {
        let relation: sea_orm::RelationDef = delivery::Entity::belongs_to(subscription::Entity)
            .from(delivery::Column::SubscriptionId)
            .to(subscription::Column::Id)
            .into();
        let of_edition: sea_orm::RelationDef = delivery::Entity::belongs_to(edition::Entity)
            .from(delivery::Column::EditionId)
            .to(edition::Column::Id)
            .into();
        let is_paused = pause::is_paused(self.services.db.read()).await?;
        let circuits = circuit_breaker::find_open(self.services.db.read()).await?;
        let rows = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::Id)
            .column(delivery::Column::Attempt)
            .column(delivery::Column::Kind)
            .column(delivery::Column::Status)
            .column_as(subscription::Column::Status, "subscription_status")
            .column_as(edition::Column::CancelledAt, "cancelled_at")
            .join(JoinType::LeftJoin, relation)
            .join(JoinType::LeftJoin, of_edition)
            .filter(delivery::Column::Id.is_in(ids))
            .into_tuple::<Found>()
            .all(self.services.db.read())
            .await?;
        let mut held = self.lock();
        for (id, attempt, kind, status, subscription, cancelled_at) in rows {
            let Some(hand) = held.get_mut(&id) else { continue };
            if status != DeliveryStatus::Sending || attempt != hand.attempt {
                hand.stopped = Some(StopReason::LeaseLost);
            } else if kind == DeliveryKind::Digest {
                let status = subscription.unwrap_or(SubscriptionStatus::Unsubscribed);
                let ended = cancelled_at.map(|_| DeliveryReason::Cancelled).or(reason_to_stop(status));
                let is_probe = circuits.iter().any(|row| row.probe_id == Some(id));
                let is_halted = !is_probe && circuits.iter().any(|row| hand.is_of(&row.domain));
                hand.stopped =
                    ended.map(StopReason::Ended).or((is_paused || is_halted).then_some(StopReason::Paused));
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Claim>> {
        self.held.lock()
    }
}

/// The gate of one delivery in hand.
pub(crate) struct ClaimGate<'a> {
    pub(crate) in_flight: &'a InFlight,
    pub(crate) id: i64,
}

impl Gate for ClaimGate<'_> {
    fn is_open(&self) -> bool {
        self.in_flight.stop_reason(self.id).is_none()
    }
}
