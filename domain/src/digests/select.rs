//! The selection of a digest's papers, made once, at the first claim, and stored on the delivery.
//!
//! A digest with cut-off day D takes the papers of the days up to D, from a week before its period on,
//! that the subscription's reading has not covered: `day > covered_day or recorded_at > covered_at`.
//! `chosen_at` is drawn from the feed clock in the same transaction, and becomes `covered_at` when the
//! digest ends. Digests that share it, as long as nothing happens to a feed, and are alike in what decides share the
//! papers ([`SelectionCache`]). So nobody gets a paper twice, and what is featured late still reaches everyone.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use db::paging::PageRange;
use entity::enums::{DeliveryKind, SubscriptionStatus};
use entity::json::PaperIds;
use entity::{delivery, featured_paper, paper};
use sea_orm::sea_query::{ExprTrait as _, IntoCondition as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, JoinType,
    QueryFilter as _, QuerySelect,
};

use crate::Result;
use crate::digests::batch_data::BatchData;
use crate::papers::PaperFilter;
use crate::papers::order::{Listing, PaperOrder};

/// The days before its period in which a digest looks for papers that were featured late.
const LOOK_BACK_DAYS: Days = Days::new(7);

/// The key of a selection: digests with equal keys get the same papers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SelectionKey {
    filter: PaperFilter,
    max_papers: i32,
    first_day: NaiveDate,
    cutoff_day: NaiveDate,
    covered: Option<(NaiveDate, DateTime<Utc>)>,
}

/// The papers selected at an instant of the feed clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectionCache {
    at: Option<DateTime<Utc>>,
    papers: HashMap<SelectionKey, Vec<i64>>,
}

/// Chooses the papers of those among the deliveries that are digests without any, which may be none; what is known of
/// choices grows by it.
pub(crate) async fn select_papers(
    tx: &DatabaseTransaction,
    chosen_at: DateTime<Utc>,
    rows: &mut [delivery::Model],
    context: &BatchData,
    choices: &mut SelectionCache,
) -> Result<()> {
    if choices.at != Some(chosen_at) {
        *choices = SelectionCache { at: Some(chosen_at), papers: HashMap::new() };
    }
    for row in rows {
        let (DeliveryKind::Digest, None, Some(choice)) = (row.kind, &row.papers, selection_key(row, context))
        else {
            continue;
        };
        let papers = if let Some(papers) = choices.papers.get(&choice) {
            papers.clone()
        } else {
            let papers = load_candidates(tx, &choice, chosen_at).await?;
            choices.papers.insert(choice, papers.clone());
            papers
        };
        row.chosen_at = Some(chosen_at);
        row.papers = Some(PaperIds(papers));
    }
    Ok(())
}

fn selection_key(row: &delivery::Model, context: &BatchData) -> Option<SelectionKey> {
    let subscription = context.subscriptions.get(&row.subscription_id?)?;
    if subscription.status != SubscriptionStatus::Active {
        return None;
    }
    let edition = context.editions.get(&row.edition_id?)?;
    Some(SelectionKey {
        filter: PaperFilter::of_digest(&subscription.filter),
        max_papers: subscription.max_papers,
        first_day: edition.starts_on - LOOK_BACK_DAYS,
        cutoff_day: row.cutoff_day.unwrap_or(edition.ends_on),
        covered: subscription.covered_day.zip(subscription.covered_at),
    })
}

async fn load_candidates(
    tx: &DatabaseTransaction,
    choice: &SelectionKey,
    chosen_at: DateTime<Utc>,
) -> Result<Vec<i64>> {
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
        .filter(choice.filter.condition(tx.get_database_backend().into()));
    let limit = u64::try_from(choice.max_papers).unwrap_or(1);
    let slice = PageRange::first(limit);
    PaperOrder::Trending.keyset(Listing::Feed).apply(QuerySelect::query(&mut query), &slice);
    let mut papers = query.into_tuple::<i64>().all(tx).await?;
    papers.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(papers)
}
