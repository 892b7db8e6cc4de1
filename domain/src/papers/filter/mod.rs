//! The filter for lists of papers, with one meaning for queries, feeds and digests.
//!
//! The fields and what they mean are [`TopicFilter`]'s; lists of papers have a few more. Keywords match as whole words in
//! the title, the abstract and the keywords of a paper, authors by name, both in the form of [`words`]; organizations by
//! slug or by name.

pub mod check;
pub mod reasons;
mod word_lookup;

use chrono::NaiveDate;
use entity::topic_filter::TopicFilter;
use entity::{featured_paper, organization, paper, paper_author, paper_category};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, Condition};

use crate::papers::words;

pub use word_lookup::Lookup;

/// A filter for papers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PaperFilter {
    /// The part that digests have, too.
    pub topics: TopicFilter,
    /// Published on this day or later.
    pub published_from: Option<NaiveDate>,
    /// Published on this day or earlier.
    pub published_to: Option<NaiveDate>,
    /// Only those that are, or are not, on a feed.
    pub featured: Option<bool>,
    /// Only those that have, or lack, a repository.
    pub has_repository: Option<bool>,
    /// Only those that their authors have not withdrawn; for digests, which nobody wants to read about those.
    pub is_standing: bool,
}

impl PaperFilter {
    /// The filter of a digest.
    #[must_use]
    pub fn of_digest(topics: &TopicFilter) -> Self {
        Self { topics: topics.clone(), is_standing: true, ..Self::default() }
    }

    /// The condition on the paper table of such a database.
    #[must_use]
    pub fn condition(&self, lookup: Lookup) -> Condition {
        let Self { topics, published_from, published_to, featured, has_repository, is_standing } = self;
        let mut all = of_topics(topics, lookup);
        if let &Some(day) = published_from {
            all = all.add(paper::Column::PublishedOn.gte(day));
        }
        if let &Some(day) = published_to {
            all = all.add(paper::Column::PublishedOn.lte(day));
        }
        if let &Some(is_featured) = featured {
            let featured = Query::select()
                .column(featured_paper::Column::PaperId)
                .from(featured_paper::Entity)
                .and_where(featured_paper::Column::RemovedAt.is_null())
                .to_owned();
            let id = paper::Column::Id;
            all = all.add(if is_featured { id.in_subquery(featured) } else { id.not_in_subquery(featured) });
        }
        if let &Some(has_repository) = has_repository {
            let repository = paper::Column::RepositoryUrl;
            all = all.add(if has_repository { repository.is_not_null() } else { repository.is_null() });
        }
        if *is_standing {
            all = all.add(paper::Column::WithdrawnOn.is_null());
        }
        all
    }
}

/// The condition of a filter by topic.
fn of_topics(filter: &TopicFilter, lookup: Lookup) -> Condition {
    let TopicFilter {
        categories,
        keywords,
        authors,
        organizations,
        exclude_categories,
        exclude_keywords,
        min_upvotes,
    } = filter;
    let id = paper::Column::Id;
    let mut all = Condition::all();
    if !categories.is_empty() {
        all = all.add(id.in_subquery(in_categories(categories)));
    }
    if !exclude_categories.is_empty() {
        all = all.add(id.not_in_subquery(in_categories(exclude_categories)));
    }
    if !keywords.is_empty() {
        all = all.add(id.in_subquery(lookup.papers_with(keywords)));
    }
    if !exclude_keywords.is_empty() {
        all = all.add(id.not_in_subquery(lookup.papers_with(exclude_keywords)));
    }
    if !authors.is_empty() {
        all = all.add(id.in_subquery(by_authors(authors)));
    }
    if !organizations.is_empty() {
        all = all.add(paper::Column::OrganizationId.in_subquery(named(organizations)));
    }
    if let &Some(votes) = min_upvotes {
        let sum = paper::Column::SourceUpvotes.into_expr().add(paper::Column::Upvotes.into_expr());
        all = all.add(sum.gte(votes));
    }
    all
}

/// The papers of any of these categories.
fn in_categories(codes: &[String]) -> SelectStatement {
    Query::select()
        .column(paper_category::Column::PaperId)
        .from(paper_category::Entity)
        .and_where(paper_category::Column::Code.is_in(codes.iter().map(|code| code.trim().to_owned())))
        .to_owned()
}

/// The papers by any of these authors.
fn by_authors(names: &[String]) -> SelectStatement {
    Query::select()
        .column(paper_author::Column::PaperId)
        .from(paper_author::Entity)
        .and_where(paper_author::Column::NameKey.is_in(names.iter().map(|name| words::key(name))))
        .to_owned()
}

/// The organizations with any of these slugs or names.
pub(crate) fn named(organizations: &[String]) -> SelectStatement {
    let slugs = organizations.iter().map(|name| name.trim().to_lowercase());
    let names = organizations.iter().map(|name| plain_text::key(name)).filter(|key| !key.is_empty());
    let slug = Expr::from(Func::lower(organization::Column::Slug.into_expr()));
    Query::select()
        .column(organization::Column::Id)
        .from(organization::Entity)
        .cond_where(Condition::any().add(slug.is_in(slugs)).add(organization::Column::NameKey.is_in(names)))
        .to_owned()
}
