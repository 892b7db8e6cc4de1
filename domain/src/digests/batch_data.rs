//! The data of a batch: rows that claimed deliveries refer to, and the material of digests. For papers whose content is
//! cached, only the version is read.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use entity::enums::DeliveryKind;
use entity::topic_filter::TopicFilter;
use entity::{delivery, edition, sign_in, subscription};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::digests::content_cache::{ContentCache, ContentKey};
use crate::digests::render::{DigestContent, Readers, SelectedPaper, Wording};
use crate::papers::filter::reasons::{FilterColumns, reasons};
use crate::papers::read::Visibility;
use crate::papers::{PaperRow, read, topics};
use crate::{Result, Services, editions, subscriptions};

/// The rows that claimed deliveries refer to.
#[derive(Debug, Default)]
pub(crate) struct BatchData {
    pub(crate) subscriptions: HashMap<i64, subscription::Model>,
    pub(crate) editions: HashMap<i64, edition::Model>,
    pub(crate) sign_ins: HashMap<i64, sign_in::Model>,
    /// The papers that are shown, and when each was last changed.
    shown: HashMap<i64, DateTime<Utc>>,
    /// The contents that were known when this was read: also one that is forgotten meanwhile is at hand.
    pub(crate) known: HashMap<ContentKey, Arc<DigestContent>>,
    /// The data of digests that are not cached.
    pub(crate) papers: HashMap<i64, RenderedPaper>,
    columns: FilterColumns,
    paper_counts: HashMap<i64, usize>,
}

/// A paper, and what it says, once a content is made of it.
#[derive(Debug)]
pub(crate) struct RenderedPaper {
    pub(crate) listed: PaperRow,
    keywords: Vec<String>,
    wording: OnceLock<Wording>,
}

impl BatchData {
    /// Reads the subscriptions and editions of deliveries.
    pub(crate) async fn load(connection: &impl ConnectionTrait, rows: &[delivery::Model]) -> Result<Self> {
        let ids: Vec<i64> = rows.iter().filter_map(|row| row.subscription_id).collect();
        let subscriptions = subscriptions::by_ids(connection, &ids).await?;
        let ids: Vec<i64> = rows.iter().filter_map(|row| row.sign_in_id).collect();
        let sign_ins = match ids.as_slice() {
            [] => Vec::new(),
            ids => {
                let ids = ids.iter().copied();
                sign_in::Entity::find().filter(sign_in::Column::Id.is_in(ids)).all(connection).await?
            }
        };
        let mut ids: Vec<i64> = rows.iter().filter_map(|row| row.edition_id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Self {
            sign_ins: sign_ins.into_iter().map(|row| (row.id, row)).collect(),
            subscriptions,
            editions: editions::read::by_ids(connection, &ids).await?,
            ..Self::default()
        })
    }

    /// Reads what is wanted of the papers that were chosen for deliveries.
    pub(crate) async fn load_papers(
        &mut self,
        services: &Services,
        rows: &[delivery::Model],
        contents: &ContentCache,
    ) -> Result<()> {
        let db = services.db.read();
        let chosen = rows.iter().filter_map(|row| row.papers.as_ref()).flat_map(|papers| &papers.0);
        let ids: HashSet<i64> = chosen.copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        self.shown = read::changes(db, ids).await?;
        let (mut known, mut missing) = (HashMap::new(), HashSet::new());
        for key in rows.iter().filter_map(|row| self.content_key(row)) {
            if known.contains_key(&key) || missing.contains(&key) {
                continue;
            }
            match contents.find(&key) {
                Some(content) => drop(known.insert(key, content)),
                None => drop(missing.insert(key)),
            }
        }
        self.known = known;
        if missing.is_empty() {
            return Ok(());
        }
        let ids: HashSet<i64> = missing.iter().flat_map(|key| &key.papers).map(|&(id, _)| id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let papers = read::by_ids(db, &ids, Visibility::Shown).await?;
        let mut keywords = topics::keywords(db, &ids).await?;
        let worded = |(id, listed)| {
            let keywords = keywords.remove(&id).unwrap_or_default();
            (id, RenderedPaper { listed, keywords, wording: OnceLock::new() })
        };
        self.papers = papers.into_iter().map(worded).collect();
        let filters = missing.iter().map(|key| &key.filter);
        self.columns = FilterColumns::load(db, filters, &ids).await?;
        for id in missing.iter().map(|key| key.edition_id).collect::<HashSet<_>>() {
            let count = entity::edition_paper::Entity::find()
                .filter(entity::edition_paper::Column::EditionId.eq(id))
                .count(db)
                .await?;
            self.paper_counts.insert(id, usize::try_from(count).unwrap_or(usize::MAX));
        }
        Ok(())
    }

    /// The content of a digest; `None` if it has no edition or no papers were selected.
    pub(crate) fn content_key(&self, row: &delivery::Model) -> Option<ContentKey> {
        let changed = |&id: &i64| self.shown.get(&id).map(|&changed_at| (id, changed_at));
        let subscription = row.subscription_id.and_then(|id| self.subscriptions.get(&id));
        Some(ContentKey {
            edition_id: row.edition_id?,
            papers: row.papers.as_ref()?.0.iter().filter_map(changed).collect(),
            filter: subscription.map(|subscription| subscription.filter.clone()).unwrap_or_default(),
            readers: match row.kind {
                DeliveryKind::Test => Readers::Testers,
                _ => Readers::Subscribers,
            },
        })
    }

    /// Makes a content that is not known yet.
    pub(crate) fn make_content(
        &self,
        services: &Services,
        edition: &edition::Model,
        key: &ContentKey,
        papers: &[&RenderedPaper],
    ) -> Result<DigestContent> {
        let chosen: Vec<_> = papers.iter().map(|paper| self.select_paper(paper, &key.filter)).collect();
        let in_period = self.paper_counts.get(&edition.id).copied().unwrap_or_default();
        let period = editions::period(edition)?;
        DigestContent::new(&services.settings, period, &chosen, in_period, key.readers)
    }

    fn select_paper<'a>(&'a self, paper: &'a RenderedPaper, filter: &TopicFilter) -> SelectedPaper<'a> {
        let RenderedPaper { listed, keywords, wording } = paper;
        let wording = wording.get_or_init(|| Wording::new(listed, keywords));
        SelectedPaper { listed, wording, reasons: reasons(filter, listed, &self.columns) }
    }
}
