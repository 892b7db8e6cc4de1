//! The composition root: the only place that knows which adapter stands behind each seam.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use data_encoding::HEXLOWER;
use db::SchemaState;
use domain::events::{EventBus, LocalEvents};
use domain::keys::Keys;
use domain::locks::Lock;
use domain::mail::MailSettings;
use domain::mail::file::FileTransport;
use domain::queue::JobQueue;
use domain::search::{Model, Models, Reranker, Search, embed, models};
use domain::settings::Settings;
use domain::{Db, Services};
use migration::{Migrator, MigratorTrait as _};
use smtp::MailTransport;
use tokio::time::timeout;
use url::Url;
use worker::events::RedisEvents;
use worker::queue::local::LocalQueue;
use worker::queue::redis::RedisQueue;

use crate::clock;
use crate::config::{Database, ValidConfig};
use crate::problems;

/// The time limit for Redis at the start.
const REDIS_TIMEOUT: Duration = Duration::from_secs(10);

/// The services of this process, and the queues behind them.
pub struct Runtime {
    pub services: Services,
    pub local: Arc<LocalQueue>,
    pub redis: Option<Arc<RedisQueue>>,
}

/// The treatment of a schema that is older than the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaPolicy {
    /// It is brought up to date.
    Migrate,
    /// The process refuses to start.
    Expect,
}

/// Builds the services. `listening` is the address that a base URL is made from if none is set.
///
/// # Errors
/// If the data folder, the key or the database is not available.
pub async fn build(config: &ValidConfig, listening: SocketAddr, schema: SchemaPolicy) -> Result<Runtime> {
    let clock = clock::load()?;
    let keys = match &config.storage.keys {
        Some(keys) => keys.clone(),
        None => load_or_make_keys(&config.storage.data_dir)?,
    };
    let base_url = match &config.http.base_url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://{listening}/"))?,
    };
    let db = open(config).await?;
    update_schema(config, &db, schema).await?;
    let mail: Arc<dyn MailTransport> = if let Some(smtp) = &config.delivery.smtp {
        Arc::new(smtp.clone())
    } else {
        let files = FileTransport::new(config.storage.mail_dir());
        // Who can read the pages is who can read the log.
        let is_private = config.dev_mail.is_some();
        Arc::new(if is_private { files.telling_links() } else { files })
    };
    let local = Arc::new(LocalQueue::default());
    let redis_url = config.storage.redis_url.as_ref().map(Url::as_str);
    let redis = redis_url.map(RedisQueue::new).transpose().context("redis_url")?;
    let queue: Arc<dyn JobQueue> = match &redis {
        Some(redis) => redis.clone(),
        None => local.clone(),
    };
    let events: Arc<dyn EventBus> = match redis_url {
        Some(url) => RedisEvents::new(url).context("redis_url")?,
        None => Arc::new(LocalEvents::default()),
    };
    let settings = Settings {
        base_url,
        keys,
        calendar: config.feeds.calendar.clone(),
        mail: mail_settings(config),
        submissions: config.submissions,
        digests: config.delivery.digests.clone(),
        import_dir: config.feeds.import_dir.clone(),
        sources: config.sources.sources.clone(),
    };
    let web = reader_of_sources(config, &settings)?;
    let services = Services { settings: Arc::new(settings), db, clock, queue, events, mail, web };
    Ok(Runtime { services, local, redis })
}

/// What reads sources over the network.
fn reader_of_sources(config: &ValidConfig, settings: &Settings) -> Result<fetch::Client> {
    let contact = settings.sources.contact.as_deref().unwrap_or("no contact");
    let version = env!("CARGO_PKG_VERSION");
    let settings = fetch::Settings {
        user_agent: format!("DailyPapers/{version} (+{}; {contact})", settings.base_url),
        private_hosts: config.sources.private_hosts.clone(),
        ..fetch::Settings::default()
    };
    fetch::Client::new(settings).context("source_contact")
}

fn mail_settings(config: &ValidConfig) -> MailSettings {
    MailSettings {
        sender: config.mail.sender.clone(),
        postal_address: config.mail.postal_address.clone(),
        bounce_domain: config.bounces.domain.clone(),
        triggered_per_hour: config.limits.triggered_mails_per_hour,
    }
}

/// Opens the database, without looking at its schema.
///
/// # Errors
/// If it is not available.
pub async fn open(config: &ValidConfig) -> Result<Db> {
    let db = match &config.storage.database {
        Database::Sqlite(path) => {
            make_data_dir(&config.storage.data_dir)?;
            Db::open_sqlite(path, domain::random::fraction)
                .await
                .with_context(|| format!("data_dir: {}", path.display()))?
        }
        Database::Postgres { url, connections } => {
            // The address may hold a password: errors name the key alone.
            Db::open_postgres(url.as_str(), *connections, domain::random::fraction)
                .await
                .map_err(|error| problems::postgres_error(url, &error))?
        }
    };
    Ok(db.expecting(Migrator::migrations().iter().map(|migration| migration.name().to_owned())))
}

