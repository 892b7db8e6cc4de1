//! Superseding digests: a planned digest replaces those that still wait for the same subscription.
//!
//! At most one digest of a subscription is open, or two could choose the same papers: what waits is expired
//! in the transaction that plans the next, what is being sent is waited for. The rows are locked, so that no
//! worker claims one in between; the partial unique index `delivery_open_digest` is the last word. A digest
//! that is in doubt is not among them: what it covers was recorded when it became so. Nothing gives way
//! to a digest that cannot be written, because its date or its edition has one that went out.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus};
use sea_orm::QuerySelect as _;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveValue, ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    FromQueryResult, QueryFilter as _, Select, SelectModel, Selector,
};

use crate::Result;
use crate::outbox::digest_rows;

/// The columns of a digest that are read: no more, so that an unreadable row does not block others.
#[derive(FromQueryResult)]
struct DigestRow {
    id: i64,
    subscription_id: Option<i64>,
    edition_id: Option<i64>,
    local_date: Option<NaiveDate>,
    status: DeliveryStatus,
}

/// The open digests of some subscriptions.
pub(crate) struct OpenDigests {
    waiting: Vec<DigestRow>,
    busy: HashSet<i64>,
}

impl OpenDigests {
    /// Looks them up and keeps workers from those that wait, until the transaction ends.
    pub(crate) async fn lock(tx: &DatabaseTransaction, subscription_ids: &[i64]) -> Result<Self> {
        let open = select_digest_rows(select_open(subscription_ids)).all(tx).await?;
        if open.is_empty() {
            return Ok(Self { waiting: Vec::new(), busy: HashSet::new() });
        }
        // Rows that someone else has locked are being claimed, or their end is being written.
        let locked =
            select_open(subscription_ids).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let locked = select_digest_rows(locked).all(tx).await?;
        let waiting: Vec<DigestRow> =
            locked.into_iter().filter(|row| row.status != DeliveryStatus::Sending).collect();
        let ours: HashSet<i64> = waiting.iter().map(|row| row.id).collect();
        let busy = open.iter().filter(|row| !ours.contains(&row.id)).filter_map(|row| row.subscription_id);
        Ok(Self { busy: busy.collect(), waiting })
    }

    /// Whether a digest of the subscription is being sent right now.
    pub(crate) fn is_busy(&self, subscription_id: i64) -> bool {
        self.busy.contains(&subscription_id)
    }

    /// Writes the digests of these subscriptions, and the skips; what waits gives way to a digest of another
    /// edition. A row whose date or edition has one already is left out.
    pub(crate) async fn place(
        &self,
        tx: &DatabaseTransaction,
        rows: Vec<delivery::ActiveModel>,
    ) -> Result<()> {
        let wanted: Vec<PlannedDigest> = rows.iter().filter_map(PlannedDigest::from_row).collect();
        let taken = self.find_taken(tx, &wanted).await?;
        let free = |wanted: &&PlannedDigest| !taken.contains(&wanted.subscription_id);
        self.expire(tx, wanted.iter().filter(free)).await?;
        let is_free = |row: &delivery::ActiveModel| {
            PlannedDigest::from_row(row).is_some_and(|wanted| !taken.contains(&wanted.subscription_id))
        };
        digest_rows::insert(tx, rows.into_iter().filter(is_free).collect()).await
    }

