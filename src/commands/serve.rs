//! The long-running roles: everything, the API, the worker.

use std::io;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, Result};
use api::server::{self, HttpSettings};
use domain::search;
use domain::sources::imports::sample;
use tokio_util::sync::CancellationToken;

use crate::bootstrap::{self, Runtime, SchemaPolicy};
use crate::config::{Database, Role, ValidConfig};
use crate::output::print;
use crate::problems;
use crate::shutdown;
use crate::telemetry::scrape::{self, MetricsListener};

/// Runs the role until a signal ends it.
///
/// # Errors
/// If something that the role needs is not available.
pub async fn run(config: ValidConfig, role: Role) -> Result<()> {
    let listener = match role {
        Role::Worker => None,
        _ => Some(bind(config.http.listen)?),
    };
    let listening = match &listener {
        Some(listener) => listener.local_addr()?,
        None => config.http.listen,
    };
    let metrics = config.observability.metrics_listen.map(MetricsListener::bind).transpose()?;
    let metrics_address = metrics.as_ref().map(MetricsListener::address).transpose()?;
    let schema = if role == Role::Serve { SchemaPolicy::Migrate } else { SchemaPolicy::Expect };
    let runtime = bootstrap::build(&config, listening, schema).await?;
    if let Some(metrics) = metrics {
        metrics.serve(runtime.services.clone(), role)?;
    }
    let mut has_samples = false;
    if role == Role::Serve && config.feeds.has_sample_papers {
        has_samples = sample::load_if_empty(&runtime.services).await.context("sample papers")?;
    }
    let stop = shutdown::cancel_on_signal()?;
    if let Some(url) = config.storage.redis_url.clone() {
        tokio::spawn(async move {
            if let Err(problem) = bootstrap::reach_redis(&url).await {
                tracing::warn!("{problem}");
            }
        });
    }
    let addresses = Addresses { pages: listener.is_some().then_some(listening), metrics: metrics_address };
    announce(&config, &runtime, &addresses, role, has_samples);
    Box::pin(run_until_stopped(config, runtime, listener, role, stop)).await
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    server::bind(address).map_err(|error| problems::listen_error("listen", address, &error))
}

async fn run_until_stopped(
    config: ValidConfig,
    runtime: Runtime,
    listener: Option<TcpListener>,
    role: Role,
    stop: CancellationToken,
) -> Result<()> {
    let Runtime { services, local, redis } = runtime;
    let model = bootstrap::load_model(&config, &services.db).await?;
    let (queue, events) = (services.queue.clone(), services.events.clone());
    let working = async {
        if role != Role::Api {
            worker::run(services.clone(), model.clone(), local, redis, stop.clone()).await;
        }
    };
    let serving = async {
        match listener {
            Some(listener) => {
                let search =
                    bootstrap::open_search(&config, model.clone()).await.map_err(io::Error::other)?;
                let following = tokio::spawn(search::follow(search.clone(), services.clone(), stop.clone()));
                let served =
                    server::run(listener, services.clone(), search, http_settings(config), stop.clone())
                        .await;
                stop.cancel();
                // It may be writing the index, which is as good the next time.
                let _ = following.await;
                served
            }
            None => Ok(()),
        }
        .inspect_err(|_| stop.cancel())
    };
    let (served, ()) = tokio::join!(serving, working);
    queue.flush().await;
    events.flush().await;
    served.context("the server stopped")
}

fn http_settings(config: ValidConfig) -> HttpSettings {
    HttpSettings {
        trusted_proxies: config.http.trusted_proxies,
        limits: config.limits.clients,
        graphiql: config.http.graphiql,
        answer_life: config.http.answer_life,
        dev_mail: config.dev_mail,
        cors: config.http.cors,
        bounces: config.bounces.intake,
    }
}

/// The worker that plans and sends digests.
fn describe_worker(role: Role) -> &'static str {
    match role {
        Role::Api => "none in this process; to send mail, also run `daily-papers worker`",
        Role::Worker => "this process",
        _ => "in this process; no other process is needed",
    }
}

/// The sources that the worker reads.
fn describe_sources(config: &ValidConfig) -> String {
    let sources = &config.sources.sources;
    let mut named = Vec::new();
    if sources.hf_daily.is_scheduled {
        named.push("Hugging Face's daily papers".to_owned());
    }
    if !sources.arxiv.categories.is_empty() {
        named.push(format!("arXiv ({})", sources.arxiv.categories.join(", ")));
    }
    if named.is_empty() {
        return "none by schedule; to read Hugging Face's, set sources = \"hf-daily\" and source_contact"
            .to_owned();
    }
    named.join(", ")
}

/// The addresses that were taken.
struct Addresses {
    pages: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
}

/// Says what a newcomer needs to know.
fn announce(config: &ValidConfig, runtime: &Runtime, addresses: &Addresses, role: Role, has_samples: bool) {
    let database = match &config.storage.database {
        Database::Sqlite(path) => format!("SQLite, {}", path.display()),
        Database::Postgres { .. } => "Postgres".to_owned(),
    };
    let name = match role {
        Role::Api => "api",
        Role::Worker => "worker",
        _ => "api and worker",
    };
    let mut said = vec![format!("Daily Papers {} ({name})\n", env!("CARGO_PKG_VERSION"))];
    if let Some(address) = addresses.pages {
        said.push(format!("  Pages          http://{address}/"));
        said.push(format!("  GraphQL        http://{address}/graphql"));
    }
    if let Some(address) = addresses.metrics {
        said.push(format!("  Metrics        http://{address}{}", scrape::METRICS_PATH));
    }
    said.push(format!("  Database       {database}"));
    if role != Role::Api {
        said.push(format!("  Mail           {}", runtime.services.mail.describe()));
        if let Some(address) = addresses.pages.filter(|_| config.dev_mail.is_some()) {
            said.push(format!("                 read them at http://{address}/dev/mail"));
        }
    }
    said.push(format!("  Worker         {}", describe_worker(role)));
    if role != Role::Api {
        said.push(format!("  Sources        {}", describe_sources(config)));
    }
    if has_samples {
        said.push(format!("  Sample papers  loaded, featured on {}", sample::day()));
    }
    if role == Role::Serve {
        said.push("\n  Import papers               daily-papers import hf-daily FILE…".to_owned());
        said.push("  Create an admin token       daily-papers token create --admin --name NAME".to_owned());
        said.push("  List commands and settings  daily-papers --help, daily-papers settings".to_owned());
        said.push("  (with cargo: cargo run -- COMMAND)".to_owned());
    }
    said.push("\n  Press Ctrl+C to stop.\n\n".to_owned());
    // Whether anybody reads it makes no difference to the service.
    let _ = print(said.join("\n"));
}
