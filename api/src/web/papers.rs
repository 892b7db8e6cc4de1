//! Lists of papers as pages show them.

use domain::latex::readable;
use domain::paging::Slice;
use domain::papers::Listed;
use domain::papers::read::{self, PaperList};
use domain::{Result, Services};

use domain::wording::byline;

/// Papers on one page; a month is longer and has pages of its own.
const ON_PAGE: u64 = 200;

/// One paper of a list.
pub(super) struct Item {
    pub(super) title: String,
    pub(super) url: String,
    pub(super) byline: String,
    pub(super) r#abstract: String,
}

/// The papers of a list, in its order.
pub(super) async fn items(services: &Services, list: &PaperList) -> Result<Vec<Item>> {
    let slice = Slice { limit: ON_PAGE, from_end: false, after: None, before: None };
    Ok(shown(&read::page(services.db.read(), list, &slice).await?))
}

/// Papers as items of a list.
pub(super) fn shown(papers: &[Listed]) -> Vec<Item> {
    let item = |listed: &Listed| Item {
        title: readable(&listed.paper.title),
        url: format!("/papers/{}", listed.paper.slug),
        byline: readable(&byline(listed)),
        r#abstract: readable(&listed.paper.r#abstract),
    };
    papers.iter().map(item).collect()
}
