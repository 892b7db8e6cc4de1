//! The one error type of the crate, and whether work that failed with it may succeed if it is done again.

use sea_orm::{DbErr, RuntimeErr};

/// The result of a function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a function of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or was not reached.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// Rows that were to be written together do not fit each other.
    #[error("{0}")]
    Rows(String),
}

/// The error of work given to [`Db::write`](crate::Db::write), in which an error of the database can be found again: by it
/// is decided whether the work is done once more.
pub trait WorkError: From<Error> + std::fmt::Display + Send {
    /// The error of the database that this one is.
    fn as_database(&self) -> Option<&Error>;
}

impl WorkError for Error {
    fn as_database(&self) -> Option<&Error> {
        Some(self)
    }
}

impl Error {
    /// Whether the same work may succeed when it is simply done again: a serialisation failure, a
    /// deadlock, or a writer that held the SQLite file for too long.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.sql_state().as_deref(), Some("40001" | "40P01" | "5" | "6" | "261" | "517"))
    }

    /// Whether the connection to the database was cut, or its server is stopping or starting: whatever was not committed
    /// is not done.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let Some(RuntimeErr::SqlxError(cause)) = runtime(error) else { return false };
        matches!(cause.as_ref(), sea_orm::sqlx::Error::Io(_))
            || matches!(self.sql_state().as_deref(), Some("57P01" | "57P02" | "57P03"))
    }

    /// Whether the database could not be reached at all.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) => true,
            Self::Database(error) => {
                let is_cut = matches!(runtime(error), Some(RuntimeErr::SqlxError(cause))
                    if matches!(cause.as_ref(), sea_orm::sqlx::Error::Io(_)
                        | sea_orm::sqlx::Error::Tls(_)
                        | sea_orm::sqlx::Error::PoolTimedOut
                        | sea_orm::sqlx::Error::PoolClosed
                        | sea_orm::sqlx::Error::WorkerCrashed));
                // Connections that fail, too many of them, a server that starts or stops: classes 08, 53 and 57P.
                let says_so = self.sql_state().is_some_and(|code| {
                    code.len() == 5 && ["08", "53", "57P"].iter().any(|class| code.starts_with(class))
                });
                is_cut || says_so
            }
            Self::Rows(_) => false,
        }
    }

    /// The code that the database gave the error, which SQLSTATE names on Postgres.
    #[must_use]
    pub fn sql_state(&self) -> Option<String> {
        let Self::Database(error) = self else { return None };
        let Some(RuntimeErr::SqlxError(cause)) = runtime(error) else { return None };
        cause.as_database_error()?.code().map(std::borrow::Cow::into_owned)
    }
}

fn runtime(error: &DbErr) -> Option<&RuntimeErr> {
    match error {
        DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause) => Some(cause),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(cause: sea_orm::sqlx::Error) -> Error {
        DbErr::Query(RuntimeErr::SqlxError(cause.into())).into()
    }

    #[test]
    fn a_cut_connection_is_lost_and_the_database_unavailable() {
        let cut = broken(sea_orm::sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()));
        assert!(cut.is_connection_lost() && cut.is_unavailable() && !cut.is_transient());
        let crowded = broken(sea_orm::sqlx::Error::PoolTimedOut);
        assert!(crowded.is_unavailable() && !crowded.is_connection_lost());
    }

    #[test]
    fn errors_of_statements_are_not_lost_connections() {
        for error in [
            broken(sea_orm::sqlx::Error::RowNotFound),
            Error::Rows("a column is missing".to_owned()),
            DbErr::Custom("x".to_owned()).into(),
        ] {
            assert!(
                !error.is_transient() && !error.is_connection_lost() && !error.is_unavailable(),
                "{error}"
            );
        }
    }
}
