//! Reading a list that is due: Hugging Face's papers of a day, a category's announcement.
//!
//! A day is read again and again, also for a fortnight after its end, because votes and late papers come in; it is
//! settled when two readings after its end, [`AGREEMENT_TIME`] apart, have the same papers. An announcement is looked for
//! until it is there, and read once.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::enums::{PaperSource, ReadingStatus};
use entity::{import_run, source_reading};
use fetch::Validators;
use sea_orm::{ActiveValue::Set, DatabaseTransaction};

use crate::papers::NewPaper;
use crate::papers::history::{self, Counts};
use crate::papers::upsert::UpsertResult;
use crate::sources::imports::input::BATCH_SIZE;
use crate::sources::imports::pipeline::{self, Alongside};
use crate::sources::imports::run_rows;
use crate::sources::network::ask::Asked;
use crate::sources::read::{List, announcement, hf_day};
use crate::{Error, Result, Services};

use super::{plan, readings};

/// The time between two readings that agree before a day is settled. A list that is read too early can hold one paper of
/// forty, and be the same a moment later.
const AGREEMENT_TIME: TimeDelta = TimeDelta::minutes(15);

/// How often a day is read after its end, the more seldom the older it is: up to this age, so often.
const READ_AGAIN: [(TimeDelta, TimeDelta); 4] = [
    (TimeDelta::days(1), TimeDelta::hours(2)),
    (TimeDelta::days(3), TimeDelta::hours(6)),
    (TimeDelta::days(7), TimeDelta::hours(12)),
    (TimeDelta::days(plan::DAYS_BACK.cast_signed()), TimeDelta::hours(24)),
];

/// An announcement that is this late is looked for once an hour.
const LATE: TimeDelta = TimeDelta::hours(6);

/// Reads Hugging Face's papers of a day.
pub(super) async fn read_hf_day(services: &Services, row: source_reading::Model) -> Result<()> {
    // Behind a full page a second one can have come, which the first one does not show.
    let validators = match row.found {
        Some(found) if found >= hf_day::PAGE_SIZE => Validators::default(),
        _ => Validators { etag: row.etag.clone(), last_modified: row.last_modified.clone() },
    };
    match hf_day::read(services, row.day, validators).await? {
        Asked::Later { at, reason } => readings::put_off(services, &row, at, reason).await,
        // A day that is not indexed has no list: that is an answer, too, unless there was one.
        Asked::Failed { status: Some(404 | 410), .. } if row.found.unwrap_or_default() == 0 => {
            readings::save(services, &row, hf_day_row(services, &row, None)).await
        }
        // At Hugging Face a day begins later than here; until then it is in the future.
        Asked::Failed { status: Some(400), .. } if is_open(services, &row) => {
            readings::save(services, &row, hf_day_row(services, &row, None)).await
        }
        Asked::Failed { at, reason, .. } => readings::fail(services, &row, at, reason).await,
        Asked::NotModified => {
            let list_hash = row.list_hash.clone();
            readings::save(services, &row, hf_day_row(services, &row, list_hash)).await
        }
        Asked::Read(list) => {
            let mut next = hf_day_row(services, &row, Some(list.ids_hash.clone()));
            next.found = Set(Some(list.found()));
            next.content_hash = Set(Some(list.content_hash.clone()));
            next.etag = Set(list.validators.etag.clone());
            next.last_modified = Set(list.validators.last_modified.clone());
            if list.records.is_empty() || row.content_hash.as_ref() == Some(&list.content_hash) {
                return readings::save(services, &row, next).await;
            }
            let request = row.day.to_string();
            let end = ListEnd { claimed: &row, next, counted_on: Some(services.now().date_naive()) };
            write(services, PaperSource::HfDaily, &request, list, end).await
        }
    }
}

/// Whether the day of a list is the open one.
fn is_open(services: &Services, row: &source_reading::Model) -> bool {
    services.settings.calendar.ends_at(row.day) > services.now()
}

