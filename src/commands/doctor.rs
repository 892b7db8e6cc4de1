//! `daily-papers doctor`: checks everything that the service needs and reports problems.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use db::SchemaState;
use domain::search::models;
use domain::{Db, workers};
use search::meaning::manifest::ModelKind;
use smtp::MailTransport as _;
use tokio::time::timeout;

use crate::bootstrap;
use crate::clock;
use crate::config::{Config, Role, ValidConfig};
use crate::output::print;
use crate::problems::with_causes;

/// The time limit for each service.
const SERVICE_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum length of a string in a TXT record, in bytes.
const MAX_TXT_STRING_BYTES: usize = 255;

/// The findings so far.
#[derive(Default)]
struct Findings {
    failures: u32,
}

impl Findings {
    fn pass(what: &str, detail: &str) {
        print_finding("ok", what, detail);
    }

    fn warn(what: &str, detail: &str) {
        print_finding("warn", what, detail);
    }

    fn fail(&mut self, what: &str, detail: &str) {
        self.failures += 1;
        print_finding("FAIL", what, detail);
    }
}

/// Each finding at once, as it is made; if it cannot be written, the exit code still tells.
fn print_finding(verdict: &str, what: &str, detail: &str) {
    let _ = print(format!("{verdict:<5} {what:<14} {detail}\n"));
}

