//! The relations of a paper in tables of their own: authors and words for look-ups, categories, keywords, organization;
//! and slugs, which must be unique.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use arxiv::ArxivId;
use db::insert_rows;
use entity::{
    category, keyword, organization, paper, paper_author, paper_category, paper_version, paper_words,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::OnConflict,
};

use crate::Result;
use crate::papers::cleared::Cleared;
use crate::papers::new_paper::{NewPaper, NewVersion};
use crate::papers::precedence::{Field, Rights};
use crate::papers::prepared::{PreparedPaper, author_keys};
use crate::papers::{taxonomy, words};

/// Characters in a slug made from a title.
const MAX_SLUG: usize = 80;

/// Relations that are rewritten as a whole when they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum RelationKind {
    Authors,
    Words,
    Categories,
    Keywords,
    Versions,
}

/// The relations of a paper, in the form in which they are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lists {
    categories: Vec<String>,
    keywords: Vec<String>,
    organization: Option<String>,
    /// By number. A version that is known stays as it is.
    versions: Vec<NewVersion>,
}

/// Categories, keywords and organization of one paper, and which of them have to be written.
#[derive(Debug, Default)]
pub(crate) struct PaperRelations {
    lists: Lists,
    stored: Lists,
    /// The slug of the organization that takes the place of another.
    pub(crate) new_organization: Option<String>,
    stale: HashSet<RelationKind>,
    folded: ChangedTexts,
}

/// Texts of a paper as they are looked up, as far as they came with the statement that changed them.
#[derive(Debug, Default)]
struct ChangedTexts {
    title: Option<String>,
    r#abstract: Option<String>,
    authors: Option<Vec<String>>,
}

impl PaperRelations {
    /// Takes over what `new` says; if it may not, only what is missing.
    pub(crate) fn merge(&mut self, new: &NewPaper, rights: &Rights) {
        let categories = unique(&new.categories, std::borrow::ToOwned::to_owned);
        let is_open = rights.opens(Field::Categories, self.lists.categories.is_empty());
        if is_open && !categories.is_empty() && categories != self.lists.categories {
            self.lists.categories = categories;
            self.stale.insert(RelationKind::Categories);
        }
        let keywords = unique(&new.keywords, words::key);
        let is_open = rights.opens(Field::Keywords, self.lists.keywords.is_empty());
        if is_open && !keywords.is_empty() && keywords != self.lists.keywords {
            self.lists.keywords = keywords;
            self.stale.insert(RelationKind::Keywords);
            self.stale.insert(RelationKind::Words);
        }
        let is_open = rights.opens(Field::Organization, self.lists.organization.is_none());
        if let Some(slug) = new.organization.as_ref().map(|organization| organization.slug.to_lowercase())
            && is_open
            && self.lists.organization.as_ref() != Some(&slug)
        {
            self.lists.organization = Some(slug.clone());
            self.new_organization = Some(slug);
        }
        for version in &new.versions {
            if let Err(place) =
                self.lists.versions.binary_search_by_key(&version.number, |known| known.number)
            {
                self.lists.versions.insert(place, *version);
                self.stale.insert(RelationKind::Versions);
            }
        }
    }

    /// Whether they are not as they were stored.
    pub(crate) fn differ(&self) -> bool {
        self.lists != self.stored
    }

    /// Empties what a curator emptied.
    pub(crate) fn clear(&mut self, cleared: Cleared) {
        if cleared.categories && !self.lists.categories.is_empty() {
            self.lists.categories.clear();
            self.stale.insert(RelationKind::Categories);
        }
        if cleared.keywords && !self.lists.keywords.is_empty() {
            self.lists.keywords.clear();
            self.stale.insert(RelationKind::Keywords);
            self.stale.insert(RelationKind::Words);
        }
        if cleared.organization {
            self.lists.organization = None;
        }
    }

    /// Marks the names of the authors for rewriting; their keys are these now.
    pub(crate) fn authors_changed(&mut self, keys: Vec<String>) {
        self.folded.authors = Some(keys);
        self.stale.insert(RelationKind::Authors);
    }

    /// Marks the words for rewriting, because the title is that of `new` now.
    pub(crate) fn title_changed(&mut self, new: &PreparedPaper) {
        self.folded.title.clone_from(&new.folded().title);
        self.stale.insert(RelationKind::Words);
    }

    /// Marks the words for rewriting, because the abstract is that of `new` now.
    pub(crate) fn abstract_changed(&mut self, new: &PreparedPaper) {
        self.folded.r#abstract.clone_from(&new.folded().r#abstract);
        self.stale.insert(RelationKind::Words);
    }
}

