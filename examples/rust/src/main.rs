//! Daily Papers from Rust: the latest feed, and every paper on a subject, page by page.
//!
//!     cargo run -- [ADDRESS OF THE SERVICE [SUBJECT]]
//!
//! `papers.graphql` has the operations. They are checked against the schema, and their types made from it, when
//! this is compiled.

use anyhow::{Context as _, Result, bail};
use graphql_client::{GraphQLQuery, Response};

// The scalars of the schema, by the names that it gives them.
type Date = String;
type FeedPeriod = String;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../api/schema.graphql",
    query_path = "src/papers.graphql",
    variables_derives = "Default"
)]
struct Feed;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../api/schema.graphql",
    query_path = "src/papers.graphql",
    variables_derives = "Default"
)]
struct Papers;

struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    /// The data of an answer; what is wrong is an error.
    async fn ask<Q: GraphQLQuery>(&self, variables: Q::Variables) -> Result<Q::ResponseData> {
        let request = self.http.post(&self.url).json(&Q::build_query(variables));
        let answer: Response<Q::ResponseData> = request.send().await?.json().await?;
        if let Some(error) = answer.errors.unwrap_or_default().first() {
            bail!("{}", error.message);
        }
        answer.data.context("an answer without data")
    }

    /// All papers on a subject.
    async fn papers_on(&self, subject: &str) -> Result<Vec<papers::PapersPapersNodes>> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let filter =
                papers::PaperFilter { keywords: Some(vec![subject.to_owned()]), ..Default::default() };
            let variables = papers::Variables { filter: Some(filter), after };
            let page = self.ask::<Papers>(variables).await?.papers.context("no papers")?;
            found.extend(page.nodes);
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page {
                return Ok(found);
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let subject = arguments.next().unwrap_or_else(|| "reinforcement learning".to_owned());
    let client = Client { http: reqwest::Client::new(), url: format!("{address}/graphql") };
    if let Some(feed) = client.ask::<Feed>(feed::Variables).await?.feed {
        println!("{}: {} papers", feed.period, feed.papers.total_count.unwrap_or_default());
        for paper in feed.papers.nodes {
            println!("  {:4} {}", paper.upvote_count, paper.title);
        }
    }
    println!("On {subject}:");
    for paper in client.papers_on(&subject).await? {
        println!("  {} {}", paper.published_on, paper.title);
    }
    Ok(())
}
