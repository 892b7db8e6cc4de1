//! Queries for the archive.

use std::collections::HashMap;

use db::paging::{Key, Keyset, Kind, ListQuery, Owner, PageRange, PageRequest, day_number};
use entity::enums::{Cadence, DeliveryStatus};
use entity::{delivery, edition, edition_paper, paper};
use sea_orm::sea_query::{Expr, ExprTrait as _, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult as _,
    QueryFilter as _, QueryResult, QuerySelect as _, QueryTrait as _,
};

use crate::Result;
use crate::calendar::Period;
use crate::papers::{PaperColumns, ProjectedPaper};

/// The column with the place of a paper in an edition.
const PLACE: &str = "place";

/// Editions, the latest first, of one cadence or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EditionList {
    /// Of this cadence only.
    pub cadence: Option<Cadence>,
}

impl ListQuery for EditionList {
    type Row = edition::Model;
    type Columns = ();

    fn rows(&self, (): ()) -> SelectStatement {
        let query = edition::Entity::find();
        match self.cadence {
            Some(cadence) => query.filter(edition::Column::Cadence.eq(cadence)).into_query(),
            None => query.into_query(),
        }
    }

    fn keyset(&self) -> Keyset {
        let column = |column: edition::Column| column.into_expr();
        Keyset::falling(vec![
            (column(edition::Column::EndsOn), Kind::Day),
            (column(edition::Column::Id), Kind::Number),
        ])
    }

    fn key(&self, edition: &edition::Model) -> Result<Key, DbErr> {
        Ok(key(edition))
    }

    fn read(row: &QueryResult, (): ()) -> Result<edition::Model, DbErr> {
        edition::Model::from_query_result(row, "")
    }
}

fn key(edition: &edition::Model) -> Key {
    vec![day_number(edition.ends_on), edition.id]
}

/// The edition of the same cadence before this one, as a part of its list.
#[must_use]
pub fn previous(edition: &edition::Model) -> PageRequest<EditionList> {
    let list = EditionList { cadence: Some(edition.cadence) };
    let slice = PageRange::following(1, Some(key(edition)));
    PageRequest::new(list, slice, ())
}

/// The edition of the same cadence after this one, as a part of its list.
#[must_use]
pub fn next(edition: &edition::Model) -> PageRequest<EditionList> {
    let list = EditionList { cadence: Some(edition.cadence) };
    let slice = PageRange { limit: 1, from_end: true, after: None, before: Some(key(edition)) };
    PageRequest::new(list, slice, ())
}

/// The papers of an edition in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EditionPapers {
    /// The edition.
    pub edition_id: i64,
}

/// A paper and its place in an edition.
#[derive(Clone, Debug)]
pub struct EditionPaper {
    /// Counted from 0.
    pub position: i32,
    /// The paper.
    pub paper: ProjectedPaper,
}

impl ListQuery for EditionPapers {
    type Row = EditionPaper;
    type Columns = PaperColumns;

    fn rows(&self, columns: PaperColumns) -> SelectStatement {
        self.rows_of(Expr::val(self.edition_id), columns)
    }

    fn owner(&self) -> Option<Owner> {
        Some(Owner { kind: "edition", id: self.edition_id })
    }

    fn rows_of(&self, owner: Expr, columns: PaperColumns) -> SelectStatement {
        let is_of = Expr::col((edition_paper::Entity, edition_paper::Column::PaperId))
            .equals((paper::Entity, paper::Column::Id));
        let which = Condition::all()
            .add(edition_paper::Column::EditionId.into_expr().eq(owner))
            .add(paper::Column::HiddenAt.is_null());
        ProjectedPaper::select(which, columns)
            .inner_join(edition_paper::Entity, is_of)
            .expr_as(edition_paper::Column::Position.into_expr(), PLACE)
            .to_owned()
    }

    fn keyset(&self) -> Keyset {
        // The first place is the highest rank.
        let place = Expr::val(0_i64).sub(edition_paper::Column::Position.into_expr());
        Keyset::falling(vec![(place, Kind::Number)])
    }

    fn key(&self, paper: &EditionPaper) -> Result<Key, DbErr> {
        Ok(vec![-i64::from(paper.position)])
    }

    fn read(row: &QueryResult, columns: PaperColumns) -> Result<EditionPaper, DbErr> {
        Ok(EditionPaper { position: row.try_get("", PLACE)?, paper: ProjectedPaper::read(row, columns)? })
    }
}

/// The edition of a period.
pub async fn by_period(connection: &impl ConnectionTrait, period: Period) -> Result<Option<edition::Model>> {
    Ok(edition::Entity::find()
        .filter(edition::Column::Cadence.eq(period.cadence()))
        .filter(edition::Column::Period.eq(period.to_string()))
        .one(connection)
        .await?)
}

/// The editions with these row ids, by id.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, edition::Model>> {
    let query = edition::Entity::find().filter(edition::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The deliveries of editions by state, by edition.
pub async fn progress(
    connection: &impl ConnectionTrait,
    edition_ids: &[i64],
) -> Result<HashMap<i64, HashMap<DeliveryStatus, i64>>> {
    let rows = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::EditionId)
        .column(delivery::Column::Status)
        .column_as(delivery::Column::Id.count(), "number")
        .filter(delivery::Column::EditionId.is_in(edition_ids.iter().copied()))
        .group_by(delivery::Column::EditionId)
        .group_by(delivery::Column::Status)
        .into_tuple::<(i64, DeliveryStatus, i64)>()
        .all(connection)
        .await?;
    let mut progress: HashMap<i64, HashMap<DeliveryStatus, i64>> = HashMap::new();
    for (edition_id, status, number) in rows {
        progress.entry(edition_id).or_default().insert(status, number);
    }
    Ok(progress)
}
