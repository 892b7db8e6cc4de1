//! Tests of the site: what it answers, and what its faults make of that.

use reqwest::Response;

use super::{Paper, PapersSite};

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn get(site: &PapersSite, path: &str) -> Response {
    client().get(site.url(path)).send().await.unwrap()
}

async fn octets(site: &PapersSite, path: &str) -> Vec<u8> {
    get(site, path).await.bytes().await.unwrap().to_vec()
}

fn site() -> PapersSite {
    let site = PapersSite::start();
    site.add((1..=5).map(Paper::numbered));
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn oai_lists_come_in_pages() {
    let site = site();
    site.set_page_size(2);
    let page = arxiv::oai::parse(&octets(&site, "/oai?verb=ListRecords&metadataPrefix=arXiv").await).unwrap();
    assert_eq!((page.entries.len(), page.token.unwrap().complete_list_size), (2, Some(5)));
}
