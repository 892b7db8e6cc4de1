//! The filter for lists of papers, with one meaning for queries, feeds and digests.
//!
//! Every field narrows, an empty list does not. Lists are any-of, but for those named `exclude_…`, which
//! drop a paper on any match. Keywords match as whole words in the title, the abstract and the keywords of
//! a paper, authors by name, both in the form of [`words`]; organizations by slug or by name.
//!
//! Words are looked up in an index, so that a hundred keywords are a hundred look-ups and no reading of all papers: on
//! SQLite in the table `paper_word_index` (FTS5, kept by triggers), on Postgres in a GIN index over the words' array,
//! which finds the papers that have all words of a phrase; those are then looked at for the phrase.

use chrono::NaiveDate;
use entity::json::DigestFilter;
use entity::{featured_paper, organization, paper, paper_author, paper_category, paper_words};
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait as _, Func, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, Condition, DbBackend, Value};

use super::words;

/// The indexed expression on Postgres, as in its migration.
const WORDS: &str = "string_to_array(btrim(words), ' ')";

/// The word index of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// In SQLite's full-text index.
    FullText,
    /// In the index of Postgres over an array.
    Array,
}

impl From<DbBackend> for Lookup {
    fn from(backend: DbBackend) -> Self {
        if backend == DbBackend::Sqlite { Self::FullText } else { Self::Array }
    }
}

/// A filter for papers.
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
    /// At least this many votes, local and reported.
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
    /// The condition on the paper table of such a database.
    #[must_use]
    pub fn condition(&self, lookup: Lookup) -> Condition {
        let id = || paper::Column::Id.into_expr();
        let mut all = Condition::all();
        if !self.categories.is_empty() {
            all = all.add(id().in_subquery(in_categories(&self.categories)));
        }
        if !self.exclude_categories.is_empty() {
            all = all.add(id().not_in_subquery(in_categories(&self.exclude_categories)));
        }
        if !self.keywords.is_empty() {
            all = all.add(id().in_subquery(with_words(lookup, &self.keywords)));
        }
        if !self.exclude_keywords.is_empty() {
            all = all.add(id().not_in_subquery(with_words(lookup, &self.exclude_keywords)));
        }
        if !self.authors.is_empty() {
            let names = self.authors.iter().map(|name| words::key(name));
            let papers = Query::select()
                .column(paper_author::Column::PaperId)
                .from(paper_author::Entity)
                .and_where(paper_author::Column::NameKey.is_in(names))
                .to_owned();
            all = all.add(id().in_subquery(papers));
        }
        if !self.organizations.is_empty() {
            let slugs = self.organizations.iter().map(|name| name.trim().to_lowercase());
            let names =
                self.organizations.iter().map(|name| plain_text::key(name)).filter(|key| !key.is_empty());
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

/// The papers that have any of these words or phrases.
fn with_words(lookup: Lookup, phrases: &[String]) -> SelectStatement {
    let mut keys: Vec<String> = phrases.iter().map(|phrase| words::key(phrase)).collect();
    keys.retain(|key| !key.is_empty());
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Query::select()
            .column(paper_words::Column::PaperId)
            .from(paper_words::Entity)
            .and_where(Expr::cust("1 = 0"))
            .to_owned();
    }
    match lookup {
        Lookup::FullText => in_full_text(&keys),
        Lookup::Array => in_array(&keys),
    }
}

/// By SQLite's full-text index.
fn in_full_text(keys: &[String]) -> SelectStatement {
    // A key has no quotation mark that would end its string.
    let query: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    Query::select()
        .expr(Expr::cust("rowid"))
        .from("paper_word_index")
        .and_where(Expr::cust_with_values("paper_word_index MATCH ?", [query.join(" OR ")]))
        .to_owned()
}

/// By the index of Postgres over the array of words.
fn in_array(keys: &[String]) -> SelectStatement {
    let has = |operator: &str, words: Vec<&str>| {
        let words = words.into_iter().map(Value::from).collect();
        let words = Value::Array(ArrayType::String, Some(Box::new(words)));
        Expr::cust_with_values(format!("{WORDS} {operator} $1"), [words])
    };
    let (phrases, single): (Vec<&str>, Vec<&str>) =
        keys.iter().map(String::as_str).partition(|key| key.contains(' '));
    let mut any = Condition::any();
    if !single.is_empty() {
        any = any.add(has("&&", single));
    }
    for phrase in phrases {
        let pattern = LikeExpr::new(format!("% {phrase} %"));
        let whole = paper_words::Column::Words.into_expr().like(pattern);
        any = any.add(Condition::all().add(has("@>", phrase.split(' ').collect())).add(whole));
    }
    Query::select().column(paper_words::Column::PaperId).from(paper_words::Entity).cond_where(any).to_owned()
}
