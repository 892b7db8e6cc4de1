//! Paginated lists of papers for the pages.
//!
//! Where a page ends, the next begins: its address holds the key of the last paper ([`db::paging`]), so that papers that
//! come in meanwhile neither repeat others nor hide them.

use db::paging::{self, Columns as _, Key, ListQuery, PageRange, PageRequest};
use domain::direction::BidiText;
use domain::papers::{PaperColumns, PaperRow};
use domain::wording::byline;
use domain::{Result, Services};
use latex::readable;
use serde::Deserialize;

/// Papers on one page.
const ON_PAGE: u64 = 200;

/// The requested page of a list.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    /// The key of the last paper before it, its numbers between dots.
    after: Option<String>,
}

/// One paper of a list.
pub(crate) struct Item {
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) byline: BidiText,
    pub(crate) r#abstract: String,
}

/// A page of a list.
pub(crate) struct Items {
    /// Its papers.
    pub(crate) papers: Vec<Item>,
    /// The length of the list, over all pages.
    pub(crate) of: usize,
    /// Whether none are on a page before.
    pub(crate) is_first: bool,
    /// The cursor in the address of the next page.
    pub(crate) next: Option<String>,
}

/// A page of a list in its order; `None` if there is no such page.
pub(crate) async fn items<L>(
    services: &Services,
    list: &L,
    wanted: &After,
    paper: impl Fn(L::Row) -> Result<PaperRow>,
) -> Result<Option<Items>>
where
    L: ListQuery<Columns = PaperColumns> + Clone,
{
    let width = list.keyset().width();
    let after = match wanted.after.as_deref().map(|text| key(text, width)) {
        Some(None) => return Ok(None),
        after => after.flatten(),
    };
    let is_first = after.is_none();
    let slice = PageRange::following(ON_PAGE, after);
    let db = services.db.read();
    let page = paging::page(db, &PageRequest::new(list.clone(), slice, PaperColumns::ALL)).await?;
    let next = match page.rows.last() {
        Some(row) if page.has_next => Some(text(&list.key(row)?)),
        _ => None,
    };
    let of = paging::count(db, list).await?.unwrap_or_default();
    let papers = page.rows.into_iter().map(|row| paper(row).map(|listed| item(&listed)));
    let papers = papers.collect::<Result<_>>()?;
    Ok(Some(Items { papers, of: usize::try_from(of).unwrap_or(usize::MAX), is_first, next }))
}

/// A key as it stands in an address.
fn text(key: &Key) -> String {
    key.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// The key in an address, of this many numbers.
fn key(text: &str, width: usize) -> Option<Key> {
    let numbers: Option<Key> = text.split('.').take(width + 1).map(|number| number.parse().ok()).collect();
    numbers.filter(|key| key.len() == width)
}

fn item(listed: &PaperRow) -> Item {
    Item {
        title: readable(&listed.paper.title),
        url: format!("/papers/{}", listed.paper.slug),
        byline: byline(listed),
        r#abstract: readable(&listed.paper.r#abstract),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_keys_round_trip_through_urls() {
        for known in [vec![12, -3, -45], vec![i64::MIN, 0, i64::MAX]] {
            assert_eq!(key(&text(&known), 3), Some(known));
        }
        for wrong in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.99999999999999999999", "1..3"] {
            assert_eq!(key(wrong, 3), None, "{wrong}");
        }
    }
}