/// Checks everything, one line each.
///
/// # Errors
/// None; what is wrong is printed, and makes the exit code 1.
pub async fn run(file: Option<&Path>) -> Result<ExitCode> {
    let mut findings = Findings::default();
    let config = match Config::load(file).and_then(|config| config.check(Role::Inspect)) {
        Ok(config) => config,
        Err(error) => {
            findings.fail("configuration", &with_causes(&error));
            return Ok(ExitCode::FAILURE);
        }
    };
    Findings::pass("configuration", "all settings are valid");
    if config.http.base_url.is_none() {
        Findings::warn("base_url", "is not set: links in mails lead to the listen address");
    }
    check_data_dir(&config, &mut findings);
    check_database(&config, &mut findings).await;
    check_redis(&config, &mut findings).await;
    check_mail(&config, &mut findings).await;
    check_signature(&config);
    check_model(&config);
    Ok(if findings.failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_data_dir(config: &ValidConfig, findings: &mut Findings) {
    let is_needed = !config.storage.is_postgres() || config.delivery.smtp.is_none();
    if is_needed {
        match bootstrap::make_data_dir(&config.storage.data_dir) {
            Ok(()) => Findings::pass("data folder", &config.storage.data_dir.display().to_string()),
            Err(error) => findings.fail("data folder", &with_causes(&error)),
        }
    }
}

/// Whether papers can be found by meaning.
fn check_model(config: &ValidConfig) {
    let folder = config.storage.model_dir();
    if config.reranked_papers > 0 && models::installed(&folder, ModelKind::CrossEncoder).is_empty() {
        Findings::warn(
            "search_reranked_papers",
            "is set, but no model for reranking is installed; `daily-papers model list` names one",
        );
    }
    let installed = models::installed(&folder, ModelKind::Embedding);
    if installed.is_empty() {
        Findings::warn(
            "search",
            "papers are found by words only; `daily-papers model install` adds search by meaning",
        );
    } else {
        Findings::pass("search", &format!("by words and by meaning: {}", installed.join(", ")));
    }
}

async fn check_database(config: &ValidConfig, findings: &mut Findings) {
    let db = match bootstrap::open(config).await {
        Ok(db) => db,
        Err(error) => return findings.fail("database", &with_causes(&error)),
    };
    let version = db.version().await.unwrap_or_else(|error| error.to_string());
    match bootstrap::check_schema(&db).await {
        Ok(state @ SchemaState::Current) => {
            Findings::pass("database", &format!("{version}; {state}"));
            check_worker(&db).await;
        }
        Ok(state @ SchemaState::Behind(_)) if !config.storage.is_postgres() => {
            Findings::pass("database", &format!("{version}; {state}, which the next start applies"));
        }
        Ok(state @ SchemaState::Behind(_)) => {
            findings.fail("database", &format!("{version}; {state}: run `daily-papers migrate`"));
        }
        Ok(state @ SchemaState::Ahead(_)) => {
            findings.fail(
                "database",
                &format!("{version}; {state}: run the version that made it, or a later one"),
            );
        }
        Err(error) => findings.fail("database", &with_causes(&error)),
    }
}

/// Whether any worker runs, by their heartbeats.
async fn check_worker(db: &Db) {
    let running = match clock::load() {
        Ok(clock) => workers::running(db, clock.now()).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    match running {
        Ok(running) if running.is_empty() => Findings::warn(
            "worker",
            "none is running: no digests are planned and no mail is sent until `daily-papers` or `daily-papers worker` runs",
        ),
        Ok(running) => {
            let latest = running.iter().map(|worker| worker.seen_at).max().unwrap_or_default();
            let detail =
                format!("{} running, last heartbeat at {}", running.len(), latest.format("%F %T UTC"));
            Findings::pass("worker", &detail);
        }
        Err(error) => {
            Findings::warn("worker", &format!("heartbeats cannot be read: {}", with_causes(&error)));
        }
    }
}

async fn check_redis(config: &ValidConfig, findings: &mut Findings) {
    let Some(url) = &config.storage.redis_url else {
        return Findings::pass("Redis", "not used: jobs are woken within the process");
    };
    match bootstrap::reach_redis(url).await {
        Ok(info) => {
            let value = |key: &str| info.get::<String>(key).unwrap_or_else(|| "?".to_owned());
            Findings::pass("Redis", &format!("version {}", value("redis_version")));
            if value("aof_enabled") != "1" {
                Findings::warn(
                    "Redis",
                    "has no append-only file: a restart loses wake-ups and delays jobs by up to a minute",
                );
            }
            if value("maxmemory_policy") != "noeviction" {
                Findings::warn("Redis", "may evict wake-ups; set maxmemory-policy to noeviction");
            }
        }
        Err(problem) => findings.fail("Redis", &problem),
    }
}

/// The record for the DNS; whether it is published, only the DNS knows.
fn check_signature(config: &ValidConfig) {
    match &config.mail.sender.dkim {
        Some(signer) => {
            let strings = quote_txt_strings(&signer.record());
            let detail = format!("publish this record: {} TXT {strings}", signer.record_name());
            Findings::pass("DKIM", &detail);
        }
        None if config.delivery.smtp.is_some() => {
            Findings::warn(
                "DKIM",
                "mail is not signed by this service: set dkim_key and dkim_selector, or let the mail server sign it",
            );
        }
        None => {}
    }
    if config.delivery.smtp.is_some() && config.bounces.domain.is_none() {
        Findings::warn("bounces", "bounce_domain is not set: bounces go to mail_from");
    }
}

/// A record as servers of the DNS read it: strings in quotation marks, which count as one. A string has 255 bytes at
/// most (RFC 1035 section 3.3), and a key of 2048 bits makes more.
fn quote_txt_strings(record: &str) -> String {
    let mut strings = Vec::new();
    let mut rest = record;
    while !rest.is_empty() {
        let (string, more) = rest.split_at(rest.floor_char_boundary(MAX_TXT_STRING_BYTES));
        strings.push(format!("\"{string}\""));
        rest = more;
    }
    strings.join(" ")
}

async fn check_mail(config: &ValidConfig, findings: &mut Findings) {
    let Some(smtp) = &config.delivery.smtp else {
        let detail = format!("written as .eml files to {}", config.storage.mail_dir().display());
        return Findings::warn("mail", &detail);
    };
    match timeout(SERVICE_TIMEOUT, smtp.connect()).await {
        Ok(Ok(mut session)) => {
            session.close().await;
            Findings::pass("mail", &format!("{} accepts mail", smtp.describe()));
        }
        Ok(Err(attempt)) => findings.fail("mail", &format!("smtp_url: {attempt}")),
        Err(_) => {
            let hint = "check the host and port; for a port with implicit TLS, such as 465, use smtps://";
            findings.fail("mail", &format!("smtp_url: {} does not respond: {hint}", smtp.describe()));
        }
    }
}
