//! Tests of the site: that it answers as the sources do, and that its faults are what they say.

mod arxiv_answers;
mod daily_answers;
mod faults;
mod received;

use reqwest::{RequestBuilder, Response};

use super::{Announcement, DailyItem, Fault, Paper, PapersSite};

/// The first page of all records.
const LIST: &str = "/oai?verb=ListRecords&metadataPrefix=arXivRaw";

const DAY: &str = "/api/daily_papers?date=2026-01-06";

/// A site with papers 1 to 5, all of which are announced, and featured with falling votes.
fn site() -> PapersSite {
    let site = PapersSite::start();
    site.add((1..=5).map(Paper::numbered));
    let items = (1..=5).map(|number| DailyItem::new(&format!("2601.{number:05}")).votes(50 - number));
    site.feature("2026-01-06", items);
    let announcement = Announcement::on("2026-01-06").new_papers(&["2601.00001", "2601.00002", "2601.00003"]);
    site.announce("cs.CL", announcement.cross(&["2601.00004"]).replaced(&["2601.00005"]));
    site
}

fn request(site: &PapersSite, path: &str) -> RequestBuilder {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    client.get(site.url(path))
}

async fn get(site: &PapersSite, path: &str) -> Response {
    request(site, path).send().await.unwrap()
}

async fn octets(site: &PapersSite, path: &str) -> Vec<u8> {
    get(site, path).await.bytes().await.unwrap().to_vec()
}

async fn records(site: &PapersSite, path: &str) -> Result<arxiv::oai::Page, arxiv::PageError> {
    arxiv::oai::parse(&octets(site, path).await)
}

/// The address of the next page.
fn following(token: &arxiv::oai::ResumptionToken) -> String {
    let escaped: String = url::form_urlencoded::byte_serialize(token.value.as_bytes()).collect();
    format!("/oai?verb=ListRecords&resumptionToken={escaped}")
}

/// The identifiers of a page.
fn ids(page: &arxiv::oai::Page) -> Vec<String> {
    page.entries.iter().map(|entry| entry.as_ref().unwrap().id.to_string()).collect()
}

/// The identifiers of a list of all pages, and of each page the place in the list that it states.
async fn harvest(site: &PapersSite, path: &str) -> (Vec<String>, Vec<Option<u64>>) {
    let (mut all, mut cursors) = (Vec::new(), Vec::new());
    let mut path = path.to_owned();
    loop {
        let page = records(site, &path).await.unwrap();
        all.extend(ids(&page));
        let Some(token) = page.token else { return (all, cursors) };
        cursors.push(token.cursor);
        path = following(&token);
    }
}
