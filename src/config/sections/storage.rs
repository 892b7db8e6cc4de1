//! Storage settings: the data folder, the database, Redis, and the secret key.

use std::path::{Path, PathBuf};

use domain::keys::Keys;
use domain::search::models::MODEL_FOLDER;
use serde::Deserialize;
use url::Url;

use crate::config::Role;
use crate::config::problems::Problems;

/// The minimum number of connections to Postgres.
const MIN_CONNECTIONS: u32 = 4;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawStorage {
    data_dir: PathBuf,
    database_url: Option<String>,
    database_connections: u32,
    redis_url: Option<String>,
    secret_key: Option<String>,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file.
    Sqlite(PathBuf),
    /// On a server.
    Postgres {
        /// Its address.
        url: Url,
        /// The maximum number of connections.
        connections: u32,
    },
}

/// Storage settings.
#[derive(Clone, Debug)]
pub struct StorageConfig {
    pub data_dir: PathBuf,
    pub database: Database,
    pub redis_url: Option<Url>,
    /// `None`: the one that is kept in the data folder.
    pub keys: Option<Keys>,
}

impl StorageConfig {
    /// The folder that mail is written to if there is no mail server.
    pub fn mail_dir(&self) -> PathBuf {
        self.data_dir.join("mail")
    }

    /// The folder of the models for search by meaning.
    pub fn model_dir(&self) -> PathBuf {
        self.data_dir.join(MODEL_FOLDER)
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.database, Database::Postgres { .. })
    }
}

impl RawStorage {
    pub(in crate::config) fn check(&self, role: Role, problems: &mut Problems) -> Option<StorageConfig> {
        let database = problems.take("database_url", self.database());
        let redis_url = problems.take_given("redis_url", self.redis_url.as_ref(), redis_url);
        self.require_together(role, database.as_ref(), problems);
        let keys = problems.take_given("secret_key", self.secret_key.as_ref(), Keys::parse);
        problems.require(
            self.database_connections >= MIN_CONNECTIONS,
            &format!("database_connections must be at least {MIN_CONNECTIONS}"),
        );
        Some(StorageConfig { data_dir: self.data_dir.clone(), database: database?, redis_url, keys })
    }

    fn database(&self) -> Result<Database, String> {
        match self.database_url.as_deref() {
            None => Ok(Database::Sqlite(Path::new(&self.data_dir).join("daily-papers.db"))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                let url = Url::parse(url).map_err(|error| format!("is not a valid address: {error}"))?;
                Ok(Database::Postgres { url, connections: self.database_connections })
            }
            Some(_) => Err("must begin with postgres://; leave it empty for SQLite".to_owned()),
        }
    }

    /// Settings that exclude or require each other.
    fn require_together(&self, role: Role, database: Option<&Database>, problems: &mut Problems) {
        let is_postgres = matches!(database, Some(Database::Postgres { .. }));
        let has_redis = self.redis_url.is_some();
        let name = match role {
            Role::Api => Some("api"),
            Role::Worker => Some("worker"),
            Role::Serve | Role::Inspect | Role::Tool => None,
        };
        if let Some(name) = name {
            let problem = format!(
                "database_url must be postgres://… for the role {name}, which shares the database with other processes"
            );
            problems.require(is_postgres, &problem);
            let problem = format!("redis_url must be set for the role {name}, which is woken through Redis");
            problems.require(has_redis, &problem);
        } else {
            let problem = "redis_url is set, but database_url is not postgres://…; a SQLite file cannot be shared by processes";
            problems.require(is_postgres || !has_redis, problem);
        }
        problems.require(
            self.secret_key.is_some() || !is_postgres,
            "secret_key must be set if database_url is postgres://…, to the same value in all processes; `openssl rand -hex 32` generates one",
        );
    }
}

fn redis_url(text: &str) -> Result<Url, String> {
    redis::parse_redis_url(text)
        .filter(|url| redis::Client::open(url.as_str()).is_ok())
        .ok_or_else(|| "is not an address such as redis://127.0.0.1:6379/0".to_owned())
}
