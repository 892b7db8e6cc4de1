//! Reading the archive.

use std::collections::HashMap;

use entity::enums::{Cadence, DeliveryStatus};
use entity::{delivery, edition, edition_paper, paper};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use crate::feeds::Period;
use crate::paging::{self, Key, Keyset, Kind, Page, Slice, day_number};
use crate::papers::Listed;
use crate::papers::read::Sight;
use crate::{Result, papers};

/// Editions, the latest first, of one cadence or of all.
#[derive(Clone, Copy, Debug)]
pub struct EditionList {
    /// Of this cadence only.
    pub cadence: Option<Cadence>,
}

impl EditionList {
    /// The columns that its keys consist of.
    #[must_use]
    pub fn keyset(self) -> Keyset {
        let column = |column: edition::Column| column.into_expr();
        Keyset::falling(vec![
            (column(edition::Column::EndsOn), Kind::Day),
            (column(edition::Column::Id), Kind::Number),
        ])
    }

    /// The key of one of its editions.
    #[must_use]
    pub fn key(self, edition: &edition::Model) -> Key {
        vec![day_number(edition.ends_on), edition.id]
    }

    /// A part of the list.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn page(
        self,
        connection: &impl ConnectionTrait,
        slice: &Slice,
    ) -> Result<Page<edition::Model>> {
        let rows = self.keyset().apply(self.select(), slice).all(connection).await?;
        Ok(Keyset::page(rows, slice))
    }

    /// How many editions it has; `None` above 10,000.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn total_count(self, connection: &impl ConnectionTrait) -> Result<Option<u64>> {
        paging::total_count(connection, self.select()).await
    }

    fn select(self) -> Select<edition::Entity> {
        let query = edition::Entity::find();
        match self.cadence {
            Some(cadence) => query.filter(edition::Column::Cadence.eq(cadence)),
            None => query,
        }
    }
}

/// The papers of an edition in their order.
#[derive(Clone, Copy, Debug)]
pub struct EditionPapers {
    /// The edition.
    pub edition_id: i64,
}

impl EditionPapers {
    /// The columns that its keys consist of.
    #[must_use]
    pub fn keyset(self) -> Keyset {
        // The first place is the highest rank.
        let place = Expr::val(0_i64).sub(edition_paper::Column::Position.into_expr());
        Keyset::falling(vec![(place, Kind::Number)])
    }

    /// A part of the papers, each with its key.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn page(self, connection: &impl ConnectionTrait, slice: &Slice) -> Result<Page<(Key, Listed)>> {
        let places = self.keyset().apply(self.select(), slice).all(connection).await?;
        let ids: Vec<i64> = places.iter().map(|place| place.paper_id).collect();
        let mut papers = papers::read::by_ids(connection, &ids, Sight::Shown).await?;
        let rows = places.into_iter().filter_map(|place| {
            let listed = papers.remove(&place.paper_id)?;
            Some((vec![-i64::from(place.position)], listed))
        });
        Ok(Keyset::page(rows.collect(), slice))
    }

    /// How many papers it has.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn total_count(self, connection: &impl ConnectionTrait) -> Result<Option<u64>> {
        paging::total_count(connection, self.select()).await
    }

    fn select(self) -> Select<edition_paper::Entity> {
        let hidden = Query::select()
            .column(paper::Column::Id)
            .from(paper::Entity)
            .and_where(paper::Column::HiddenAt.is_not_null())
            .to_owned();
        edition_paper::Entity::find()
            .filter(edition_paper::Column::EditionId.eq(self.edition_id))
            .filter(edition_paper::Column::PaperId.not_in_subquery(hidden))
    }
}

/// The edition of a period.
///
/// # Errors
/// Where the database fails.
pub async fn by_period(connection: &impl ConnectionTrait, period: Period) -> Result<Option<edition::Model>> {
    Ok(edition::Entity::find()
        .filter(edition::Column::Cadence.eq(period.cadence()))
        .filter(edition::Column::Period.eq(period.to_string()))
        .one(connection)
        .await?)
}

/// The editions with these row ids, by id.
///
/// # Errors
/// Where the database fails.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, edition::Model>> {
    let query = edition::Entity::find().filter(edition::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The edition of the same cadence before this one.
///
/// # Errors
/// Where the database fails.
pub async fn previous(
    connection: &impl ConnectionTrait,
    edition: &edition::Model,
) -> Result<Option<edition::Model>> {
    Ok(edition::Entity::find()
        .filter(edition::Column::Cadence.eq(edition.cadence))
        .filter(edition::Column::EndsOn.lt(edition.ends_on))
        .order_by_desc(edition::Column::EndsOn)
        .one(connection)
        .await?)
}

/// The edition of the same cadence after this one.
///
/// # Errors
/// Where the database fails.
pub async fn next(
    connection: &impl ConnectionTrait,
    edition: &edition::Model,
) -> Result<Option<edition::Model>> {
    Ok(edition::Entity::find()
        .filter(edition::Column::Cadence.eq(edition.cadence))
        .filter(edition::Column::EndsOn.gt(edition.ends_on))
        .order_by_asc(edition::Column::EndsOn)
        .one(connection)
        .await?)
}

/// The deliveries of an edition by state.
///
/// # Errors
/// Where the database fails.
pub async fn progress(
    connection: &impl ConnectionTrait,
    edition_id: i64,
) -> Result<HashMap<DeliveryStatus, i64>> {
    let rows = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Status)
        .column_as(delivery::Column::Id.count(), "number")
        .filter(delivery::Column::EditionId.eq(edition_id))
        .group_by(delivery::Column::Status)
        .into_tuple::<(DeliveryStatus, i64)>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
