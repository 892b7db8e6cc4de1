//! Hugging Face's daily papers of one day, all pages of them.
//!
//! `GET /api/daily_papers?date=D`; a page has at most 100 papers, and a further one is linked (`Link: …; rel="next"`).
//! A day without papers is an empty list; a day that is not indexed is not found. Conditional requests serve for a day of
//! one page.

use chrono::NaiveDate;
use fetch::{Document, Request, Validators};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::calendar::DayBounds;
use crate::sources::formats::record::RecordContent;
use crate::sources::hf_daily;
use crate::sources::network::Site;
use crate::sources::network::ask::{self, Asked, Unreadable};
use crate::{Result, Services};

use super::{List, with_query};

/// Papers of a page.
pub(in crate::sources) const PAGE_SIZE: i32 = 100;

/// Pages of a day; a day has less than two.
const MAX_PAGES: usize = 20;

/// A page that was read.
struct Page {
    contents: Vec<RecordContent>,
    next: Option<Url>,
    hash: [u8; 32],
    validators: Validators,
}

/// Reads a day. With `validators` of before it is read only if it changed.
pub(in crate::sources) async fn read(
    services: &Services,
    day: NaiveDate,
    validators: Validators,
) -> Result<Asked<List>> {
    let settings = &services.settings.sources.hf_daily;
    let endpoint = match settings.url.join("api/daily_papers") {
        Ok(url) => url,
        Err(error) => return Ok(failed(services, error.to_string())),
    };
    let date = day.to_string();
    let first = with_query(&endpoint, &[("date", &date), ("limit", &PAGE_SIZE.to_string())]);
    let mut url = first;
    let mut sent = validators;
    let (mut contents, mut hash) = (Vec::new(), Sha256::new());
    let mut found_validators = Validators::default();
    for number in 1..=MAX_PAGES {
        let bounds = DayBounds::new(services.settings.calendar.clone(), services.now());
        let request = Request {
            url: url.clone(),
            media_types: &["application/json"],
            validators: std::mem::take(&mut sent),
        };
        let asked =
            ask::ask(services, Site::HuggingFace, request, move |document| page(document, day, &bounds));
        let page = match asked.await? {
            Asked::Read(page) => page,
            other => return Ok(other.map(|_| List::default())),
        };
        if number > 1 && page.contents.is_empty() {
            return Ok(failed(services, format!("Page {number} of {day} is empty, although it was linked.")));
        }
        contents.extend(page.contents);
        hash.update(page.hash);
        match page.next {
            Some(next) if next != url => url = next,
            Some(_) => return Ok(failed(services, format!("Page {number} of {day} links to itself."))),
            None => {
                if number == 1 {
                    found_validators = page.validators;
                }
                let hash = data_encoding::HEXLOWER.encode(&hash.finalize());
                return Ok(Asked::Read(List::new(&date, contents, hash, found_validators)));
            }
        }
    }
    Ok(failed(services, format!("The list of {day} has more than {MAX_PAGES} pages.")))
}

fn failed<T>(services: &Services, reason: String) -> Asked<T> {
    Asked::Failed { at: services.now() + ask::FAILED_DELAY, reason, status: None }
}

fn page(document: Document, day: NaiveDate, bounds: &DayBounds) -> Result<Page, Unreadable> {
    let items = hf_daily::parse(&document.body, Some(day), bounds)
        .map_err(|reason| Unreadable::document(format!("The list of {day} cannot be read: {reason}.")))?;
    Ok(Page {
        hash: Sha256::digest(&document.body).into(),
        contents: items.into_iter().map(RecordContent::from).collect(),
        next: document.next,
        validators: document.validators,
    })
}
