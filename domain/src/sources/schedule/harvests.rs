//! Harvesting a set of arXiv's records, page by page.
//!
//! The place in a list (token, its expiry, pages, records) is written in the transaction of the last records of a page; so
//! a harvest goes on behind the last page that was written, in whichever process. A token that expired begins the list
//! again, which changes nothing that was written. The next list begins at the day on which the first page of this one was
//! answered, so that nothing lies between.
//!
//! Always: a page that repeats the one before, or a list that ends before the number that it states, is an error.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::ImportStatus;
use entity::harvest;
use sea_orm::ActiveValue::Set;

use crate::sources::formats::record::Record;
use crate::sources::imports::{pipeline, run_rows, runs};
use crate::sources::network::ask::Asked;
use crate::sources::read::harvest::{Answer, Wanted, read};
use crate::{Error, Result, Services};

use super::harvest_page::{Page, missed_of, repair, write_page};
use super::harvest_rows::{finished, released, write_alone};
use super::retry_at;

/// The delay of a list whose token has expired.
const EXPIRED_DELAY: TimeDelta = TimeDelta::minutes(5);

/// Reads the next page of a harvest, and writes it. A claim that was lost meanwhile is no error.
pub(in crate::sources) async fn read_page(services: &Services, harvest: harvest::Model) -> Result<()> {
    match read_claimed(services, &harvest).await {
        Err(Error::User(problems)) => {
            tracing::info!(?problems, "a harvest was left to another worker");
            Ok(())
        }
        done => done,
    }
}

async fn read_claimed(services: &Services, harvest: &harvest::Model) -> Result<()> {
    let now = services.now();
    let token = harvest.token.clone().filter(|_| harvest.token_expires_at.is_none_or(|at| at > now));
    let wanted = match &token {
        Some(token) => Wanted::Page(token.clone()),
        None => {
            Wanted::List { set: harvest.set_spec.clone(), from: harvest.from_day, until: harvest.until_day }
        }
    };
    // Without a valid token the list begins again.
    let place = match token {
        Some(_) => harvest.clone(),
        None => harvest::Model { token: None, pages: 0, records: 0, list_size: None, ..harvest.clone() },
    };
    match read(services, &wanted).await? {
        Asked::Later { at, reason } => put_off(services, harvest, at, reason).await,
        Asked::Failed { at, reason, .. } => fail(services, harvest, at, reason).await,
        Asked::NotModified => Err(Error::Internal("a page of records was not asked for".to_owned())),
        Asked::Read(Answer::NoRecords) => {
            let next = finished(services, &place);
            write_alone(services, harvest, &next).await?;
            let missed = &missed_of(services, harvest);
            services.db.write(|tx| Box::pin(async move { repair(tx, missed, now).await })).await?;
            finish_run(services, harvest.import_run_id).await
        }
        Asked::Read(Answer::TokenExpired) => {
            let attempt = harvest.attempt.saturating_add(1);
            let restart = harvest::ActiveModel {
                token: Set(None),
                token_expires_at: Set(None),
                pages: Set(0),
                records: Set(0),
                attempt: Set(attempt),
                ..released(
                    harvest,
                    retry_at(now, attempt, now + EXPIRED_DELAY),
                    Some("The token of the list had expired; it begins again.".to_owned()),
                )
            };
            write_alone(services, harvest, &restart).await
        }
        Asked::Read(Answer::Page { responded_at, contents, entries, token }) => {
            let page = Page { responded_at, entries, token };
            if let Some(problem) = page.problem(&place) {
                // From the start: what lies before the fault is not known.
                let restart = harvest::ActiveModel {
                    token: Set(None),
                    token_expires_at: Set(None),
                    pages: Set(0),
                    records: Set(0),
                    attempt: Set(harvest.attempt.saturating_add(1)),
                    ..released(harvest, retry_at(now, harvest.attempt.saturating_add(1), now), Some(problem))
                };
                return write_alone(services, harvest, &restart).await;
            }
            let named = place.set_spec.clone().unwrap_or_else(|| "arXiv".to_owned());
            let first = place.records;
            let record =
                |(found, number)| Record { item: format!("{named}, record {}", first + number), found };
            let records: Vec<Record> = contents.into_iter().zip(1_i64..).map(record).collect();
            write_page(services, harvest, &place, page, records).await
        }
    }
}

async fn put_off(
    services: &Services,
    harvest: &harvest::Model,
    at: DateTime<Utc>,
    reason: Option<String>,
) -> Result<()> {
    let reason = reason.or_else(|| harvest.error.clone());
    write_alone(services, harvest, &released(harvest, at, reason)).await
}

/// Notes an attempt that failed.
pub(super) async fn fail(
    services: &Services,
    harvest: &harvest::Model,
    earliest: DateTime<Utc>,
    reason: String,
) -> Result<()> {
    let attempts = harvest.attempt.saturating_add(1);
    tracing::warn!(key = harvest.key, reason, "a page of records was not read");
    let at = retry_at(services.now(), attempts, earliest);
    let row = harvest::ActiveModel { attempt: Set(attempts), ..released(harvest, at, Some(reason)) };
    write_alone(services, harvest, &row).await
}

async fn finish_run(services: &Services, id: Option<i64>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let run = runs::by_id(services.db.read(), id).await?;
    if let Some(run) = run.filter(|run| run.status == ImportStatus::Running) {
        pipeline::finish(services, &run_rows::take_over(services, run).await?).await?;
    }
    Ok(())
}
