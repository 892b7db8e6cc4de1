//! Single papers of arXiv by their identifiers, from its query API.
//!
//! Identifiers that arXiv does not have are simply missing in the answer; a short answer for known ones happens too, so
//! that what is missing of several is to be asked for alone.

use arxiv::{ArxivId, PageError, atom};
use fetch::{Document, Request, Validators};

use crate::calendar::DayBounds;
use crate::sources::formats::arxiv::query_records;
use crate::sources::formats::record::RecordContent;
use crate::sources::network::Site;
use crate::sources::network::ask::{self, Asked, Unreadable};
use crate::{Result, Services};

use super::with_query;

/// Asks for papers.
pub(in crate::sources) async fn read(
    services: &Services,
    ids: &[ArxivId],
) -> Result<Asked<Vec<RecordContent>>> {
    let list: Vec<&str> = ids.iter().map(ArxivId::as_str).collect();
    let (list, count) = (list.join(","), ids.len().to_string());
    let request = Request {
        url: with_query(
            &services.settings.sources.arxiv.query_url,
            &[("id_list", &list), ("max_results", &count)],
        ),
        media_types: &["application/atom+xml", "text/xml", "application/xml"],
        validators: Validators::default(),
    };
    let bounds = DayBounds::new(services.settings.calendar.clone(), services.now());
    ask::ask(services, Site::Arxiv, request, move |document| page(&document, &bounds)).await
}

fn page(document: &Document, bounds: &DayBounds) -> Result<Vec<RecordContent>, Unreadable> {
    match atom::parse(&document.body) {
        Ok(page) => Ok(query_records(page, bounds)),
        Err(PageError::Html { .. }) => Err(Unreadable::from(PageError::Unavailable { retry_after: None })),
        Err(error) => Err(Unreadable::from(error)),
    }
}
