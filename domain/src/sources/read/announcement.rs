//! A category's newest announcement, as arXiv's listing page has it: all pages, checked against the numbers that they
//! state.
//!
//! New papers and cross-lists are read. Replacements are left to the harvest, which has their versions. The listing
//! states its day; whether that is the day which is awaited, the caller compares.

use std::collections::HashSet;

use arxiv::{AnnounceKind, PageError, listing};
use chrono::NaiveDate;
use fetch::{Document, Request, Validators};
use sha2::{Digest as _, Sha256};

use crate::calendar::DayBounds;
use crate::sources::formats::arxiv::announced;
use crate::sources::formats::record::RecordContent;
use crate::sources::network::Site;
use crate::sources::network::ask::{self, Asked, Unreadable};
use crate::{Result, Services};

use super::{List, with_query};

/// Entries that are asked for in a page; arXiv allows 2,000.
const PAGE_SIZE: &str = "2000";

/// Pages of an announcement; the largest has some 1,500 entries.
const MAX_PAGES: usize = 20;

/// An announcement.
#[derive(Debug)]
pub(in crate::sources) struct Announcement {
    /// The day that the listing states.
    pub(in crate::sources) day: NaiveDate,
    /// New papers and cross-lists.
    pub(in crate::sources) list: List,
}

struct Page {
    day: NaiveDate,
    total: u64,
    entries: u64,
    ids: Vec<String>,
    contents: Vec<RecordContent>,
    hash: [u8; 32],
}

/// Reads the newest announcement of a category.
pub(in crate::sources) async fn read(services: &Services, category: &str) -> Result<Asked<Announcement>> {
    let settings = &services.settings.sources.arxiv;
    let endpoint = match settings.listing_url.join(&format!("list/{category}/new")) {
        Ok(url) => url,
        Err(error) => return Ok(failed(services, error.to_string())),
    };
    let (mut contents, mut hash, mut entries) = (Vec::new(), Sha256::new(), 0);
    let (mut first, mut seen) = (None, HashSet::new());
    for _ in 0..MAX_PAGES {
        let skip = entries.to_string();
        let url = with_query(&endpoint, &[("skip", &skip), ("show", PAGE_SIZE)]);
        let request = Request { url, media_types: &["text/html"], validators: Validators::default() };
        let bounds = DayBounds::new(services.settings.calendar.clone(), services.now());
        let page =
            match ask::ask(services, Site::Arxiv, request, move |document| page(&document, &bounds)).await? {
                Asked::Read(page) => page,
                other => {
                    return Ok(other.map(|page| Announcement { day: page.day, list: List::default() }));
                }
            };
        let &mut (day, total) = first.get_or_insert((page.day, page.total));
        if (page.day, page.total) != (day, total) {
            return Ok(failed(services, format!("The listing of {category} changed while it was read.")));
        }
        // One paper can stand in two sections of a page.
        let ids: HashSet<String> = page.ids.into_iter().collect();
        if ids.into_iter().any(|id| !seen.insert(id)) {
            return Ok(failed(services, format!("A page of the listing of {category} repeats another one.")));
        }
        contents.extend(page.contents);
        hash.update(page.hash);
        entries += page.entries;
        if entries == total {
            let hash = data_encoding::HEXLOWER.encode(&hash.finalize());
            let named = format!("{category} of {day}");
            return Ok(Asked::Read(Announcement {
                day,
                list: List::new(&named, contents, hash, Validators::default()),
            }));
        }
        if page.entries == 0 || entries > total {
            let reason = format!("The listing of {category} has {entries} entries and states {total}.");
            return Ok(failed(services, reason));
        }
    }
    Ok(failed(services, format!("The listing of {category} has more than {MAX_PAGES} pages.")))
}

fn failed<T>(services: &Services, reason: String) -> Asked<T> {
    Asked::Failed { at: services.now() + ask::FAILED_DELAY, reason, status: None }
}

fn page(document: &Document, bounds: &DayBounds) -> Result<Page, Unreadable> {
    let listing = listing::parse(&document.body).map_err(|error| match error {
        // A page of HTML that is no listing is an error page, of whatever is before arXiv.
        PageError::Html { .. } => Unreadable::from(PageError::Unavailable { retry_after: None }),
        error => Unreadable::from(error),
    })?;
    let entries = listing.entries().count() as u64;
    let ids = listing.entries().flatten().map(|record| record.id.to_string()).collect();
    let (day, total) = (listing.announced_on, listing.total);
    let is_read = |kind: AnnounceKind| matches!(kind, AnnounceKind::New | AnnounceKind::Cross);
    let sections = listing.sections.into_iter().filter(|section| is_read(section.kind));
    let contents =
        sections.flat_map(|section| section.entries).map(|entry| announced(entry, bounds)).collect();
    Ok(Page { day, total, entries, ids, contents, hash: Sha256::digest(&document.body).into() })
}
