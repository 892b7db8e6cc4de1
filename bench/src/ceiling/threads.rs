//! Three levels, feed → papers → comments → author: two statements on one connection.

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::operations::{THREADS_COMMENTS, THREADS_PAPERS};

use super::answer::{instant, node_id, write};
use super::server::State;

#[derive(Serialize)]
struct Data<'a> {
    feed: Feed<'a>,
}

#[derive(Serialize)]
struct Feed<'a> {
    papers: Nodes<Paper<'a>>,
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
struct Paper<'a> {
    id: String,
    title: &'a str,
    comments: Nodes<Comment<'a>>,
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
    handle: &'a str,
    display_name: &'a str,
}

pub(super) async fn answer(state: &State, period: &str) -> Result<Vec<u8>> {
    let day: NaiveDate = period.parse()?;
    let mut taken = state.connections.take().await?;
    let papers =
        sqlx::query(THREADS_PAPERS).bind(day).persistent(true).fetch_all(&mut taken.connection).await?;
    let ids = papers.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    let comments =
        sqlx::query(THREADS_COMMENTS).bind(&ids).persistent(true).fetch_all(&mut taken.connection).await?;
    taken.give_back();
    // They come in the order of the papers.
    let mut comments = comments.iter().peekable();
    let mut nodes = Vec::with_capacity(papers.len());
    for ((row, id), place) in papers.iter().zip(ids).zip(1_i64..) {
        let mut of_paper = Vec::with_capacity(3);
        while let Some(row) = comments.next_if(|row| row.try_get(0).is_ok_and(|at: i64| at == place)) {
            of_paper.push(comment(row)?);
        }
        nodes.push(Paper {
            id: node_id("Paper", id),
            title: row.try_get(1)?,
            comments: Nodes { nodes: of_paper },
        });
    }
    let data = Data { feed: Feed { papers: Nodes { nodes } } };
    write(&data, state.extension("Threads"), 16 * 1024)
}

fn comment(row: &PgRow) -> Result<Comment<'_>> {
    let is_shown: bool = row.try_get(4)?;
    let author = match row.try_get::<Option<&str>, _>(5)?.filter(|_| is_shown) {
        None => None,
        Some(handle) => Some(Person { handle, display_name: row.try_get(6)? }),
    };
    Ok(Comment {
        id: node_id("Comment", row.try_get(1)?),
        body: if is_shown { Some(row.try_get(2)?) } else { None },
        created_at: row.try_get(3)?,
        author,
    })
}
