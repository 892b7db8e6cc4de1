//! The stack of a test: a folder, a database, a clock that stands still, a mail server.

mod commands;
mod database;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

use super::SmtpServer;
use super::servers::OwnServers;
use database::production;

/// The time of the clock by default: the feed day 2026-01-06 is complete.
pub const DEFAULT_NOW: &str = "2026-01-07T12:00:00Z";

/// A secret key for tests.
pub const SECRET: &str = "a secret key that only the tests know";

/// The back end of a test.
#[derive(Clone, Debug)]
pub enum Backend {
    Embedded,
    Production { postgres: String, redis: String },
}

/// The environment of one test.
pub struct Stack {
    dir: TempDir,
    pub backend: Backend,
    pub smtp: SmtpServer,
    settings: Mutex<Vec<(String, String)>>,
}

impl Stack {
    /// A fresh stack: the clock at noon of 2026-01-07 UTC, no sample papers, mail over SMTP.
    pub async fn new() -> Self {
        Self::at(DEFAULT_NOW).await
    }

    pub async fn at(now: &str) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "not a setting of the service: the addresses of the servers for tests"
        )]
        let backend = match (std::env::var("TEST_POSTGRES_URL"), std::env::var("TEST_REDIS_URL")) {
            (Ok(postgres), Ok(redis)) => production(&postgres, &redis).await,
            _ => Backend::Embedded,
        };
        Self::on(backend, now).await
    }

    /// A fresh stack on servers of its own.
    pub async fn on_own(servers: &OwnServers) -> Self {
        Self::on(production(&servers.postgres, &servers.redis).await, DEFAULT_NOW).await
    }

    async fn on(backend: Backend, now: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let smtp = SmtpServer::start().await;
        let stack = Self { dir, backend, smtp, settings: Mutex::default() };
        stack.set("LISTEN", "127.0.0.1:0");
        stack.set("DATA_DIR", stack.path("data").to_str().unwrap());
        stack.set("SMTP_URL", &stack.smtp.url());
        stack.set("MAIL_FROM", "Daily Papers <digest@papers.example.org>");
        stack.set("BASE_URL", "https://papers.example.org");
        stack.set("SECRET_KEY", SECRET);
        stack.set("SAMPLE_PAPERS", "false");
        stack.set("MAILS_PER_MINUTE", "0");
        stack.set("CLIENT_POINTS_PER_SECOND", "0");
        stack.set("PERSON_POINTS_PER_SECOND", "0");
        // Changes by other processes or the clock are visible at once.
        stack.set("ANSWER_CACHE_SECONDS", "0");
        stack.set("LOG", "info,worker::jobs=debug");
        if let Backend::Production { postgres, redis } = &stack.backend {
            stack.set("DATABASE_URL", postgres);
            stack.set("REDIS_URL", redis);
        }
        stack.set_clock(now.parse().unwrap());
        stack
    }

    /// A fresh stack on Postgres and Redis, for tests that need them.
    pub async fn production() -> Self {
        let stack = Self::new().await;
        let is_there = matches!(stack.backend, Backend::Production { .. });
        assert!(is_there, "needs TEST_POSTGRES_URL and TEST_REDIS_URL: run `make test`");
        stack
    }

    pub fn is_embedded(&self) -> bool {
        matches!(self.backend, Backend::Embedded)
    }

    /// Empties its Redis.
    pub fn flush_redis(&self) {
        redis::cmd("FLUSHDB").query::<()>(&mut self.redis()).unwrap();
    }

    /// The number of keys in its Redis.
    pub fn redis_keys(&self) -> usize {
        redis::cmd("DBSIZE").query(&mut self.redis()).unwrap()
    }

    fn redis(&self) -> redis::Connection {
        let Backend::Production { redis, .. } = &self.backend else { panic!("there is no Redis") };
        redis::Client::open(redis.as_str()).unwrap().get_connection().unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Sets a setting by its name without the prefix; an empty value counts as not set.
    pub fn set(&self, name: &str, value: &str) {
        let mut settings = self.settings.lock().unwrap();
        settings.retain(|(known, _)| known != name);
        settings.push((name.to_owned(), value.to_owned()));
    }

    pub fn now(&self) -> DateTime<Utc> {
        std::fs::read_to_string(self.path("clock")).unwrap().parse().unwrap()
    }

    pub fn set_clock(&self, now: DateTime<Utc>) {
        // Atomically: the program may be reading.
        let partial = self.path("clock.partial");
        std::fs::write(&partial, now.to_rfc3339()).unwrap();
        std::fs::rename(partial, self.path("clock")).unwrap();
    }

    /// Moves the clock on, after deliveries in flight are recorded: otherwise they would last hours for the program, and
    /// their leases would expire.
    pub async fn advance(&self, by: TimeDelta) {
        self.settle().await;
        self.set_clock(self.now() + by);
    }

    /// Moves the clock on to an instant.
    pub async fn advance_to(&self, instant: &str) {
        self.settle().await;
        self.set_clock(instant.parse().unwrap());
    }

    /// Waits until every worker has checked whether its deliveries in flight may still be sent: their leases are renewed
    /// twice, with a check after each renewal.
    pub async fn wait_for_claim_checks(&self) {
        for _ in 0..2 {
            let now = self.now() + TimeDelta::minutes(5);
            self.set_clock(now);
            let until = (now + TimeDelta::minutes(15)).format("%H:%M");
            let stale = format!(
                "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING' \
                 AND SUBSTR(CAST(lease_until AS TEXT), 12, 5) <> '{until}'"
            );
            super::eventually("the leases are renewed", || async {
                (self.count(&stale).await == 0).then_some(())
            })
            .await;
        }
    }

    /// Waits until all deliveries in flight are recorded.
    pub async fn settle(&self) {
        super::eventually("no delivery is in flight", || async {
            let sending = self.count("SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'").await;
            (sending == 0).then_some(())
        })
        .await;
    }

    /// Makes imports wait after their first batch, until [`Stack::release_imports`].
    pub fn hold_imports(&self) {
        std::fs::write(self.path("clock.hold"), "").unwrap();
    }

    pub fn release_imports(&self) {
        std::fs::remove_file(self.path("clock.hold")).unwrap();
    }
}

/// The folder with the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
