//! Validation of the configuration. All problems are found at once and named by their keys.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use api::CorsOrigins;
use api::server::{HttpSettings, LimitSettings};
use domain::calendar::Calendar;
use domain::keys::Keys;
use domain::mail::MailSettings;
use domain::settings::{DigestSettings, SubmissionSettings, is_loopback};
use domain::subscriptions::settings::parse_time;
use domain::zones;
use ipnet::IpNet;
use smtp::{Authorities, Mailbox, Options, SettingNames, SmtpTransport};
use url::{Host, Url};

use crate::logging;

use super::Config;

/// The role of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything in one process.
    Serve,
    /// HTTP only, beside others.
    Api,
    /// The worker only, beside others.
    Worker,
    /// A command that ends, and shows mail as it goes out.
    Inspect,
    /// A command that ends, and builds no mail.
    Tool,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file.
    Sqlite(PathBuf),
    /// On a server.
    Postgres {
        /// Its address.
        url: String,
        /// Connections at most.
        connections: u32,
    },
}

/// Settings that can no longer be wrong.
#[derive(Clone, Debug)]
pub struct ValidConfig {
    pub listen: SocketAddr,
    /// `None`: there are no metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// `None`: spans are sent nowhere.
    pub otlp_endpoint: Option<Url>,
    /// `None`: http:// and the address that is listened on.
    pub base_url: Option<Url>,
    pub data_dir: PathBuf,
    pub database: Database,
    pub redis_url: Option<String>,
    pub smtp: Option<SmtpTransport>,
    /// `None`: the one that is kept below the data folder.
    pub keys: Option<Keys>,
    pub sample_papers: bool,
    pub http: HttpSettings,
    pub mail: MailSettings,
    pub digests: DigestSettings,
    pub submissions: SubmissionSettings,
    pub calendar: Calendar,
    pub import_dir: PathBuf,
}

/// The folder below the data folder that mail is written to.
pub const MAIL_FOLDER: &str = "mail";

/// Gathers problems; a value that is wrong is replaced, because nothing is used if there are problems.
#[derive(Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    pub(super) fn take<T>(&mut self, key: &str, value: Result<T, impl Display>) -> Option<T> {
        value.map_err(|problem| self.0.push(format!("{key} {problem}"))).ok()
    }

    pub(super) fn require(&mut self, is_right: bool, problem: &str) {
        if !is_right {
            self.0.push(problem.to_owned());
        }
    }
}

impl Config {
    /// The validated configuration for a process of this role.
    ///
    /// # Errors
    /// Every problem, each naming its key.
    pub fn check(&self, role: Role) -> anyhow::Result<ValidConfig> {
        let mut problems = Problems::default();
        let valid = self.validate(role, &mut problems);
        match valid {
            Some(valid) if problems.0.is_empty() => Ok(valid),
            _ => Err(anyhow::anyhow!("configuration: {}", problems.0.join("; "))),
        }
    }

    /// The numbers of the way to the mail server.
    fn check_smtp(&self, problems: &mut Problems) {
        problems.require(self.smtp_connections > 0, "smtp_connections must be at least 1");
        let is_rate = self.smtp_messages_per_second <= 10_000;
        problems.require(is_rate, "smtp_messages_per_second must be at most 10000, or 0 for no limit");
        problems.require(
            (1..=3_600).contains(&self.smtp_timeout_seconds),
            "smtp_timeout_seconds must be 1 to 3600",
        );
    }

    /// The way to the mail server, which is greeted with the name `domain`; `None` if there is none.
    fn smtp(&self, domain: &str, problems: &mut Problems) -> Option<SmtpTransport> {
        given(&self.smtp_url).zip(problems.take("smtp_ca_file", authorities(&self.smtp_ca_file))).and_then(
            |(url, authorities)| {
                let options = Options {
                    hello: domain.to_owned(),
                    step_timeout: Duration::from_secs(self.smtp_timeout_seconds.into()),
                    authorities,
                    setting_names: SettingNames { address: "smtp_url", authorities: "smtp_ca_file" },
                };
                problems.take("smtp_url", SmtpTransport::new(url, options))
            },
        )
    }

