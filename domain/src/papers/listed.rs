//! What a list of papers is made of: each paper with its place on a feed and its organization, in one statement.

use entity::{featured_paper, organization, paper};
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, DbErr, QueryResult};

use crate::db::columns::{Cells, Columns as _, columns};

columns!(paper:
    id Id, slug Slug, arxiv_id ArxivId, title Title, title_key TitleKey, r#abstract Abstract, summary Summary,
    authors Authors, author_count AuthorCount, organization_id OrganizationId, published_on PublishedOn,
    updated_on UpdatedOn, project_url ProjectUrl, repository_url RepositoryUrl, repository_stars RepositoryStars,
    thumbnail_url ThumbnailUrl, doi Doi, withdrawn_on WithdrawnOn, source_upvotes SourceUpvotes,
    source_comments SourceComments, upvotes Upvotes, comments Comments, trending Trending, hidden_at HiddenAt,
    created_at CreatedAt, changed_at ChangedAt,
);
columns!(featured_paper:
    id Id, paper_id PaperId, day Day, featured_at FeaturedAt, recorded_at RecordedAt, featured_by FeaturedBy,
    position Position, removed_at RemovedAt,
);
columns!(organization: id Id, slug Slug, name Name, name_key NameKey, logo_url LogoUrl);

/// A paper, its place on a feed and its organization, where it has them.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The paper.
    pub paper: paper::Model,
    /// Its place; `None` also once it was taken off.
    pub feature: Option<featured_paper::Model>,
    /// The institution that it names.
    pub organization: Option<organization::Model>,
}

impl Listed {
    /// Selects the papers that `which` is true of.
    pub(crate) fn select(which: Condition) -> SelectStatement {
        let is_of = Expr::col((featured_paper::Entity, featured_paper::Column::PaperId))
            .equals((paper::Entity, paper::Column::Id));
        let on_feed = Condition::all().add(is_of).add(featured_paper::Column::RemovedAt.is_null());
        let names = Expr::col((organization::Entity, organization::Column::Id))
            .equals((paper::Entity, paper::Column::OrganizationId));
        let mut statement = Query::select();
        statement
            .from(paper::Entity)
            .left_join(featured_paper::Entity, on_feed)
            .left_join(organization::Entity, names)
            .cond_where(which);
        paper::Model::select(&mut statement);
        featured_paper::Model::select(&mut statement);
        organization::Model::select(&mut statement);
        statement
    }

    /// Reads what [`Listed::select`] selects, at the beginning of a row.
    pub(crate) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let mut cells = Cells::of(row);
        Ok(Self {
            paper: paper::Model::read(&mut cells)?,
            feature: cells.next_optional()?,
            organization: cells.next_optional()?,
        })
    }
}
