//! The turn to ask a site: held by at most one request of all processes, for the time of a lease.
//!
//! Always: between the end of a request and the start of the next one lies the pause of the site. A process that died
//! loses its turn when the lease is over; times that a clock of before has set far ahead count as past.

use chrono::{DateTime, TimeDelta, Utc};
use entity::source_turn;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Statement, sea_query::Expr,
};

use crate::{Result, Services, random};

use super::Site;

/// The time after which a silent process loses its turn; longer than a request may take.
const LEASE_TIME: TimeDelta = TimeDelta::seconds(90);

/// When to look again whether another request has ended.
const BUSY_DELAY: TimeDelta = TimeDelta::seconds(2);

/// A time further ahead was written by a clock that has since been put back.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(10);

/// A turn.
#[derive(Debug)]
pub(super) struct Turn {
    site: Site,
    owner: String,
}

/// Takes the turn of a site, or says when to try again.
pub(super) async fn take(services: &Services, site: Site) -> Result<Result<Turn, DateTime<Utc>>> {
    let (now, owner) = (services.now(), random::name());
    let mine = owner.as_str();
    let taken = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let sql = "INSERT INTO source_turn (site, owner, lease_until, next_request_at) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT (site) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until \
                           WHERE (source_turn.lease_until IS NULL OR source_turn.lease_until <= $4 OR source_turn.lease_until > $5) \
                           AND (source_turn.next_request_at <= $4 OR source_turn.next_request_at > $5) RETURNING site";
                let values =
                    [site.name().into(), mine.into(), (now + LEASE_TIME).into(), now.into(), (now + MAX_AHEAD).into()];
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
                if tx.query_one_raw(statement).await?.is_some() {
                    return Ok(None);
                }
                Ok(source_turn::Entity::find_by_id(site.name()).one(tx).await?)
            })
        })
        .await?;
    Ok(match taken {
        None => Ok(Turn { site, owner }),
        Some(row) => Err(match row.lease_until {
            Some(_) => now + BUSY_DELAY,
            None => row.next_request_at,
        }),
    })
}

impl Turn {
    /// Gives the turn to the next request, after the pause of the site.
    pub(super) async fn end(self, services: &Services) -> Result<()> {
        let next = services.now() + self.site.pause(&services.settings.sources);
        let turn = &self;
        services
            .db
            .write(|tx| {
                Box::pin(async move {
                    source_turn::Entity::update_many()
                        .col_expr(source_turn::Column::Owner, Expr::value(None::<String>))
                        .col_expr(source_turn::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
                        .col_expr(source_turn::Column::NextRequestAt, Expr::value(next))
                        .filter(source_turn::Column::Site.eq(turn.site.name()))
                        .filter(source_turn::Column::Owner.eq(turn.owner.as_str()))
                        .exec(tx)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