/// The row of a day whose list has this hash.
fn hf_day_row(
    services: &Services,
    row: &source_reading::Model,
    list_hash: Option<String>,
) -> source_reading::ActiveModel {
    let now = services.now();
    let ends_at = services.settings.calendar.ends_at(row.day);
    let has_ended = ends_at <= now;
    let agreed_since = match row.agreed_since {
        Some(since) if has_ended && list_hash == row.list_hash => Some(since),
        _ => has_ended.then_some(now),
    };
    let agrees = agreed_since.is_some_and(|since| now - since >= AGREEMENT_TIME);
    // Who has settled a day does not take it back: what comes late is late.
    let is_settled = row.status == ReadingStatus::Settled || agrees;
    let status = if is_settled { ReadingStatus::Settled } else { ReadingStatus::Read };
    source_reading::ActiveModel {
        status: Set(status),
        list_hash: Set(list_hash),
        agreed_since: Set(agreed_since),
        next_read_at: Set(next_hf_read(now, ends_at, is_settled, services.settings.sources.hf_daily.every)),
        ..readings::read(row, now)
    }
}

/// When a day is read next; `None`: no more.
fn next_hf_read(
    now: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    is_settled: bool,
    every: TimeDelta,
) -> Option<DateTime<Utc>> {
    if now < ends_at {
        return Some(Ord::min(now + every, ends_at));
    }
    if !is_settled {
        return Some(now + AGREEMENT_TIME);
    }
    READ_AGAIN.iter().find(|(age, _)| now - ends_at < *age).map(|(_, often)| now + *often)
}

/// Reads a category's announcement.
pub(super) async fn read_announcement(services: &Services, row: source_reading::Model) -> Result<()> {
    let now = services.now();
    let announced = match announcement::read(services, &row.part).await? {
        Asked::Later { at, reason } => return readings::put_off(services, &row, at, reason).await,
        Asked::Failed { at, reason, .. } => return readings::fail(services, &row, at, reason).await,
        Asked::NotModified => return Err(Error::Internal("an announcement was not asked for".to_owned())),
        Asked::Read(announced) => announced,
    };
    match announced.day.cmp(&row.day) {
        std::cmp::Ordering::Less => {
            let often = services.settings.sources.arxiv.every;
            let is_late = now - row.due_at >= LATE;
            let often = if is_late { Ord::max(often, TimeDelta::hours(1)) } else { often };
            let listing = if is_late { "The source is late: the listing" } else { "The listing" };
            let awaited = source_reading::ActiveModel {
                next_read_at: Set(Some(now + often)),
                error: Set(Some(format!("{listing} is still that of {}.", announced.day))),
                ..readings::read(&row, now)
            };
            readings::save(services, &row, awaited).await
        }
        std::cmp::Ordering::Greater => {
            // The timetable does not know it: it is read as its own day, and this one was missed.
            let newer = announced.day;
            let missed = source_reading::ActiveModel {
                status: Set(ReadingStatus::Missed),
                next_read_at: Set(None),
                ..readings::read(&row, now)
            };
            let row = &row;
            let missed = &missed;
            let write = services.db.write(|tx| {
                Box::pin(async move {
                    plan::insert(tx, vec![plan::row(row.source, &row.part, newer, now)]).await?;
                    readings::write(tx, row, missed.clone()).await
                })
            });
            match write.await {
                Err(Error::User(_)) => Ok(()),
                done => done,
            }
        }
        std::cmp::Ordering::Equal => {
            let list = announced.list;
            let settled = source_reading::ActiveModel {
                status: Set(ReadingStatus::Settled),
                next_read_at: Set(None),
                found: Set(Some(list.found())),
                list_hash: Set(Some(list.ids_hash.clone())),
                content_hash: Set(Some(list.content_hash.clone())),
                ..readings::read(&row, now)
            };
            if list.records.is_empty() {
                return readings::save(services, &row, settled).await;
            }
            let request = format!("{} {}", row.part, row.day);
            let end = ListEnd { claimed: &row, next: settled, counted_on: None };
            write(services, PaperSource::ArxivListing, &request, list, end).await
        }
    }
}

