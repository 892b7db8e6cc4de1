//! Looking up a paper at arXiv that somebody asks for and nobody has brought.
//!
//! Always: no more in an hour than the budget, of which people who are not signed in have half; what arXiv did not know is
//! not asked again for a day. What was looked up says so ([`entity::paper`], `looked_up_at`), and is on no feed.

use std::time::Duration;

use arxiv::ArxivId;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::PaperSource;
use entity::{arxiv_lookup, import_run, paper};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use crate::locks::Lock;
use crate::papers::NewPaper;
use crate::papers::upsert::{Outcome, UpsertResult};
use crate::{Error, Result, Services};

use super::formats::record::{Record, RecordContent};
use super::imports::pipeline::{self, Alongside};
use super::imports::run_rows;
use super::network::ask::Asked;
use super::read::single;

/// The time for which a negative answer is remembered.
const MEMORY_TIME: TimeDelta = TimeDelta::hours(24);

/// The time that the budget is for.
const BUDGET_TIME: TimeDelta = TimeDelta::hours(1);

/// The longest wait of whoever asks.
const PATIENCE: Duration = Duration::from_secs(8);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who is signed in.
    Person,
    /// Anyone.
    Anyone,
}

/// What came of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The paper is here now; its row id.
    Found(i64),
    /// arXiv has no such paper.
    Unknown,
    /// arXiv cannot be asked now: it is off, the budget is used up, or the site does not answer.
    Unavailable,
}

/// Looks up a paper that is not known. A look-up that takes longer than anyone waits goes on by itself.
///
/// # Errors
/// If the database fails.
pub async fn look_up(services: &Services, id: &ArxivId, asker: Asker) -> Result<Lookup> {
    let (services, id) = (services.clone(), id.clone());
    // On its own, so that a reader who goes away does not leave the turn of the site taken.
    let looking = tokio::spawn(async move { ask(&services, &id, asker).await });
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(done) => done.map_err(Error::failed("looking up a paper"))?,
        Err(_) => Ok(Lookup::Unavailable),
    }
}

async fn ask(services: &Services, id: &ArxivId, asker: Asker) -> Result<Lookup> {
    let now = services.now();
    let row_id = match reserve(services, id, asker, now).await? {
        Ok(row_id) => row_id,
        Err(answered) => return Ok(answered),
    };
    let contents = match single::read(services, std::slice::from_ref(id)).await? {
        Asked::Read(contents) => contents,
        Asked::Later { .. } => {
            give_back(services, row_id).await?;
            return Ok(Lookup::Unavailable);
        }
        other => {
            tracing::info!(%id, answer = ?other, "a paper could not be looked up");
            return Ok(Lookup::Unavailable);
        }
    };
    let is_it = |found: &RecordContent| matches!(found, RecordContent::Paper(paper, _) if paper.arxiv_id.as_ref() == Some(id));
    let Some(found) = contents.into_iter().find(is_it) else {
        remember_unknown(services, row_id).await?;
        return Ok(Lookup::Unknown);
    };
    let request = id.to_string();
    let run = run_rows::begin_answer(services, PaperSource::ArxivQuery, &request, &now.to_rfc3339()).await?;
    let mark = LookedUp { at: now, paper_id: parking_lot::Mutex::new(None) };
    let batch = vec![Record { item: request, found }];
    let run = import_run::Model { position: 1, ..run };
    pipeline::commit_with(services, &run, batch, Some(&mark)).await?;
    let paper_id = *mark.paper_id.lock();
    Ok(paper_id.map_or(Lookup::Unknown, Lookup::Found))
}

/// Takes a look-up from the budget, and returns its row id, unless the answer is known already. Until arXiv has answered
/// that there is no such paper, it is no negative answer.
async fn reserve(
    services: &Services,
    id: &ArxivId,
    asker: Asker,
    now: DateTime<Utc>,
) -> Result<Result<i64, Lookup>> {
    let budget = u64::from(services.settings.sources.arxiv.lookups_per_hour);
    let budget = if asker == Asker::Person { budget } else { budget / 2 };
    if budget == 0 || services.settings.sources.contact.is_none() {
        return Ok(Err(Lookup::Unavailable));
    }
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                use arxiv_lookup::Column::{ArxivId, IsFound, LookedUpAt};
                Lock::Lookups.hold(tx).await?;
                // Also of one that is hidden nothing new is to be learned.
                let here = paper::Entity::find().filter(paper::Column::ArxivId.eq(id.as_str()));
                if here.count(tx).await? > 0 {
                    return Ok(Err(Lookup::Unknown));
                }
                let since = |time| LookedUpAt.between(now - time, now);
                let unknown = arxiv_lookup::Entity::find()
                    .filter(ArxivId.eq(id.as_str()))
                    .filter(IsFound.eq(false))
                    .filter(since(MEMORY_TIME));
                if unknown.count(tx).await? > 0 {
                    return Ok(Err(Lookup::Unknown));
                }
                let used = arxiv_lookup::Entity::find().filter(since(BUDGET_TIME)).count(tx).await?;
                if used >= budget {
                    return Ok(Err(Lookup::Unavailable));
                }
                let row = arxiv_lookup::ActiveModel {
                    id: NotSet,
                    arxiv_id: Set(id.to_string()),
                    looked_up_at: Set(now),
                    is_found: Set(true),
                };
                Ok(Ok(row.insert(tx).await?.id))
            })
        })
        .await
}

/// Remembers that arXiv has no such paper.
async fn remember_unknown(services: &Services, row_id: i64) -> Result<()> {
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                arxiv_lookup::Entity::update_many()
                    .col_expr(arxiv_lookup::Column::IsFound, Expr::value(false))
                    .filter(arxiv_lookup::Column::Id.eq(row_id))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
}

/// Gives a look-up back to the budget for which nothing was asked.
async fn give_back(services: &Services, row_id: i64) -> Result<()> {
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                arxiv_lookup::Entity::delete_by_id(row_id).exec(tx).await?;
                Ok(())
            })
        })
        .await
}

/// Forgets look-ups of long ago.
///
/// # Errors
/// If the database fails.
pub(crate) async fn forget_old(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<()> {
    arxiv_lookup::Entity::delete_many()
        .filter(arxiv_lookup::Column::LookedUpAt.not_between(now - MEMORY_TIME, now + BUDGET_TIME))
        .exec(tx)
        .await?;
    Ok(())
}

/// Marks the paper that was looked up.
struct LookedUp {
    at: DateTime<Utc>,
    paper_id: parking_lot::Mutex<Option<i64>>,
}

#[async_trait]
impl Alongside for LookedUp {
    fn ends_run(&self) -> bool {
        true
    }

    async fn write(
        &self,
        tx: &DatabaseTransaction,
        _: &import_run::Model,
        written: &[(&NewPaper, UpsertResult)],
    ) -> Result<()> {
        for (_, result) in written {
            *self.paper_id.lock() = Some(result.paper_id);
            if result.outcome == Outcome::Created {
                paper::Entity::update_many()
                    .col_expr(paper::Column::LookedUpAt, Expr::value(self.at))
                    .filter(paper::Column::Id.eq(result.paper_id))
                    .exec(tx)
                    .await?;
            }
        }
        Ok(())
    }
}
