//! Queries for papers and lists of papers, each with its place on a feed in the same statement.

use std::collections::HashMap;

use arxiv::ArxivId;
use chrono::{DateTime, Utc};
use db::paging::{self, Columns as _, Key, Keyset, ListQuery, PageRange, PageRequest};
use entity::topic_filter::TopicFilter;
use entity::{featured_paper, paper, paper_version, upvote};
use sea_orm::sea_query::{Expr, IntoCondition as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QueryResult, QuerySelect as _,
};

use crate::Result;
use crate::calendar::Period;
use crate::papers::planned;
use crate::papers::rows::{PaperColumns, PaperRow, ProjectedPaper};

use super::filter::{Lookup, PaperFilter};
use super::new_paper::NewVersion;
use super::order::{Listing, PaperOrder};
use super::words;

/// The scope of a list of papers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All.
    All,
    /// Those on the feeds of a period.
    Period(Period),
    /// Those of an author, by the key of the name.
    Author(String),
    /// Those of an organization.
    Organization(i64),
    /// Those that a person voted for.
    UpvotedBy(i64),
}

impl Scope {
    fn listing(&self) -> Listing {
        if matches!(self, Self::Period(_)) { Listing::Feed } else { Listing::All }
    }

    fn condition(&self, lookup: Lookup) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Period(period) => {
                Condition::all().add(on_days(*period)).add(featured_paper::Column::RemovedAt.is_null())
            }
            Self::Author(name) => {
                let topics = TopicFilter { authors: vec![name.clone()], ..TopicFilter::default() };
                PaperFilter { topics, ..PaperFilter::default() }.condition(lookup)
            }
            Self::Organization(id) => paper::Column::OrganizationId.eq(*id).into_condition(),
            Self::UpvotedBy(user_id) => {
                let votes = Query::select()
                    .column(upvote::Column::PaperId)
                    .from(upvote::Entity)
                    .and_where(upvote::Column::UserId.eq(*user_id))
                    .to_owned();
                paper::Column::Id.in_subquery(votes).into_condition()
            }
        }
    }
}

/// The days of a period. Of a single one Postgres keeps the plan; it would make one for each range.
fn on_days(period: Period) -> Expr {
    let (first, last) = (period.starts_on(), period.ends_on());
    if first == last {
        featured_paper::Column::Day.eq(first)
    } else {
        featured_paper::Column::Day.between(first, last)
    }
}

/// A list of papers: which, narrowed how, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaperList {
    /// The scope of the list.
    pub scope: Scope,
    /// Narrowed to these.
    pub filter: PaperFilter,
    /// In this order.
    pub order: PaperOrder,
    /// The word index of its database.
    pub lookup: Lookup,
}

impl ListQuery for PaperList {
    type Row = ProjectedPaper;
    type Columns = PaperColumns;

    fn columns(&self, columns: PaperColumns) -> PaperColumns {
        columns.with(self.order.columns(self.scope.listing()))
    }

    fn rows(&self, columns: PaperColumns) -> SelectStatement {
        let shown = Condition::all()
            .add(Visibility::Shown.condition())
            .add(self.scope.condition(self.lookup))
            .add(self.filter.condition(self.lookup));
        ProjectedPaper::select(shown, columns)
    }

    fn keyset(&self) -> Keyset {
        self.order.keyset(self.scope.listing())
    }

    fn key(&self, paper: &ProjectedPaper) -> Result<Key, DbErr> {
        self.order.key(self.scope.listing(), paper)
    }

    fn read(row: &QueryResult, columns: PaperColumns) -> Result<ProjectedPaper, DbErr> {
        ProjectedPaper::read(row, columns)
    }
}

/// The papers that a viewer may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Those that are shown.
    Shown,
    /// Also those that a curator hid, and those whose day has not come.
    All,
}

impl Visibility {
    pub(crate) fn condition(self) -> Condition {
        match self {
            Self::Shown => Condition::all().add(paper::Column::HiddenAt.is_null()).add(planned::is_shown()),
            Self::All => Condition::all(),
        }
    }
}

