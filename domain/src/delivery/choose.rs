//! Choosing the papers of digests, once: at the first claim, kept on the delivery.
//!
//! A digest with cut-off day D takes the papers of the days up to D, from a week before its period on,
//! that the subscription's reading has not covered: `day > covered_day or recorded_at > covered_at`.
//! `chosen_at` is drawn from the feed clock in the same transaction, and becomes `covered_at` when the
//! digest ends. Digests that share it, as long as nothing happens to a feed, and are alike in what decides share the
//! papers ([`Choices`]). So nobody gets a paper twice, and what is featured late still reaches everyone.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::enums::{DeliveryKind, SubscriptionStatus};
use entity::json::PaperIds;
use entity::{delivery, edition, featured_paper, paper, subscription};
use sea_orm::sea_query::{ExprTrait as _, IntoCondition as _};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect,
};

use crate::Result;
use crate::db::update_from_values;
use crate::feeds::clock;
use crate::paging::Slice;
use crate::papers::PaperFilter;
use crate::papers::order::{Listing, PaperOrder};

use super::outcome;

/// How many days before its period a digest looks for papers that were featured late.
const LOOK_BACK: Days = Days::new(7);

/// What decides on the papers of a digest; digests alike in this get the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Choice {
    filter: PaperFilter,
    max_papers: i32,
    first_day: NaiveDate,
    cutoff_day: NaiveDate,
    covered: Option<(NaiveDate, DateTime<Utc>)>,
}

/// What was chosen at an instant of the feed clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    at: Option<DateTime<Utc>>,
    papers: HashMap<Choice, Vec<i64>>,
}

/// Deliveries that have something to send, and what is known of choices once the transaction is committed.
pub(super) struct Chosen {
    pub(super) ready: Vec<delivery::Model>,
    pub(super) choices: Choices,
}

/// Chooses the papers of those among the claimed deliveries that are digests without any, and writes
/// them down, with what is known of choices before; digests for which there is none end as SKIPPED.
pub(super) async fn choose(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    claimed: Vec<delivery::Model>,
    editions: &HashMap<i64, edition::Model>,
    choices: &Choices,
) -> Result<Chosen> {
    let chosen_at = clock::choice(tx, now).await?;
    let mut choices = match choices.at {
        Some(at) if at == chosen_at => choices.clone(),
        _ => Choices { at: Some(chosen_at), papers: HashMap::new() },
    };
    // Read here, behind the clock: the marks may have moved since the claim.
    let ids: HashSet<i64> = claimed.iter().filter_map(|row| row.subscription_id).collect();
    let rows = subscription::Entity::find().filter(subscription::Column::Id.is_in(ids)).all(tx).await?;
    let subscriptions: HashMap<i64, subscription::Model> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    let mut ready = Vec::with_capacity(claimed.len());
    let mut written = Vec::new();
    let mut empty = Vec::new();
    for mut row in claimed {
        let choice = choice(&row, &subscriptions, editions);
        let (DeliveryKind::Digest, None, Some(choice)) = (row.kind, &row.papers, choice) else {
            ready.push(row);
            continue;
        };
        let papers = if let Some(papers) = choices.papers.get(&choice) {
            papers.clone()
        } else {
            let papers = candidates(tx, &choice, chosen_at).await?;
            choices.papers.insert(choice, papers.clone());
            papers
        };
        row.chosen_at = Some(chosen_at);
        if papers.is_empty() {
            empty.push(row);
        } else {
            let papers = PaperIds(papers);
            written.push(vec![
                row.id.into(),
                row.attempt.into(),
                sea_orm::Value::from(serde_json::to_value(&papers).unwrap_or_default()),
                chosen_at.into(),
            ]);
            row.papers = Some(papers);
            ready.push(row);
        }
    }
    update_from_values(
        tx,
        "delivery",
        "papers = v.column3, chosen_at = v.column4",
        "delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.status = 'SENDING'",
        "id",
        written,
    )
    .await?;
    outcome::skip_empty(tx, chosen_at, &empty).await?;
    Ok(Chosen { ready, choices })
}

fn choice(
    row: &delivery::Model,
    subscriptions: &HashMap<i64, subscription::Model>,
    editions: &HashMap<i64, edition::Model>,
) -> Option<Choice> {
    let subscription = subscriptions.get(&row.subscription_id?)?;
    if subscription.status != SubscriptionStatus::Active {
        return None;
    }
    let edition = editions.get(&row.edition_id?)?;
    Some(Choice {
        filter: PaperFilter::from(&subscription.filter),
        max_papers: subscription.max_papers,
        first_day: edition.starts_on - LOOK_BACK,
        cutoff_day: row.cutoff_day.unwrap_or(edition.ends_on),
        covered: subscription.covered_day.zip(subscription.covered_at),
    })
}

async fn candidates(tx: &DatabaseTransaction, choice: &Choice, chosen_at: DateTime<Utc>) -> Result<Vec<i64>> {
    let relation: sea_orm::RelationDef = paper::Entity::belongs_to(featured_paper::Entity)
        .from(paper::Column::Id)
        .to(featured_paper::Column::PaperId)
        .into();
    let uncovered = match choice.covered {
        Some((day, at)) => {
            featured_paper::Column::Day.gt(day).or(featured_paper::Column::RecordedAt.gt(at)).into_condition()
        }
        None => sea_orm::Condition::all(),
    };
    let mut query = paper::Entity::find()
        .select_only()
        .column(paper::Column::Id)
        .join(JoinType::InnerJoin, relation)
        .filter(featured_paper::Column::RemovedAt.is_null())
        .filter(paper::Column::HiddenAt.is_null())
        .filter(featured_paper::Column::Day.between(choice.first_day, choice.cutoff_day))
        .filter(featured_paper::Column::RecordedAt.lte(chosen_at))
        .filter(uncovered)
        .filter(choice.filter.condition());
    let limit = u64::try_from(choice.max_papers).unwrap_or(1);
    let slice = Slice { limit, from_end: false, after: None, before: None };
    PaperOrder::Trending.keyset(Listing::Feed).apply(QuerySelect::query(&mut query), &slice);
    let mut papers = query.into_tuple::<i64>().all(tx).await?;
    papers.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(papers)
}
