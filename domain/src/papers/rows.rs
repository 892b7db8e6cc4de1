//! The rows of a list of papers: each paper with its place on a feed and its organization, in one statement.

use db::paging::Columns;
use db::{ColumnSet, Joined, PositionalRow as _, RowCursor};
use entity::{featured_paper, organization, paper};
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, DbErr, QueryResult, TryIntoModel};

/// A paper, its place on a feed and its organization, if it has them.
#[derive(Clone, Debug)]
pub struct PaperRow {
    /// The paper.
    pub paper: paper::Model,
    /// Its place; `None` also once it was taken off.
    pub feature: Option<featured_paper::Model>,
    /// The institution that it names.
    pub organization: Option<organization::Model>,
}

/// A [`PaperRow`] of which only some columns were read; the others are not set.
#[derive(Clone, Debug)]
pub struct ProjectedPaper {
    /// The paper; its id was read.
    pub paper: paper::ActiveModel,
    /// Its place.
    pub feature: Joined<featured_paper::ActiveModel>,
    /// The institution that it names.
    pub organization: Joined<organization::ActiveModel>,
}

/// The columns of a [`PaperRow`] that are read, besides the id of the paper. A table is joined only if one of its
/// columns is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PaperColumns {
    paper: ColumnSet,
    feature: ColumnSet,
    organization: ColumnSet,
}

impl Columns for PaperColumns {
    const ALL: Self = Self { paper: ColumnSet::ALL, feature: ColumnSet::ALL, organization: ColumnSet::ALL };
    const MIN: Self = Self { paper: ColumnSet::MIN, feature: ColumnSet::MIN, organization: ColumnSet::MIN };

    fn with(self, other: Self) -> Self {
        Self {
            paper: self.paper.with(other.paper),
            feature: self.feature.with(other.feature),
            organization: self.organization.with(other.organization),
        }
    }
}

impl PaperColumns {
    /// These columns of the paper.
    #[must_use]
    pub fn paper(columns: &[paper::Column]) -> Self {
        Self { paper: ColumnSet::of(columns), ..Self::MIN }
    }

    /// Those and these of its place on a feed.
    #[must_use]
    pub fn with_feature(self, columns: &[featured_paper::Column]) -> Self {
        let id = ColumnSet::of(&[featured_paper::Column::Id]);
        Self { feature: self.feature.with(id).with(ColumnSet::of(columns)), ..self }
    }

    /// Those and these of its organization.
    #[must_use]
    pub fn with_organization(self, columns: ColumnSet) -> Self {
        let id = ColumnSet::of(&[organization::Column::Id]);
        Self { organization: self.organization.with(id).with(columns), ..self }
    }

    /// Those of the paper, and its id.
    fn of_paper(self) -> ColumnSet {
        self.paper.with(ColumnSet::of(&[paper::Column::Id]))
    }
}

impl ProjectedPaper {
    /// Selects columns of the papers that `which` is true of; it may speak of joined tables of which some are read.
    pub(crate) fn select(which: Condition, columns: PaperColumns) -> SelectStatement {
        let is_of = Expr::col((featured_paper::Entity, featured_paper::Column::PaperId))
            .equals((paper::Entity, paper::Column::Id));
        let on_feed = Condition::all().add(is_of).add(featured_paper::Column::RemovedAt.is_null());
        let names = Expr::col((organization::Entity, organization::Column::Id))
            .equals((paper::Entity, paper::Column::OrganizationId));
        let mut statement = Query::select();
        statement.from(paper::Entity).cond_where(which);
        if !columns.feature.is_empty() {
            statement.left_join(featured_paper::Entity, on_feed);
        }
        if !columns.organization.is_empty() {
            statement.left_join(organization::Entity, names);
        }
        paper::Entity::select(&mut statement, columns.of_paper());
        featured_paper::Entity::select(&mut statement, columns.feature);
        organization::Entity::select(&mut statement, columns.organization);
        statement
    }

    /// Reads what [`ProjectedPaper::select`] selects, at the beginning of a row.
    pub(crate) fn read(row: &QueryResult, columns: PaperColumns) -> Result<Self, DbErr> {
        let mut cells = RowCursor::of(row);
        Ok(Self {
            paper: paper::Entity::read(&mut cells, columns.of_paper())?,
            feature: cells.joined::<featured_paper::Entity>(columns.feature)?,
            organization: cells.joined::<organization::Entity>(columns.organization)?,
        })
    }
}

impl From<PaperRow> for ProjectedPaper {
    fn from(listed: PaperRow) -> Self {
        Self {
            paper: listed.paper.into(),
            feature: Joined::Read(listed.feature.map(Into::into)),
            organization: Joined::Read(listed.organization.map(Into::into)),
        }
    }
}

impl TryFrom<ProjectedPaper> for PaperRow {
    type Error = DbErr;

    /// Fails if a column was not read.
    fn try_from(projected: ProjectedPaper) -> Result<Self, DbErr> {
        Ok(Self {
            paper: projected.paper.try_into_model()?,
            feature: projected.feature.into_value()?.map(TryIntoModel::try_into_model).transpose()?,
            organization: projected
                .organization
                .into_value()?
                .map(TryIntoModel::try_into_model)
                .transpose()?,
        })
    }
}