/// The paper with this arXiv identifier, these of its columns.
pub async fn by_arxiv_id(
    connection: &impl ConnectionTrait,
    id: &ArxivId,
    sight: Visibility,
    columns: PaperColumns,
) -> Result<Option<ProjectedPaper>> {
    one(connection, paper::Column::ArxivId.eq(id.as_str()), sight, columns).await
}

/// The paper with this slug, or with this arXiv identifier in any form.
pub async fn by_slug(connection: &impl ConnectionTrait, slug: &str) -> Result<Option<PaperRow>> {
    let of_slug = paper::Column::Slug.eq(slug);
    let mut found = one(connection, of_slug, Visibility::Shown, PaperColumns::ALL).await?;
    if let (None, Some(id)) = (&found, ArxivId::parse(slug)) {
        found = by_arxiv_id(connection, &id, Visibility::Shown, PaperColumns::ALL).await?;
    }
    Ok(found.map(PaperRow::try_from).transpose()?)
}

async fn one(
    connection: &impl ConnectionTrait,
    condition: Expr,
    sight: Visibility,
    columns: PaperColumns,
) -> Result<Option<ProjectedPaper>> {
    let which = Condition::all().add(condition).add(sight.condition());
    let row = connection.query_one(&ProjectedPaper::select(which, columns)).await?;
    Ok(row.map(|row| ProjectedPaper::read(&row, columns)).transpose()?)
}

/// The papers with these row ids, by id.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    ids: &[i64],
    sight: Visibility,
) -> Result<HashMap<i64, PaperRow>> {
    let which = Condition::all().add(paper::Column::Id.is_in(ids.iter().copied())).add(sight.condition());
    let rows = connection.query_all(&ProjectedPaper::select(which, PaperColumns::ALL)).await?;
    let papers = rows.iter().map(|row| whole(row).map(|listed| (listed.paper.id, listed)));
    Ok(papers.collect::<Result<_, _>>()?)
}

/// The versions of these papers that are known, by paper and number.
///
/// # Errors
/// If the database fails.
pub async fn versions(
    connection: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<HashMap<i64, Vec<NewVersion>>> {
    let rows = paper_version::Entity::find()
        .filter(paper_version::Column::PaperId.is_in(ids.iter().copied()))
        .order_by_asc(paper_version::Column::Number)
        .all(connection)
        .await?;
    let mut versions: HashMap<i64, Vec<NewVersion>> = HashMap::new();
    for row in rows {
        let version = NewVersion { number: row.number, submitted_at: row.submitted_at };
        versions.entry(row.paper_id).or_default().push(version);
    }
    Ok(versions)
}

fn whole(row: &QueryResult) -> Result<PaperRow, DbErr> {
    ProjectedPaper::read(row, PaperColumns::ALL)?.try_into()
}

/// A part of a list of papers, all of their columns.
pub async fn page(
    connection: &impl ConnectionTrait,
    list: &PaperList,
    slice: &PageRange,
) -> Result<Vec<PaperRow>> {
    let part = PageRequest::new(list.clone(), slice.clone(), PaperColumns::ALL);
    let rows = paging::page(connection, &part).await?.rows;
    Ok(rows.into_iter().map(PaperRow::try_from).collect::<Result<_, _>>()?)
}

/// The times of the last changes of these papers, by id, without hidden papers.
pub async fn changes(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, DateTime<Utc>>> {
    let rows = paper::Entity::find()
        .select_only()
        .column(paper::Column::Id)
        .column(paper::Column::ChangedAt)
        .filter(paper::Column::Id.is_in(ids))
        .filter(Visibility::Shown.condition())
        .into_tuple::<(i64, DateTime<Utc>)>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The scope of an author's papers.
#[must_use]
pub fn author_scope(name: &str) -> Scope {
    Scope::Author(words::key(name))
}
