//! Errors of the system and the database, with advice on how to fix them.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Error, anyhow};
use url::Url;

/// An error with its causes on one line. Errors of other crates repeat their causes in their own text; each is said once.
pub fn with_causes(error: &Error) -> String {
    error.chain().fold(String::new(), |said, cause| match cause.to_string() {
        cause if said.is_empty() => cause,
        cause if said.contains(&cause) => said,
        cause => format!("{said}: {cause}"),
    })
}

/// The address that a setting names cannot be had.
pub fn listen_error(setting: &str, address: SocketAddr, error: &io::Error) -> Error {
    let variable = format!("DAILY_PAPERS_{}", setting.to_uppercase());
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "is already in use: stop the other program, or set {setting} ({variable}) to another port"
            )
        }
        ErrorKind::AddrNotAvailable => {
            format!(
                "is not an address of this machine: set {setting} ({variable}) to one, such as 127.0.0.1:{}",
                address.port()
            )
        }
        ErrorKind::PermissionDenied => {
            format!("is not permitted for this user: set {setting} ({variable}) to a port of 1024 or higher")
        }
        _ => return anyhow!("{setting}: {address}: {error}"),
    };
    anyhow!("{setting}: {address} {advice}")
}

/// The error for a file or folder in the data folder.
pub fn data_dir_error(path: &Path, error: &io::Error) -> Error {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; make it writable for the user who runs this, or set data_dir to a writable folder"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; free some space there",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "; set data_dir to a folder, or remove the file of this name"
        }
        _ => "",
    };
    anyhow!("data_dir: {}: {error}{advice}", path.display())
}

/// The error for a Postgres server that cannot be reached or refuses the user. Its address may contain a password,
/// which is not shown.
pub fn postgres_error(url: &Url, error: &db::Error) -> Error {
    let server = server_address(url, 5432);
    let text = error.to_string();
    let code = error.sql_state();
    let (cause, advice) = match code.as_deref() {
        Some("28P01" | "28000") => (find_cause(&text), "check the user and password in database_url"),
        Some("3D000") => (find_cause(&text), "create the database, or correct its name in database_url"),
        Some("53300") => {
            (find_cause(&text), "lower database_connections, or raise the server's max_connections")
        }
        Some(_) => (find_cause(&text), "check the server's log"),
        None => (find_cause(&text), "start it, or correct database_url"),
    };
    anyhow!("database_url: Postgres at {server} cannot be reached: {cause}; {advice}")
}

/// Redis cannot be reached.
pub fn describe_redis(url: &Url, error: &dyn std::fmt::Display) -> String {
    let server = server_address(url, 6379);
    format!(
        "redis_url: Redis at {server} cannot be reached: {error}; start it, or correct redis_url. Until then, workers look for work once a minute and live events stay within each process"
    )
}

/// The host and the port of an address.
fn server_address(url: &Url, port: u16) -> String {
    let host = url.host_str().filter(|host| !host.is_empty()).unwrap_or("localhost");
    format!("{host}:{}", url.port().unwrap_or(port))
}

/// The cause at the end of a message that begins with what it was the consequence of.
fn find_cause(text: &str) -> &str {
    const CONSEQUENCES: [&str; 3] =
        ["Connection Error: ", "error returned from database: ", "error communicating with database: "];
    CONSEQUENCES.iter().fold(text, |text, before| text.strip_prefix(before).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let inner = io::Error::other("disk full");
        let repeats = domain::Error::failed("writing a mail")(inner);
        let error = Error::from(repeats).context("the start failed");
        assert_eq!(format!("{error:#}"), "the start failed: writing a mail: disk full: disk full");
        assert_eq!(with_causes(&error), "the start failed: writing a mail: disk full");
        assert_eq!(with_causes(&anyhow!("one").context("two").context("three")), "three: two: one");
    }

    #[test]
    fn servers_are_named_without_their_passwords() {
        let server_address = |url: &str, port| super::server_address(&url.parse().unwrap(), port);
        assert_eq!(server_address("postgres://ada:secret@db.example:6432/papers", 5432), "db.example:6432");
        assert_eq!(server_address("postgres:///papers?host=/run", 5432), "localhost:5432");
        assert_eq!(server_address("redis://[::1]", 6379), "[::1]:6379");
    }
}