/// The entries whose keys are not empty and not seen before, in order.
fn unique(list: &[String], key: impl Fn(&str) -> String) -> Vec<String> {
    let mut seen = HashSet::new();
    let is_new = |entry: &&String| {
        let key = key(entry);
        !key.is_empty() && seen.insert(key)
    };
    list.iter().filter(is_new).cloned().collect()
}

/// The relations of these papers.
pub(crate) async fn load(tx: &DatabaseTransaction, ids: &[i64]) -> Result<HashMap<i64, PaperRelations>> {
    let mut attachments: HashMap<i64, PaperRelations> = HashMap::new();
    let categories = paper_category::Entity::find()
        .filter(paper_category::Column::PaperId.is_in(ids.iter().copied()))
        .order_by_asc(paper_category::Column::Position);
    for row in categories.all(tx).await? {
        attachments.entry(row.paper_id).or_default().lists.categories.push(row.code);
    }
    let keywords = keyword::Entity::find()
        .filter(keyword::Column::PaperId.is_in(ids.iter().copied()))
        .order_by_asc(keyword::Column::Position);
    for row in keywords.all(tx).await? {
        attachments.entry(row.paper_id).or_default().lists.keywords.push(row.name);
    }
    let organizations = paper::Entity::find()
        .select_only()
        .column(paper::Column::Id)
        .column(organization::Column::Slug)
        .join(
            sea_orm::JoinType::InnerJoin,
            paper::Entity::belongs_to(organization::Entity)
                .from(paper::Column::OrganizationId)
                .to(organization::Column::Id)
                .into(),
        )
        .filter(paper::Column::Id.is_in(ids.iter().copied()))
        .into_tuple::<(i64, String)>();
    for (id, slug) in organizations.all(tx).await? {
        attachments.entry(id).or_default().lists.organization = Some(slug);
    }
    let versions = paper_version::Entity::find()
        .filter(paper_version::Column::PaperId.is_in(ids.iter().copied()))
        .order_by_asc(paper_version::Column::Number);
    for row in versions.all(tx).await? {
        let version = NewVersion { number: row.number, submitted_at: row.submitted_at };
        attachments.entry(row.paper_id).or_default().lists.versions.push(version);
    }
    for loaded in attachments.values_mut() {
        loaded.stored = loaded.lists.clone();
    }
    Ok(attachments)
}

/// Writes what changed. Of a paper that `is_new` nothing was stored that would have to go.
pub(crate) async fn write<'a>(
    tx: &DatabaseTransaction,
    papers: impl Iterator<Item = ChangedRelations<'a>>,
) -> Result<()> {
    let mut authors = Rows::default();
    let mut found_by = Rows::default();
    let mut categories = Rows::default();
    let mut keywords = Rows::default();
    let mut versions = Rows::default();
    let mut codes: Vec<&String> = Vec::new();
    for ChangedRelations { paper, relations: attachments, is_new } in papers {
        let paper_id = paper.id;
        let place = (paper_id, is_new);
        if attachments.stale.contains(&RelationKind::Words) {
            found_by.replace(place, std::iter::once(words_of(paper, attachments)));
        }
        if attachments.stale.contains(&RelationKind::Authors) {
            authors.replace(place, authors_of(paper, attachments));
        }
        if attachments.stale.contains(&RelationKind::Categories) {
            codes.extend(&attachments.lists.categories);
            let row = |(position, code): (i32, &String)| paper_category::ActiveModel {
                paper_id: Set(paper_id),
                code: Set(code.clone()),
                position: Set(position),
            };
            categories.replace(place, (0..).zip(&attachments.lists.categories).map(row));
        }
        if attachments.stale.contains(&RelationKind::Keywords) {
            let row = |(position, name): (i32, &String)| keyword::ActiveModel {
                paper_id: Set(paper_id),
                keyword_key: Set(words::key(name)),
                name: Set(name.clone()),
                position: Set(position),
            };
            keywords.replace(place, (0..).zip(&attachments.lists.keywords).map(row));
        }
        if attachments.stale.contains(&RelationKind::Versions) {
            let row = |version: &NewVersion| paper_version::ActiveModel {
                paper_id: Set(paper_id),
                number: Set(version.number),
                submitted_at: Set(version.submitted_at),
            };
            versions.replace(place, attachments.lists.versions.iter().map(row));
        }
    }
    if !codes.is_empty() {
        codes.sort_unstable();
        codes.dedup();
        let row = |code: &String| category::ActiveModel {
            code: Set(code.clone()),
            name: Set(taxonomy::name(code).unwrap_or(code).to_owned()),
        };
        let keep = OnConflict::column(category::Column::Code).do_nothing().to_owned();
        let rows: Vec<_> = codes.into_iter().map(row).collect();
        category::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(tx).await?;
    }
    // In the order of their index, so that those of a batch lie beside each other on its pages.
    authors.rows.sort_unstable_by(|a, b| a.name_key.as_ref().cmp(b.name_key.as_ref()));
    found_by.write::<paper_words::Entity>(tx, paper_words::Column::PaperId).await?;
    authors.write::<paper_author::Entity>(tx, paper_author::Column::PaperId).await?;
    categories.write::<paper_category::Entity>(tx, paper_category::Column::PaperId).await?;
    versions.write::<paper_version::Entity>(tx, paper_version::Column::PaperId).await?;
    keywords.write::<keyword::Entity>(tx, keyword::Column::PaperId).await
}