/// Brings the schema up to date, or refuses an old one. Returns the migrations that it applied.
///
/// # Errors
/// If the schema is not, and is not to be made, the one that the program needs.
pub async fn update_schema(config: &ValidConfig, db: &Db, schema: SchemaPolicy) -> Result<Vec<String>> {
    match (check_schema(db).await?, schema) {
        (SchemaState::Current, _) => Ok(Vec::new()),
        (SchemaState::Behind(pending), SchemaPolicy::Migrate) => migrate(config, db).await.map(|()| pending),
        (behind @ SchemaState::Behind(_), SchemaPolicy::Expect) => {
            bail!("database_url: {behind}; run `daily-papers migrate` first")
        }
        (ahead @ SchemaState::Ahead(_), _) => bail!(
            "the database was brought up to date by another version of Daily Papers than this one, {}: {ahead}; \
             run that version, or a later one",
            env!("CARGO_PKG_VERSION")
        ),
    }
}

/// Compares the schema with the one that the program needs.
///
/// # Errors
/// If the database fails.
pub async fn check_schema(db: &Db) -> Result<SchemaState> {
    Migrator::install(db.schema()).await.context("database_url")?;
    db.check_schema().await.context("database_url")
}

/// Whether Redis answers.
///
/// # Errors
/// That it does not, and what to do.
pub async fn reach_redis(url: &Url) -> Result<redis::InfoDict, String> {
    let asking = async {
        let mut connection = redis::Client::open(url.as_str())?.get_multiplexed_async_connection().await?;
        redis::cmd("INFO").query_async(&mut connection).await
    };
    match timeout(REDIS_TIMEOUT, asking).await {
        Ok(answer) => answer.map_err(|error: redis::RedisError| problems::describe_redis(url, &error)),
        Err(_) => Err(problems::describe_redis(url, &"it does not respond")),
    }
}

/// Applies pending migrations; of two processes one waits for the other.
async fn migrate(config: &ValidConfig, db: &Db) -> Result<()> {
    match &config.storage.database {
        Database::Sqlite(_) => {
            let path = config.storage.data_dir.join("migration.lock");
            let file = File::create(&path).with_context(|| format!("data_dir: {}", path.display()))?;
            tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await??;
            Migrator::up(db.schema(), None).await.context("migrations")
        }
        Database::Postgres { .. } => {
            // The lock is held by a transaction of its own, for as long as the migrations take.
            db.write(|tx| {
                Box::pin(async move {
                    Lock::Migrations.hold(tx).await?;
                    Ok(Migrator::up(db.schema(), None).await?)
                })
            })
            .await
            .context("migrations")
        }
    }
}

/// The model for search by meaning that is installed, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn load_model(config: &ValidConfig, db: &Db) -> Result<Option<Arc<Model>>> {
    let in_use = embed::model_in_use(db.read()).await?;
    let folder = config.storage.model_dir();
    Ok(tokio::task::spawn_blocking(move || models::load_embedding(&folder, &in_use)).await?)
}

/// Opens the search indexes of this process below the data folder.
///
/// # Errors
/// If they cannot be used.
pub async fn open_search(config: &ValidConfig, embedding: Option<Arc<Model>>) -> Result<Arc<Search>> {
    let (data_dir, folder) = (config.storage.data_dir.clone(), config.storage.model_dir());
    let papers = config.reranked_papers;
    make_data_dir(&data_dir)?;
    let opened = tokio::task::spawn_blocking(move || {
        let reader = if papers > 0 { models::load_cross_encoder(&folder) } else { None };
        let reranker = reader.map(|model| Reranker { model, papers });
        Search::open(&data_dir, Models { embedding, reranker })
    });
    opened.await?.context("data_dir")
}

/// Makes the data folder, and sees that it can be written to.
///
/// # Errors
/// If it cannot.
pub fn make_data_dir(path: &Path) -> Result<()> {
    // A file without a name: another process may be looking at the same time.
    std::fs::create_dir_all(path)
        .and_then(|()| tempfile::tempfile_in(path).map(drop))
        .map_err(|error| problems::data_dir_error(path, &error))
}

/// The secret key below the data folder, made if there is none.
fn load_or_make_keys(data_dir: &Path) -> Result<Keys> {
    make_data_dir(data_dir)?;
    let path = data_dir.join("secret.key");
    let named = |error: std::io::Error| problems::data_dir_error(&path, &error);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let key = HEXLOWER.encode(&domain::random::bytes::<32>());
            file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).map_err(named)?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(named(error)),
    }
    let mut key = String::new();
    File::open(&path).and_then(|mut file| file.read_to_string(&mut key)).map_err(named)?;
    Keys::parse(key.trim()).map_err(|problem| anyhow::anyhow!("{}: {problem}", path.display()))
}
