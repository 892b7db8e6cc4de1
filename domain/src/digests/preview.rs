//! The preview of a digest, without sending it.

use std::iter;

use db::paging::{self, PageRange};
use entity::topic_filter::TopicFilter;
use smtp::Letter;

use crate::calendar::Period;
use crate::digests::render::{DigestContent, FooterLinks, Readers, Recipient, SelectedPaper, Wording};
use crate::papers::filter::reasons::{FilterColumns, reasons};
use crate::papers::read::{self, PaperList, Scope};
use crate::papers::{PaperFilter, PaperOrder, PaperRow, topics};
use crate::{Result, Services, feeds};

/// The digest of a period narrowed by a filter, as one address would get it; `None` if no paper is
/// left. The links of its footer are there and lead nowhere.
///
/// # Errors
/// If a template.
pub async fn preview(
    services: &Services,
    period: Period,
    filter: &TopicFilter,
    max_papers: u64,
) -> Result<Option<Letter>> {
    let db = services.db.read();
    let all = PaperList {
        scope: Scope::Period(period),
        filter: PaperFilter::default(),
        order: PaperOrder::Trending,
        lookup: services.db.backend().into(),
    };
    let in_period = paging::count(db, &all).await?.unwrap_or_default();
    let chosen = PaperList { filter: PaperFilter::of_digest(filter), ..all };
    let slice = PageRange::first(max_papers);
    let papers = read::page(db, &chosen, &slice).await?;
    if papers.is_empty() {
        return Ok(None);
    }
    let ids: Vec<i64> = papers.iter().map(|listed| listed.paper.id).collect();
    let columns = FilterColumns::load(db, iter::once(filter), &ids).await?;
    let keywords = topics::keywords(db, &ids).await?;
    let own = |listed: &PaperRow| keywords.get(&listed.paper.id).map_or(&[][..], Vec::as_slice);
    let wordings: Vec<_> = papers.iter().map(|listed| Wording::new(listed, own(listed))).collect();
    let chosen: Vec<_> = papers
        .iter()
        .zip(&wordings)
        .map(|(listed, wording)| SelectedPaper {
            listed,
            wording,
            reasons: reasons(filter, listed, &columns),
        })
        .collect();
    let settings = &services.settings;
    let in_period = usize::try_from(in_period).unwrap_or(usize::MAX);
    let content = DigestContent::new(settings, period, &chosen, in_period, Readers::Subscribers)?;
    let recipient = Recipient {
        email: "reader@example.org".to_owned(),
        message_id: format!("dp.preview@{}", settings.mail.domain()),
        date: services.now(),
        links: Some(FooterLinks {
            unsubscribe: settings.link("unsubscribe/preview"),
            manage: settings.link("subscription/manage"),
        }),
    };
    content.letter(&recipient).map(Some)
}

/// The latest period of a cadence that has papers, complete or not.
pub async fn latest_period(services: &Services, cadence: entity::enums::Cadence) -> Result<Option<Period>> {
    let day = feeds::read::latest_day(services.db.read()).await?;
    Ok(day.map(|day| Period::containing(cadence, day)))
}
