//! Lists of papers as pages show them.

use std::collections::HashMap;

use domain::entity::organization;
use domain::paging::{self, Slice};
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
    let papers = paging::page(services.db.read(), list, &slice).await?.rows;
    shown(services, &papers).await
}

/// Papers as items of a list.
pub(super) async fn shown(services: &Services, papers: &[Listed]) -> Result<Vec<Item>> {
    let organizations = organizations(services, papers).await?;
    let item = |listed: &Listed| Item {
        title: listed.paper.title.clone(),
        url: format!("/papers/{}", listed.paper.slug),
        byline: byline(listed, organization(&organizations, listed)),
        r#abstract: listed.paper.r#abstract.clone(),
    };
    Ok(papers.iter().map(item).collect())
}

pub(super) async fn organizations(
    services: &Services,
    papers: &[Listed],
) -> Result<HashMap<i64, organization::Model>> {
    let ids: Vec<i64> = papers.iter().filter_map(|listed| listed.paper.organization_id).collect();
    read::organizations(services.db.read(), &ids).await
}

pub(super) fn organization<'a>(
    organizations: &'a HashMap<i64, organization::Model>,
    listed: &Listed,
) -> Option<&'a str> {
    organizations.get(&listed.paper.organization_id?).map(|organization| organization.name.as_str())
}
