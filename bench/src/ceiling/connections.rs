//! The connections of one worker: taken for one answer, given back, made where there are too few.
//!
//! Not sqlx's pool: that asks the database for a sign of life each time a connection comes back, which is one round
//! trip more for each answer, and a task of its own.

use std::cell::RefCell;

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The connections of a worker.
pub(super) struct Connections {
    options: PgConnectOptions,
    idle: RefCell<Vec<PgConnection>>,
    room: Semaphore,
}

/// One that is in use. It is closed where it is not given back: after an error nobody knows its state.
pub(super) struct Taken<'a> {
    pub(super) connection: PgConnection,
    from: &'a Connections,
    _permit: SemaphorePermit<'a>,
}

impl Connections {
    /// At most so many.
    pub(super) fn new(options: PgConnectOptions, most: usize) -> Self {
        let options = options.disable_statement_logging();
        Self { options, idle: RefCell::default(), room: Semaphore::new(most) }
    }

    /// Waits for one.
    ///
    /// # Errors
    /// Where the database does not let another one in.
    pub(super) async fn take(&self) -> Result<Taken<'_>> {
        let permit = self.room.acquire().await?;
        let idle = self.idle.borrow_mut().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await.context("the database")?,
        };
        Ok(Taken { connection, from: self, _permit: permit })
    }
}

impl Taken<'_> {
    /// Lets the next one have it.
    pub(super) fn give_back(self) {
        self.from.idle.borrow_mut().push(self.connection);
    }
}
