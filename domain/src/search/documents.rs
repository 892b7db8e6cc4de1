//! Papers as they are indexed: what readers see of them.

use std::collections::HashMap;

use chrono::{Datelike as _, NaiveDate};
use entity::{keyword, organization, paper, paper_category, paper_embedding};
use latex::readable;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use search::index::{Change, Document};
use search::vectors::QuantizedVector;

use crate::Result;
use crate::papers::read::Visibility;

/// What is to be done to the indexes for some papers.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// For the word index.
    pub words: Vec<Change>,
    /// Vectors by paper; `None` if it has none, or is not shown.
    pub vectors: Vec<(u64, Option<QuantizedVector>)>,
}

impl Batch {
    /// Whether a paper that is shown has no vector.
    pub(super) fn awaits_vectors(&self) -> bool {
        let mut papers = self.words.iter().zip(&self.vectors);
        papers.any(|(change, (_, vector))| matches!(change, Change::Put(_)) && vector.is_none())
    }
}

/// A row id as the id of a document.
pub(super) fn document_id(paper_id: i64) -> u64 {
    u64::try_from(paper_id).unwrap_or_default()
}

/// The papers with these ids as they are now. Those that are not shown are to be removed.
pub(super) async fn load(
    connection: &impl ConnectionTrait,
    ids: &[i64],
    model: Option<&str>,
) -> Result<Batch> {
    let mut batch = Batch::default();
    let papers = paper::Entity::find()
        .filter(paper::Column::Id.is_in(ids.iter().copied()))
        .filter(Visibility::Shown.condition())
        .all(connection)
        .await?;
    let mut papers: HashMap<i64, paper::Model> = papers.into_iter().map(|paper| (paper.id, paper)).collect();
    let shown: Vec<i64> = papers.keys().copied().collect();
    let mut lists = Lists::load(connection, &papers, &shown).await?;
    let mut vectors = match model {
        Some(model) => vectors(connection, &shown, model).await?,
        None => HashMap::new(),
    };
    for &id in ids {
        batch.vectors.push((document_id(id), vectors.remove(&id)));
        batch.words.push(match papers.remove(&id) {
            Some(paper) => Change::Put(Box::new(lists.document(paper))),
            None => Change::Remove(document_id(id)),
        });
    }
    Ok(batch)
}

/// The vectors of these papers that a model made.
async fn vectors(
    connection: &impl ConnectionTrait,
    ids: &[i64],
    model: &str,
) -> Result<HashMap<i64, QuantizedVector>> {
    let rows = paper_embedding::Entity::find()
        .filter(paper_embedding::Column::PaperId.is_in(ids.iter().copied()))
        .filter(paper_embedding::Column::Model.eq(model))
        .all(connection)
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.paper_id, quantized(&row.vector?, row.scale?)))).collect())
}

/// A vector as the database has it.
pub(super) fn quantized(vector: &[u8], scale: f32) -> QuantizedVector {
    QuantizedVector { values: vector.iter().map(|&byte| byte.cast_signed()).collect(), scale }
}

/// What belongs to papers and stands in other tables.
struct Lists {
    categories: HashMap<i64, Vec<String>>,
    keywords: HashMap<i64, Vec<String>>,
    organizations: HashMap<i64, String>,
}

impl Lists {
    async fn load(
        connection: &impl ConnectionTrait,
        papers: &HashMap<i64, paper::Model>,
        ids: &[i64],
    ) -> Result<Self> {
        let categories: Vec<(i64, String)> = paper_category::Entity::find()
            .select_only()
            .column(paper_category::Column::PaperId)
            .column(paper_category::Column::Code)
            .filter(paper_category::Column::PaperId.is_in(ids.iter().copied()))
            .order_by_asc(paper_category::Column::Position)
            .into_tuple()
            .all(connection)
            .await?;
        let keywords: Vec<(i64, String)> = keyword::Entity::find()
            .select_only()
            .column(keyword::Column::PaperId)
            .column(keyword::Column::Name)
            .filter(keyword::Column::PaperId.is_in(ids.iter().copied()))
            .order_by_asc(keyword::Column::Position)
            .into_tuple()
            .all(connection)
            .await?;
        let of_papers = papers.values().filter_map(|paper| paper.organization_id);
        let organizations: Vec<(i64, String)> = organization::Entity::find()
            .select_only()
            .column(organization::Column::Id)
            .column(organization::Column::Name)
            .filter(organization::Column::Id.is_in(of_papers))
            .into_tuple()
            .all(connection)
            .await?;
        Ok(Self {
            categories: by_paper(categories),
            keywords: by_paper(keywords),
            organizations: organizations.into_iter().collect(),
        })
    }

    fn document(&mut self, paper: paper::Model) -> Document {
        let identifiers = [Some(paper.slug), paper.arxiv_id, paper.doi];
        Document {
            id: document_id(paper.id),
            title: readable(&paper.title),
            summary: readable(&paper.r#abstract),
            keywords: self.keywords.remove(&paper.id).unwrap_or_default(),
            authors: paper.authors.0,
            organization: paper.organization_id.and_then(|id| self.organizations.get(&id).cloned()),
            organization_id: paper.organization_id.map(document_id),
            categories: self.categories.remove(&paper.id).unwrap_or_default(),
            identifiers: identifiers.into_iter().flatten().collect(),
            day: day_number(paper.published_on),
            year: u16::try_from(paper.published_on.year()).unwrap_or_default(),
            has_code: paper.repository_url.is_some(),
        }
    }
}

/// Days since 1970-01-01.
pub(super) fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

fn by_paper(rows: Vec<(i64, String)>) -> HashMap<i64, Vec<String>> {
    let mut lists: HashMap<i64, Vec<String>> = HashMap::new();
    for (paper_id, entry) in rows {
        lists.entry(paper_id).or_default().push(entry);
    }
    lists
}
