//! Reading a source at once because an administrator wants it.
//!
//! Always: the pause between requests stays, and a host that is left alone stays so.

use entity::enums::{ReadingStatus, Source};
use entity::{harvest, source, source_reading};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};

use crate::error::{Error, UserErrorCode};
use crate::queue::Job;
use crate::{Result, Services, audit};

/// Makes due what a source has that is read again or awaited.
///
/// # Errors
/// `CONFLICT` if the workers do not read the source by schedule.
pub async fn run_now(services: &Services, actor_id: i64, source: Source) -> Result<()> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let known = source::Entity::find_by_id(source).one(tx).await?;
                if !known.is_some_and(|row| row.is_scheduled) {
                    let message = "No worker reads this source by schedule.";
                    return Err(Error::user(UserErrorCode::Conflict, &["source"], message));
                }
                let awaited = Condition::any()
                    .add(source_reading::Column::NextReadAt.is_not_null())
                    .add(source_reading::Column::Status.eq(ReadingStatus::Awaited));
                source_reading::Entity::update_many()
                    .col_expr(source_reading::Column::NextReadAt, Expr::value(now))
                    .filter(source_reading::Column::Source.eq(source))
                    .filter(awaited)
                    .exec(tx)
                    .await?;
                if source == Source::Arxiv {
                    harvest::Entity::update_many()
                        .col_expr(harvest::Column::NextReadAt, Expr::value(now))
                        .filter(harvest::Column::IsScheduled.eq(true))
                        .filter(harvest::Column::NextReadAt.is_not_null())
                        .exec(tx)
                        .await?;
                }
                let target = Some(format!("Source:{}", sea_orm::ActiveEnum::to_value(&source)));
                audit::record(tx, now, Some(actor_id), "readSource", target, None).await
            })
        })
        .await?;
    services.wake(Job::ReadSources);
    Ok(())
}