/// The words of a paper.
fn words_of(paper: &paper::Model, relations: &PaperRelations) -> paper_words::ActiveModel {
    paper_words::ActiveModel {
        paper_id: Set(paper.id),
        words: Set(words_text(&paper.title, &paper.r#abstract, relations)),
        rules: Set(words::RULES_VERSION),
    }
}

/// The words of a title, an abstract and keywords in a line.
fn words_text(title: &str, r#abstract: &str, relations: &PaperRelations) -> String {
    let folded = &relations.folded;
    let texts = [(&folded.title, title), (&folded.r#abstract, r#abstract)];
    let texts = texts.into_iter().map(|(folded, text)| match folded {
        Some(folded) => Cow::Borrowed(folded.as_str()),
        None => Cow::Owned(words::key(text)),
    });
    let keywords = relations.lists.keywords.iter().map(|keyword| Cow::Owned(words::key(keyword)));
    words::joined(texts.chain(keywords))
}

/// The authors of a paper, each once.
fn authors_of(
    paper: &paper::Model,
    relations: &PaperRelations,
) -> impl Iterator<Item = paper_author::ActiveModel> {
    let paper_id = paper.id;
    let row = move |key| paper_author::ActiveModel { name_key: Set(key), paper_id: Set(paper_id) };
    author_keys_of(&paper.authors.0, relations).into_iter().map(row)
}

/// The keys of the names of a paper, each once.
fn author_keys_of(names: &[String], relations: &PaperRelations) -> Vec<String> {
    relations.folded.authors.clone().unwrap_or_else(|| author_keys(names))
}

/// Rewrites the words, authors and keyword keys of papers by the current rules.
pub(crate) async fn reword(
    tx: &DatabaseTransaction,
    papers: &[paper::Model],
    attachments: &HashMap<i64, PaperRelations>,
) -> Result<()> {
    let none = PaperRelations::default();
    let stale: Vec<_> = papers
        .iter()
        .map(|paper| {
            let known = attachments.get(&paper.id).unwrap_or(&none);
            let keywords = unique(&known.lists.keywords, words::key);
            let stale = HashSet::from([RelationKind::Words, RelationKind::Authors, RelationKind::Keywords]);
            let lists = Lists { keywords, ..Lists::default() };
            (paper, PaperRelations { lists, stale, ..PaperRelations::default() })
        })
        .collect();
    let changed = |(paper, relations)| ChangedRelations { paper, relations, is_new: false };
    write(tx, stale.iter().map(|(paper, relations)| changed((*paper, relations)))).await
}

/// The relations of a paper, to be written.
pub(crate) struct ChangedRelations<'a> {
    pub(crate) paper: &'a paper::Model,
    pub(crate) relations: &'a PaperRelations,
    /// Whether the paper was not stored before.
    pub(crate) is_new: bool,
}

/// Rows of one table that replace those of some papers.
struct Rows<A> {
    /// The papers of which there may be rows.
    papers: Vec<i64>,
    rows: Vec<A>,
}

impl<A> Default for Rows<A> {
    fn default() -> Self {
        Self { papers: Vec::new(), rows: Vec::new() }
    }
}

impl<A> Rows<A> {
    fn replace(&mut self, (paper_id, is_new): (i64, bool), rows: impl Iterator<Item = A>) {
        if !is_new {
            self.papers.push(paper_id);
        }
        self.rows.extend(rows);
    }

    async fn write<E>(self, tx: &DatabaseTransaction, paper_id: E::Column) -> Result<()>
    where
        E: EntityTrait,
        A: sea_orm::ActiveModelTrait<Entity = E> + Send,
    {
        if !self.papers.is_empty() {
            E::delete_many().filter(paper_id.is_in(self.papers)).exec(tx).await?;
        }
        insert_rows(tx, self.rows, &[]).await?;
        Ok(())
    }
}

/// The slugs that stand in the way of those that `papers` would get.
pub(crate) async fn taken_slugs(tx: &DatabaseTransaction, papers: &[&NewPaper]) -> Result<HashSet<String>> {
    if papers.is_empty() {
        return Ok(HashSet::new());
    }
    let ids = papers.iter().filter_map(|paper| paper.arxiv_id.as_ref()).map(ToString::to_string);
    let mut wanted = sea_orm::Condition::any().add(paper::Column::Slug.is_in(ids));
    for paper in papers {
        if let (None, Some(title)) = (&paper.arxiv_id, &paper.title) {
            wanted = wanted.add(paper::Column::Slug.starts_with(title_slug(title)));
        }
    }
    let slugs = paper::Entity::find().select_only().column(paper::Column::Slug).filter(wanted);
    Ok(slugs.into_tuple::<String>().all(tx).await?.into_iter().collect())
}

/// A slug that is not in `taken`, and now is.
pub(crate) fn free_slug(arxiv_id: Option<&ArxivId>, title: &str, taken: &mut HashSet<String>) -> String {
    let base = arxiv_id.map_or_else(|| title_slug(title), ToString::to_string);
    let mut slug = base.clone();
    let mut number = 2;
    while !taken.insert(slug.clone()) {
        slug = format!("{base}-{number}");
        number += 1;
    }
    slug
}

/// A title in ASCII letters, digits and dashes, cut at a word; it never looks like an arXiv identifier.
fn title_slug(title: &str) -> String {
    let slug = slug::slugify(title);
    let end =
        if slug.len() <= MAX_SLUG { slug.len() } else { slug[..MAX_SLUG].rfind('-').unwrap_or(MAX_SLUG) };
    if end == 0 { "paper".to_owned() } else { slug[..end].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_readable_short_and_free() {
        let mut taken = HashSet::from(["ul2".to_owned(), "ul2-2".to_owned()]);
        assert_eq!(free_slug(None, "UL2", &mut taken), "ul2-3");
        assert_eq!(free_slug(None, "Don't Stop Pretraining?", &mut taken), "don-t-stop-pretraining");
        assert_eq!(free_slug(None, "…", &mut taken), "paper");
        assert_eq!(free_slug(None, "…", &mut taken), "paper-2");
        let long = free_slug(None, &"word ".repeat(40), &mut taken);
        assert!(long.len() <= MAX_SLUG && !long.ends_with('-'), "{long}");
        let id = ArxivId::parse("2006.10029").unwrap();
        assert_eq!(free_slug(Some(&id), "UL2", &mut taken), "2006.10029");
    }

    #[test]
    fn words_are_the_same_whether_they_came_folded_or_not() {
        let new = PreparedPaper::new(NewPaper {
            title: Some(r"L\'evy Flights".to_owned()),
            r#abstract: Some("We show $\\beta$-VAEs.".to_owned()),
            authors: vec!["Paul Lévy".to_owned(), "P. Lévy".to_owned(), "Paul Levy".to_owned()],
            keywords: vec!["C++".to_owned()],
            ..NewPaper::default()
        });
        let lists = Lists { keywords: new.keywords.clone(), ..Lists::default() };
        let plain = PaperRelations { lists: lists.clone(), ..PaperRelations::default() };
        let mut folded = PaperRelations { lists, ..PaperRelations::default() };
        folded.title_changed(&new);
        folded.abstract_changed(&new);
        folded.authors_changed(new.folded().authors.clone());
        let (title, text) = (new.title.clone().unwrap(), new.r#abstract.clone().unwrap());
        let words = words_text(&title, &text, &folded);
        assert_eq!(words, " levy flights we show beta vaes c++ ");
        assert_eq!(words, words_text(&title, &text, &plain));
        assert_eq!(author_keys_of(&new.authors, &folded), ["p levy", "paul levy"]);
        assert_eq!(author_keys_of(&new.authors, &plain), ["p levy", "paul levy"]);
    }

    #[test]
    fn lists_have_each_entry_once() {
        let list = ["RLHF", "rlhf", "", "…", "C", "C++", "c#", "Chain of Thought"].map(ToOwned::to_owned);
        assert_eq!(unique(&list, words::key), ["RLHF", "C", "C++", "c#", "Chain of Thought"]);
    }
}
