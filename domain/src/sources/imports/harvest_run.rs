//! A harvest that somebody asks for: the place in the list of its records is a row of its own, as for scheduled ones.

use chrono::NaiveDate;
use entity::enums::ImportStatus;
use entity::{harvest, import_run};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use tokio_util::sync::CancellationToken;

use crate::sources::formats::record::{Record, RecordContent};
use crate::sources::schedule::{harvest_rows, harvests};
use crate::{Error, Result, Services};

use super::patience::{self, MAX_ATTEMPTS, MAX_WAIT};
use super::pipeline::{self, Progress};
use super::runs;

/// Records of arXiv that changed.
#[derive(Clone, Debug)]
pub(super) struct WantedRecords {
    /// The set; all, if there is none.
    pub(super) set: Option<String>,
    /// The first day of changes.
    pub(super) from: Option<NaiveDate>,
    /// The last day of changes.
    pub(super) until: Option<NaiveDate>,
}

/// Harvests what of the records the run has not dealt with. Returns how far it got.
pub(super) async fn read(
    services: &Services,
    wanted: WantedRecords,
    run: import_run::Model,
    stop: &CancellationToken,
    progress: impl Fn(&Progress),
) -> Result<import_run::Model> {
    let key = format!("run {}", run.id);
    begin(services, &key, run.id, wanted).await?;
    let (mut failures, mut attempt) = (0, 0);
    loop {
        let Some(row) = harvest::Entity::find_by_id(key.as_str()).one(services.db.read()).await? else {
            return Err(Error::Internal("the row of a harvest is missing".to_owned()));
        };
        let current = runs::by_id(services.db.read(), run.id).await?.unwrap_or_else(|| run.clone());
        progress(&Progress {
            bytes: u64::try_from(row.records).unwrap_or_default(),
            of: u64::try_from(row.list_size.unwrap_or_default()).unwrap_or_default(),
            run: current.clone(),
        });
        if current.status != ImportStatus::Running || row.finished_at.is_some() || stop.is_cancelled() {
            return Ok(current);
        }
        failures = match row.attempt {
            0 => 0,
            known if known > attempt => failures + 1,
            _ => failures,
        };
        attempt = row.attempt;
        let next = row.next_read_at.unwrap_or_else(|| services.now());
        if failures >= MAX_ATTEMPTS || next > services.now() + MAX_WAIT {
            let reason = row.error.unwrap_or_else(|| "The source did not answer.".to_owned());
            let problem = Record { item: key, found: RecordContent::UnreadableFile(reason) };
            return pipeline::commit_with(services, &current, vec![problem], None).await;
        }
        if !patience::wait(services, &current, next, stop).await? {
            continue;
        }
        if let Some(claimed) = harvest_rows::claim_key(services, &key).await? {
            tokio::select! {
                done = harvests::read_page(services, claimed) => done?,
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Makes the row of a harvest, if it is not there. Whoever had it has it no more: its run has been taken over.
async fn begin(services: &Services, key: &str, run_id: i64, wanted: WantedRecords) -> Result<()> {
    let row = harvest::ActiveModel {
        key: Set(key.to_owned()),
        set_spec: Set(wanted.set),
        from_day: Set(wanted.from),
        until_day: Set(wanted.until),
        is_scheduled: Set(false),
        next_read_at: Set(Some(services.now())),
        import_run_id: Set(Some(run_id)),
        pages: Set(0),
        records: Set(0),
        attempt: Set(0),
        owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    };
    let row = &row;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let take_over = OnConflict::column(harvest::Column::Key)
                    .update_columns([harvest::Column::Owner, harvest::Column::LeaseUntil])
                    .to_owned();
                harvest::Entity::insert(row.clone())
                    .on_conflict(take_over)
                    .exec_without_returning(tx)
                    .await?;
                Ok(())
            })
        })
        .await
}
