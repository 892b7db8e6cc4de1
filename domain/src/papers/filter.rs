//! What a list of papers is narrowed to: one meaning for queries, feeds and digests.
//!
//! Every field narrows, an empty list does not. Lists are any-of, but for those named `exclude_…`, which
//! drop a paper on any match. Keywords match as whole words, in any case, in the title, the abstract and
//! the keywords of a paper; authors by name in any case; organizations by slug or by name.

use chrono::NaiveDate;
use entity::json::DigestFilter;
use entity::{featured_paper, organization, paper, paper_author, paper_category, paper_words};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, Condition};

use super::text;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PaperFilter {
    /// Category codes.
    pub categories: Vec<String>,
    /// Words or phrases.
    pub keywords: Vec<String>,
    /// Author names.
    pub authors: Vec<String>,
    /// Organization slugs or names.
    pub organizations: Vec<String>,
    /// Category codes that drop a paper.
    pub exclude_categories: Vec<String>,
    /// Words or phrases that drop a paper.
    pub exclude_keywords: Vec<String>,
    /// Published on this day or later.
    pub published_from: Option<NaiveDate>,
    /// Published on this day or earlier.
    pub published_to: Option<NaiveDate>,
    /// Only those that are, or are not, on a feed.
    pub featured: Option<bool>,
    /// At least so many votes, local and reported.
    pub min_upvotes: Option<i32>,
    /// Only those that have, or lack, a repository.
    pub has_repository: Option<bool>,
    /// Only those that their authors have not withdrawn; for digests, which nobody wants to read about those.
    pub is_standing: bool,
}

impl From<&DigestFilter> for PaperFilter {
    fn from(filter: &DigestFilter) -> Self {
        Self {
            categories: filter.categories.clone(),
            keywords: filter.keywords.clone(),
            authors: filter.authors.clone(),
            organizations: filter.organizations.clone(),
            exclude_categories: filter.exclude_categories.clone(),
            exclude_keywords: filter.exclude_keywords.clone(),
            min_upvotes: filter.min_upvotes,
            is_standing: true,
            ..Self::default()
        }
    }
}

impl PaperFilter {
    /// The condition on the paper table.
    #[must_use]
    pub fn condition(&self) -> Condition {
        let id = || paper::Column::Id.into_expr();
        let mut all = Condition::all();
        if !self.categories.is_empty() {
            all = all.add(id().in_subquery(in_categories(&self.categories)));
        }
        if !self.exclude_categories.is_empty() {
            all = all.add(id().not_in_subquery(in_categories(&self.exclude_categories)));
        }
        if !self.keywords.is_empty() {
            all = all.add(id().in_subquery(with_words(&self.keywords)));
        }
        if !self.exclude_keywords.is_empty() {
            all = all.add(id().not_in_subquery(with_words(&self.exclude_keywords)));
        }
        if !self.authors.is_empty() {
            let names = self.authors.iter().map(|name| text::key(name));
            let papers = Query::select()
                .column(paper_author::Column::PaperId)
                .from(paper_author::Entity)
                .and_where(paper_author::Column::NameKey.is_in(names))
                .to_owned();
            all = all.add(id().in_subquery(papers));
        }
        if !self.organizations.is_empty() {
            let slugs = self.organizations.iter().map(|name| name.trim().to_lowercase());
            let names = self.organizations.iter().map(|name| text::key(name)).filter(|key| !key.is_empty());
            let slug = Expr::from(Func::lower(organization::Column::Slug.into_expr()));
            let organizations = Query::select()
                .column(organization::Column::Id)
                .from(organization::Entity)
                .cond_where(
                    Condition::any().add(slug.is_in(slugs)).add(organization::Column::NameKey.is_in(names)),
                )
                .to_owned();
            all = all.add(paper::Column::OrganizationId.in_subquery(organizations));
        }
        if let Some(day) = self.published_from {
            all = all.add(paper::Column::PublishedOn.gte(day));
        }
        if let Some(day) = self.published_to {
            all = all.add(paper::Column::PublishedOn.lte(day));
        }
        if let Some(is_featured) = self.featured {
            let featured = Query::select()
                .column(featured_paper::Column::PaperId)
                .from(featured_paper::Entity)
                .and_where(featured_paper::Column::RemovedAt.is_null())
                .to_owned();
            all = all.add(if is_featured {
                id().in_subquery(featured)
            } else {
                id().not_in_subquery(featured)
            });
        }
        if let Some(votes) = self.min_upvotes {
            let sum = paper::Column::SourceUpvotes.into_expr().add(paper::Column::Upvotes.into_expr());
            all = all.add(sum.gte(votes));
        }
        if let Some(has_repository) = self.has_repository {
            let repository = paper::Column::RepositoryUrl;
            all = all.add(if has_repository { repository.is_not_null() } else { repository.is_null() });
        }
        if self.is_standing {
            all = all.add(paper::Column::WithdrawnOn.is_null());
        }
        all
    }
}

fn in_categories(codes: &[String]) -> SelectStatement {
    Query::select()
        .column(paper_category::Column::PaperId)
        .from(paper_category::Entity)
        .and_where(paper_category::Column::Code.is_in(codes.iter().map(|code| code.trim().to_owned())))
        .to_owned()
}

fn with_words(phrases: &[String]) -> SelectStatement {
    let mut any = Condition::any();
    for phrase in phrases {
        // A key holds letters, digits and spaces only: nothing in it means something to LIKE.
        let pattern = format!("% {} %", text::key(phrase));
        any = any.add(paper_words::Column::Words.into_expr().like(LikeExpr::new(pattern)));
    }
    Query::select().column(paper_words::Column::PaperId).from(paper_words::Entity).cond_where(any).to_owned()
}