    /// The subscriptions that have the wanted edition already, or a digest of the wanted date that does not
    /// give way.
    async fn find_taken(&self, tx: &DatabaseTransaction, wanted: &[PlannedDigest]) -> Result<HashSet<i64>> {
        let subscriptions = wanted.iter().map(|wanted| wanted.subscription_id);
        let editions = wanted.iter().filter_map(|wanted| wanted.edition_id).collect::<HashSet<_>>();
        let dates = wanted.iter().map(|wanted| wanted.local_date).collect::<HashSet<_>>();
        let is_known = Condition::any().add(delivery::Column::EditionId.is_in(editions)).add(
            Condition::all()
                .add(delivery::Column::LocalDate.is_in(dates))
                .add(delivery::Column::Status.ne(DeliveryStatus::Skipped)),
        );
        let known = delivery::Entity::find()
            .filter(delivery::Column::SubscriptionId.is_in(subscriptions))
            .filter(is_known);
        let known = select_digest_rows(known).all(tx).await?;
        let gives_way: HashSet<i64> = self.waiting.iter().map(|row| row.id).collect();
        let wanted: HashMap<i64, &PlannedDigest> =
            wanted.iter().map(|wanted| (wanted.subscription_id, wanted)).collect();
        let is_taken = |row: &&DigestRow| {
            let Some(wanted) = row.subscription_id.and_then(|id| wanted.get(&id)) else { return false };
            let is_same_date = row.local_date == Some(wanted.local_date);
            let is_same_edition = row.edition_id.is_some() && row.edition_id == wanted.edition_id;
            let is_digest = wanted.edition_id.is_some();
            is_same_edition || (is_same_date && !(is_digest && gives_way.contains(&row.id)))
        };
        Ok(known.iter().filter(is_taken).filter_map(|row| row.subscription_id).collect())
    }

    /// Ends what waits for subscriptions that now get a digest.
    async fn expire(
        &self,
        tx: &DatabaseTransaction,
        next: impl Iterator<Item = &PlannedDigest> + Send,
    ) -> Result<()> {
        let next: HashMap<i64, NaiveDate> = next
            .filter(|wanted| wanted.edition_id.is_some())
            .map(|wanted| (wanted.subscription_id, wanted.local_date))
            .collect();
        let ended = |row: &&DigestRow| row.subscription_id.is_some_and(|id| next.contains_key(&id));
        let (same_date, earlier): (Vec<_>, Vec<_>) = self
            .waiting
            .iter()
            .filter(ended)
            .partition(|row| row.subscription_id.and_then(|id| next.get(&id)) == row.local_date.as_ref());
        // The date goes to the one that takes the place.
        for (rows, local_date) in [(same_date, Set(None)), (earlier, ActiveValue::NotSet)] {
            if rows.is_empty() {
                continue;
            }
            let expired = delivery::ActiveModel {
                status: Set(DeliveryStatus::Expired),
                reason: Set(Some(DeliveryReason::Superseded)),
                next_attempt_at: Set(None),
                local_date,
                ..Default::default()
            };
            delivery::Entity::update_many()
                .set(expired)
                .filter(delivery::Column::Id.is_in(rows.iter().map(|row| row.id)))
                .exec(tx)
                .await?;
        }
        Ok(())
    }
}

/// The identity of a planned digest.
struct PlannedDigest {
    subscription_id: i64,
    /// `None` for a skip.
    edition_id: Option<i64>,
    local_date: NaiveDate,
}

impl PlannedDigest {
    fn from_row(row: &delivery::ActiveModel) -> Option<Self> {
        let edition_id = row.edition_id.try_as_ref().copied().flatten();
        Some(Self {
            subscription_id: (*row.subscription_id.try_as_ref()?)?,
            edition_id,
            local_date: (*row.local_date.try_as_ref()?)?,
        })
    }
}

fn select_digest_rows(select: Select<delivery::Entity>) -> Selector<SelectModel<DigestRow>> {
    let columns = [
        delivery::Column::Id,
        delivery::Column::SubscriptionId,
        delivery::Column::EditionId,
        delivery::Column::LocalDate,
        delivery::Column::Status,
    ];
    select.select_only().columns(columns).into_model()
}

fn select_open(subscription_ids: &[i64]) -> Select<delivery::Entity> {
    let open = [DeliveryStatus::Queued, DeliveryStatus::Deferred, DeliveryStatus::Sending];
    delivery::Entity::find()
        .filter(delivery::Column::SubscriptionId.is_in(subscription_ids.iter().copied()))
        .filter(delivery::Column::Kind.eq(DeliveryKind::Digest))
        .filter(delivery::Column::Status.is_in(open))
        .filter(delivery::Column::DoubtedAt.is_null())
}
