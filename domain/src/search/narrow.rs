//! A filter for papers as conditions of the indexes.
//!
//! Categories, days, code and organizations are in the index. What is not, words, names, votes and feeds, the database
//! answers by its own indexes, as a set of papers.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::paper;
use entity::topic_filter::TopicFilter;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use search::ids::IdSet;
use search::index::Filter;

use crate::papers::PaperFilter;
use crate::papers::filter::named;
use crate::{Result, Services};

use super::documents::{day_number, document_id};
use super::engine::{FilterKey, Search};

impl Search {
    /// The conditions of a filter, for a state of the word index.
    pub(super) async fn narrow(
        &self,
        services: &Services,
        filter: &PaperFilter,
        generation: u64,
    ) -> Result<Filter> {
        let PaperFilter { topics, published_from, published_to, featured, has_repository, is_standing } =
            filter;
        let organization_ids = if topics.organizations.is_empty() {
            None
        } else {
            Some(organizations(services, &topics.organizations).await?)
        };
        let others = PaperFilter {
            topics: TopicFilter {
                categories: Vec::new(),
                exclude_categories: Vec::new(),
                organizations: Vec::new(),
                ..topics.clone()
            },
            featured: *featured,
            is_standing: *is_standing,
            ..PaperFilter::default()
        };
        let ids = if others == PaperFilter::default() {
            None
        } else {
            Some(self.papers_of(services, (others, generation)).await?)
        };
        Ok(Filter {
            categories: topics.categories.clone(),
            exclude_categories: topics.exclude_categories.clone(),
            organization_ids,
            years: None,
            from_day: published_from.map(day_number),
            to_day: published_to.map(day_number),
            has_code: *has_repository,
            ids,
        })
    }

    /// The papers that the database finds, which is never behind the index.
    async fn papers_of(&self, services: &Services, key: FilterKey) -> Result<Arc<IdSet>> {
        if let Some(known) = self.filters.get(&key) {
            return Ok(known);
        }
        let ids: Vec<i64> = paper::Entity::find()
            .select_only()
            .column(paper::Column::Id)
            .filter(key.0.condition(services.db.backend().into()))
            .into_tuple()
            .all(services.db.read())
            .await?;
        let ids: Arc<IdSet> = Arc::new(ids.into_iter().map(document_id).collect());
        self.filters.insert(key, Arc::clone(&ids));
        Ok(ids)
    }
}

/// The organizations with these slugs or names.
async fn organizations(services: &Services, names: &[String]) -> Result<BTreeSet<u64>> {
    let rows = services.db.read().query_all(&named(names)).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index::<i64>(0).map(document_id));
    Ok(ids.collect::<Result<_, _>>()?)
}
