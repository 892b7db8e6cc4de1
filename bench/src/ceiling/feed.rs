//! A page of the feed: one statement.

use anyhow::Result;
use chrono::NaiveDate;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::operations::{FEED_PAPERS, PAGE};

use super::answer::{Author, Connection, Organization, PageInfo, PaperUrl, authors, node_id, write};
use super::server::State;

#[derive(Serialize)]
struct Data<'a> {
    feed: Feed<'a>,
}

#[derive(Serialize)]
struct Feed<'a> {
    period: &'a str,
    papers: Connection<Paper<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Paper<'a> {
    id: String,
    arxiv_id: Option<&'a str>,
    title: &'a str,
    summary: Option<&'a str>,
    published_on: NaiveDate,
    upvote_count: i32,
    comment_count: i32,
    url: PaperUrl<'a>,
    authors: Vec<Author<'a>>,
    organization: Option<Organization<'a>>,
}

pub(super) async fn answer(state: &State, period: &str) -> Result<Vec<u8>> {
    let day: NaiveDate = period.parse()?;
    let mut taken = state.connections.take().await?;
    let rows = sqlx::query(FEED_PAPERS).bind(day).persistent(true).fetch_all(&mut taken.connection).await?;
    taken.give_back();
    let nodes = rows.iter().take(PAGE).map(|row| paper(row, &state.base_url)).collect::<Result<Vec<_>>>()?;
    let page_info = PageInfo { has_next_page: rows.len() > PAGE };
    let data = Data { feed: Feed { period, papers: Connection { nodes, page_info } } };
    write(&data, state.extension("Feed"), 16 * 1024)
}

fn paper<'a>(row: &'a PgRow, base_url: &'a str) -> Result<Paper<'a>> {
    Ok(Paper {
        id: node_id("Paper", row.try_get(0)?),
        arxiv_id: row.try_get(1)?,
        url: PaperUrl { base_url, slug: row.try_get(2)? },
        title: row.try_get(3)?,
        summary: row.try_get(4)?,
        published_on: row.try_get(5)?,
        upvote_count: row.try_get(6)?,
        comment_count: row.try_get(7)?,
        authors: authors(row, 8)?,
        organization: Organization::of(row, 9)?,
    })
}