/// What is written with the papers of a list: their counts, and with the last of them the row of the list.
struct ListEnd<'a> {
    claimed: &'a source_reading::Model,
    next: source_reading::ActiveModel,
    /// The day of the counts, if the source counts.
    counted_on: Option<NaiveDate>,
}

/// A batch of a list.
struct ListBatch<'a> {
    end: &'a ListEnd<'a>,
    is_last: bool,
}

#[async_trait]
impl Alongside for ListBatch<'_> {
    fn ends_run(&self) -> bool {
        self.is_last
    }

    async fn write(
        &self,
        tx: &DatabaseTransaction,
        _: &import_run::Model,
        written: &[(&NewPaper, UpsertResult)],
    ) -> Result<()> {
        if let Some(day) = self.end.counted_on {
            history::record(tx, day, &counts(written)).await?;
        }
        if self.is_last {
            readings::write(tx, self.end.claimed, self.end.next.clone()).await?;
        }
        Ok(())
    }
}

/// What a source counted for the papers of a batch.
pub(in crate::sources) fn counts(written: &[(&NewPaper, UpsertResult)]) -> Vec<Counts> {
    let counted = |(paper, result): &(&NewPaper, UpsertResult)| {
        (paper.source_upvotes.is_some() || paper.source_comments.is_some()).then(|| Counts {
            paper_id: result.paper_id,
            upvotes: paper.source_upvotes.unwrap_or_default(),
            comments: paper.source_comments.unwrap_or_default(),
        })
    };
    written.iter().filter_map(counted).collect()
}

/// Writes the papers of a list as a run, or goes on with the run that was not finished. A claim that was lost meanwhile
/// is no error.
async fn write(
    services: &Services,
    source: PaperSource,
    request: &str,
    list: List,
    end: ListEnd<'_>,
) -> Result<()> {
    let run = run_rows::begin_answer(services, source, request, &list.content_hash).await?;
    match write_records(services, run, list, &end).await {
        Ok(_) => Ok(()),
        Err(Error::User(problems)) => {
            tracing::info!(?problems, "a list was left to another worker");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn write_records(
    services: &Services,
    mut run: import_run::Model,
    list: List,
    end: &ListEnd<'_>,
) -> Result<import_run::Model> {
    let count = list.records.len();
    let done = usize::try_from(run.position).unwrap_or(usize::MAX).min(count.saturating_sub(1));
    let mut records = list.records.into_iter().skip(done);
    let mut written = done;
    while written < count {
        let batch: Vec<_> = records.by_ref().take(BATCH_SIZE).collect();
        written += batch.len();
        let position = i64::try_from(written).unwrap_or(i64::MAX);
        let alongside = ListBatch { end, is_last: written == count };
        run =
            pipeline::commit_with(services, &import_run::Model { position, ..run }, batch, Some(&alongside))
                .await?;
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_often_while_open_and_more_seldom_the_older_they_are() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let end = at("2026-01-07T00:00:00Z");
        let next = |now: &str, is_settled| {
            next_hf_read(at(now), end, is_settled, TimeDelta::minutes(30)).map(|next| next - at(now))
        };
        assert_eq!(next("2026-01-06T12:00:00Z", false), Some(TimeDelta::minutes(30)));
        assert_eq!(next("2026-01-06T23:50:00Z", false), Some(TimeDelta::minutes(10)), "at its end");
        assert_eq!(next("2026-01-07T00:00:00Z", false), Some(TimeDelta::minutes(15)));
        assert_eq!(next("2026-01-09T00:00:00Z", false), Some(TimeDelta::minutes(15)));
        assert_eq!(next("2026-01-07T00:15:00Z", true), Some(TimeDelta::hours(2)));
        assert_eq!(next("2026-01-09T00:15:00Z", true), Some(TimeDelta::hours(6)));
        assert_eq!(next("2026-01-20T00:00:00Z", true), Some(TimeDelta::hours(24)));
        assert_eq!(next("2026-01-21T00:00:00Z", true), None);
    }
}