    fn validate(&self, role: Role, problems: &mut Problems) -> Option<ValidConfig> {
        let listen = problems.take("listen", socket_address(&self.listen, "127.0.0.1:8080"));
        let metrics_listen = given(&self.metrics_listen)
            .and_then(|text| problems.take("metrics_listen", socket_address(text, "127.0.0.1:9464")));
        let otlp_endpoint =
            given(&self.otlp_endpoint).and_then(|text| problems.take("otlp_endpoint", otlp_endpoint(text)));
        let base_url = given(&self.base_url).and_then(|text| problems.take("base_url", base_url(text)));
        let data_dir = PathBuf::from(&self.data_dir);
        let import_dir = given(&self.import_dir).map_or_else(|| data_dir.join("import"), PathBuf::from);
        let database = problems.take("database_url", self.database(&data_dir));
        let is_postgres = matches!(database, Some(Database::Postgres { .. }));
        let redis_url = given(&self.redis_url).map(ToOwned::to_owned);
        if let Some(url) = &redis_url {
            let is_redis = redis::Client::open(url.as_str()).map(drop);
            problems.take(
                "redis_url",
                is_redis.map_err(|_| "is not an address such as redis://127.0.0.1:6379/0".to_owned()),
            );
        }
        self.check_together(role, is_postgres, redis_url.is_some(), problems);
        let keys = given(&self.secret_key).and_then(|list| problems.take("secret_key", Keys::parse(list)));
        let from = problems.take("mail_from", mailbox(&self.mail_from));
        let reply_to = given(&self.reply_to).and_then(|text| problems.take("reply_to", mailbox(text)));
        let domain = from.as_ref().map_or("localhost", |from| from.email.domain()).to_owned();
        let smtp = self.smtp(&domain, problems);
        if smtp.as_ref().is_some_and(|smtp| !smtp.is_local()) {
            self.mail_for_strangers(base_url.as_ref(), &domain, problems);
        }
        let mail = from.as_ref().map(|from| self.mail(role, from, reply_to, problems));
        let shows_mail = role == Role::Serve && smtp.is_none() && is_private(listen, base_url.as_ref());
        let dev_mail = shows_mail.then(|| data_dir.join(MAIL_FOLDER));
        let bounces = self.bounces(problems);
        self.check_smtp(problems);
        problems.require(self.database_connections >= 4, "database_connections must be at least 4");
        problems.require((1..=240).contains(&self.lease_minutes), "lease_minutes must be 1 to 240");
        let zone = zones::find(&self.feed_time_zone).ok_or_else(|| {
            format!("{:?} is not an IANA time zone such as Europe/Paris", self.feed_time_zone)
        });
        let closes_at = parse_time(&self.feed_closes_at)
            .ok_or_else(|| format!("{:?} is not a time of day such as 21:30", self.feed_closes_at));
        let zone = problems.take("feed_time_zone", zone);
        let closes_at = problems.take("feed_closes_at", closes_at);
        let sample_papers = match given(&self.sample_papers) {
            None => Some(!is_postgres),
            Some(text) => problems.take(
                "sample_papers",
                text.parse().map_err(|_| format!("{text:?} is neither true nor false")),
            ),
        };
        let trusted_proxies = problems.take("trusted_proxies", networks(&self.trusted_proxies));
        let cors = problems.take("cors_origins", CorsOrigins::parse(&self.cors_origins));
        problems.take("log", logging::filter(&self.log));
        problems
            .require(matches!(self.log_format.as_str(), "text" | "json"), "log_format must be text or json");
        Some(ValidConfig {
            listen: listen?,
            metrics_listen,
            otlp_endpoint,
            base_url,
            data_dir,
            database: database?,
            redis_url,
            smtp,
            keys,
            sample_papers: sample_papers?,
            http: HttpSettings {
                trusted_proxies: trusted_proxies?,
                limits: LimitSettings {
                    mails_per_minute: self.mails_per_minute,
                    client_points_per_second: self.client_points_per_second,
                    person_points_per_second: self.person_points_per_second,
                    client_streams: self.client_streams,
                },
                graphiql: self.graphiql,
                cors: cors?,
                answer_life: Duration::from_secs(u64::from(self.answer_cache_seconds)),
                dev_mail,
                bounces,
            },
            mail: mail?,
            digests: DigestSettings {
                first_at_once: self.first_digest_at_once,
                connections: self.smtp_connections,
                rate: NonZeroU32::new(self.smtp_messages_per_second),
                lease: Duration::from_secs(u64::from(self.lease_minutes) * 60),
            },
            submissions: SubmissionSettings {
                a_day: self.submissions_per_day.into(),
                max_age_days: self.submission_max_age_days.into(),
            },
            calendar: Calendar::new(zone?, closes_at?),
            import_dir,
        })
    }

