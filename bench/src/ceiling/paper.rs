//! A paper with its comments: two statements on one connection.

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::operations::{COMMENTS, PAPER, PAPER_COMMENTS};

use super::answer::{Author, Connection, Organization, PageInfo, PaperUrl, authors, instant, node_id, write};
use super::server::State;

#[derive(Serialize)]
struct Data<'a> {
    paper: Paper<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Paper<'a> {
    id: String,
    arxiv_id: Option<&'a str>,
    title: &'a str,
    r#abstract: &'a str,
    published_on: NaiveDate,
    upvote_count: i32,
    comment_count: i32,
    url: PaperUrl<'a>,
    authors: Vec<Author<'a>>,
    organization: Option<Organization<'a>>,
    comments: Connection<Comment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Comment<'a> {
    id: String,
    body: Option<&'a str>,
    #[serde(serialize_with = "instant")]
    created_at: DateTime<Utc>,
    author: Option<Person<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person<'a> {
    id: String,
    handle: &'a str,
    display_name: &'a str,
}

pub(super) async fn answer(state: &State, arxiv_id: &str) -> Result<Vec<u8>> {
    let mut taken = state.connections.take().await?;
    let found =
        sqlx::query(PAPER).bind(arxiv_id).persistent(true).fetch_optional(&mut taken.connection).await?;
    let row = found.context("no such paper")?;
    let id: i64 = row.try_get(0)?;
    let rows = sqlx::query(PAPER_COMMENTS).bind(id).persistent(true).fetch_all(&mut taken.connection).await?;
    taken.give_back();
    let paper = Paper {
        id: node_id("Paper", id),
        arxiv_id: row.try_get(1)?,
        url: PaperUrl { base_url: &state.base_url, slug: row.try_get(2)? },
        title: row.try_get(3)?,
        r#abstract: row.try_get(4)?,
        published_on: row.try_get(5)?,
        upvote_count: row.try_get(6)?,
        comment_count: row.try_get(7)?,
        authors: authors(&row, 8)?,
        organization: Organization::of(&row, 9)?,
        comments: Connection {
            nodes: rows.iter().take(COMMENTS).map(comment).collect::<Result<Vec<_>>>()?,
            page_info: PageInfo { has_next_page: rows.len() > COMMENTS },
        },
    };
    write(&Data { paper }, state.extension("Paper"), 32 * 1024)
}

fn comment(row: &PgRow) -> Result<Comment<'_>> {
    let is_shown: bool = row.try_get(3)?;
    let author = match row.try_get::<Option<i64>, _>(4)?.filter(|_| is_shown) {
        None => None,
        Some(id) => {
            Some(Person { id: node_id("User", id), handle: row.try_get(5)?, display_name: row.try_get(6)? })
        }
    };
    Ok(Comment {
        id: node_id("Comment", row.try_get(0)?),
        body: if is_shown { Some(row.try_get(1)?) } else { None },
        created_at: row.try_get(2)?,
        author,
    })
}
