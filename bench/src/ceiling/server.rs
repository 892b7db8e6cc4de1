//! The HTTP side: one handler that looks at the name of the operation, and one that answers from memory.

use std::net::SocketAddr;
use std::str::FromStr as _;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Bytes, Data, post};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use clap::Parser;
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;

use super::connections::Connections;
use super::{feed, paper, threads};

/// What the driver decides.
#[derive(Clone, Debug, Parser)]
pub struct Arguments {
    /// Where it listens
    #[arg(long)]
    listen: SocketAddr,
    /// The database
    #[arg(long)]
    database: String,
    /// What addresses of papers begin with
    #[arg(long)]
    base_url: String,
    /// Threads that serve
    #[arg(long)]
    workers: usize,
    /// Connections to the database, of all threads together
    #[arg(long)]
    connections: usize,
    /// What the service appends to each answer, as NAME={…}: the price
    #[arg(long, value_parser = extension)]
    extensions: Vec<(String, String)>,
}

fn extension(text: &str) -> Result<(String, String), String> {
    let (name, json) = text.split_once('=').ok_or("NAME={…} is wanted")?;
    Ok((name.to_owned(), json.to_owned()))
}

/// What a worker knows.
pub(super) struct State {
    pub(super) connections: Connections,
    pub(super) base_url: String,
    extensions: Vec<(String, String)>,
}

impl State {
    /// The end of the answer to an operation.
    pub(super) fn extension(&self, operation: &str) -> &str {
        let found = self.extensions.iter().find(|(name, _)| name == operation);
        found.map_or("{}", |(_, json)| json)
    }
}

/// A request; what else is in it is skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    operation_name: &'a str,
    #[serde(borrow)]
    variables: Variables<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variables<'a> {
    period: Option<&'a str>,
    arxiv_id: Option<&'a str>,
}

/// The answer that `/memory` repeats: one for all workers.
type Memory = Arc<OnceCell<Bytes>>;

/// Serves until it is ended.
///
/// # Errors
/// Where the address or the database cannot be had.
pub fn run(arguments: Arguments) -> Result<()> {
    let Arguments { listen, workers, .. } = arguments;
    let memory = Memory::default();
    let options = PgConnectOptions::from_str(&arguments.database).context("the address of the database")?;
    let each = (arguments.connections / workers).max(1);
    let server = HttpServer::new(move || {
        // Connections are made by the thread that first wants them, and stay with it.
        let state = State {
            connections: Connections::new(options.clone(), each),
            base_url: arguments.base_url.clone(),
            extensions: arguments.extensions.clone(),
        };
        App::new()
            .app_data(Data::new(state))
            .app_data(Data::new(memory.clone()))
            .route("/graphql", post().to(graphql))
            .route("/memory", post().to(from_memory))
    });
    let server = server.workers(workers).bind(listen)?;
    actix_web::rt::System::new().block_on(server.run())?;
    Ok(())
}

async fn graphql(body: Bytes, state: Data<State>) -> HttpResponse {
    respond(execute(&body, &state).await.map(Bytes::from))
}

async fn from_memory(body: Bytes, state: Data<State>, memory: Data<Memory>) -> HttpResponse {
    let kept = memory.get_or_try_init(async || execute(&body, &state).await.map(Bytes::from)).await;
    respond(kept.cloned())
}

fn respond(answer: Result<Bytes>) -> HttpResponse {
    match answer {
        Ok(body) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/json; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body),
        Err(error) => HttpResponse::InternalServerError().body(format!("{error:#}\n")),
    }
}

async fn execute(body: &[u8], state: &State) -> Result<Vec<u8>> {
    let request: Request<'_> = serde_json::from_slice(body).context("the body")?;
    let Variables { period, arxiv_id } = request.variables;
    match request.operation_name {
        "Feed" => feed::answer(state, period.context("period")?).await,
        "Paper" => paper::answer(state, arxiv_id.context("arxivId")?).await,
        "Threads" => threads::answer(state, period.context("period")?).await,
        other => anyhow::bail!("no operation {other}"),
    }
}