    /// Requirements for mail that leaves this machine: otherwise it could reach strangers with dead links, from an
    /// invalid sender, or twice.
    fn mail_for_strangers(&self, base_url: Option<&Url>, domain: &str, problems: &mut Problems) {
        let elsewhere = "if smtp_url names another machine";
        let is_https = base_url.is_some_and(|url| url.scheme() == "https");
        problems.require(is_https, &format!("base_url must begin with https:// {elsewhere}"));
        let is_patient = self.smtp_timeout_seconds >= 60;
        problems.require(is_patient, &format!("smtp_timeout_seconds must be at least 60 {elsewhere}"));
        let is_public = domain != "localhost" && !domain.ends_with(".localhost");
        problems.require(is_public, &format!("mail_from must not be at localhost {elsewhere}"));
    }

    /// Settings that exclude each other.
    fn check_together(&self, role: Role, is_postgres: bool, has_redis: bool, problems: &mut Problems) {
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
        let has_key = given(&self.secret_key).is_some();
        problems.require(
            has_key || !is_postgres,
            "secret_key must be set if database_url is postgres://…, to the same value in all processes; `openssl rand -hex 32` generates one",
        );
    }

    fn database(&self, data_dir: &std::path::Path) -> Result<Database, String> {
        match given(&self.database_url) {
            None => Ok(Database::Sqlite(data_dir.join("daily-papers.db"))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Url::parse(url).map_err(|error| format!("is not a valid address: {error}"))?;
                Ok(Database::Postgres { url: url.to_owned(), connections: self.database_connections })
            }
            Some(_) => Err("must begin with postgres://; leave it empty for SQLite".to_owned()),
        }
    }
}

/// A setting that is not empty.
pub(super) fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn socket_address(text: &str, example: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an address such as {example}"))
}

fn otlp_endpoint(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| format!("{text:?} is not a valid address such as http://127.0.0.1:4318"))
}

/// Whether nobody but this machine is served.
fn is_private(listen: Option<SocketAddr>, base_url: Option<&Url>) -> bool {
    listen.is_some_and(|address| address.ip().is_loopback()) && base_url.is_none_or(is_loopback)
}

fn base_url(text: &str) -> Result<Url, String> {
    let wrong = || format!("{text:?} is not an address such as https://papers.example.org");
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_web || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    if url.path() != "/" {
        return Err(format!("{text:?} has a path; the service needs its own host name"));
    }
    if matches!(url.host(), Some(Host::Domain(host)) if host.ends_with('.')) {
        return Err(wrong());
    }
    url.set_path("/");
    Ok(url)
}

/// A mailbox that can stand in an envelope of any server: an international domain becomes its A-labels (RFC 5890), and
/// an international local part would need SMTPUTF8 all the way to each reader.
fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = || format!("{text:?} is not a valid address such as Daily Papers <digest@example.org>");
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    let user = mailbox.email.user();
    if !user.is_ascii() {
        return Err(format!("{text:?} has non-ASCII letters before the @, which many mail servers reject"));
    }
    let Ok(Host::Domain(domain)) = Host::parse(mailbox.email.domain()) else { return Err(wrong()) };
    let email = lettre::Address::new(user, domain).map_err(|_| wrong())?;
    Ok(Mailbox::new(mailbox.name, email))
}

/// The maximum size of a file with certificates, in bytes.
const MAX_AUTHORITIES: u64 = 1024 * 1024;

/// Those who may vouch for the mail server beside the usual ones.
fn authorities(file: &str) -> Result<Authorities, String> {
    let Some(file) = given(file) else { return Ok(Authorities::default()) };
    let unreadable = |error: std::io::Error| format!("names a file that cannot be read: {file}: {error}");
    if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_AUTHORITIES {
        return Err(format!("names a file that is too large for certificates: {file}"));
    }
    Authorities::from_pem(&std::fs::read(file).map_err(unreadable)?).map_err(|error| error.to_string())
}

/// A token that another program sends along: long enough that nobody finds it by trying.
fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let network = |text: &str| {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).map_err(|_| format!("{text:?} is not a network such as 10.0.0.0/8"))
    };
    text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect()
}
