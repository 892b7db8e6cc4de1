//! The meters of a run: processor time of each party, statements, and bytes of the write-ahead log.

use anyhow::Result;
use sqlx::PgConnection;
use tokio::runtime::Runtime;

use crate::proc::{self, Tree};

use super::super::sink::Sink;
use super::Run;
use super::process::Worker;

/// The readings before a run.
pub(super) struct Meters<'a> {
    runtime: &'a Runtime,
    sink: &'a Sink,
    /// The processes of Postgres, and their seconds.
    postgres: Option<(Tree, f64)>,
    sink_seconds: f64,
    machine: f64,
    driver: f64,
    statements: f64,
    wal: f64,
}

impl<'a> Meters<'a> {
    /// Reads the meters. To be called before the worker starts.
    pub(super) fn start(
        runtime: &'a Runtime,
        mut connection: Option<&mut PgConnection>,
        sink: &'a Sink,
    ) -> Result<Self> {
        let postmaster = match connection.as_deref_mut() {
            Some(connection) => {
                let backend: i32 =
                    runtime.block_on(sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection))?;
                Some(Tree(proc::parent(u32::try_from(backend)?)?))
            }
            None => None,
        };
        let (mut statements, mut wal) = (0.0, 0.0);
        if let Some(connection) = connection {
            // The tables were empty when they were analysed, and would be read whole for that.
            runtime.block_on(
                sqlx::raw_sql("SET enable_seqscan = off; SET jit = off").execute(&mut *connection),
            )?;
            (statements, wal) = runtime.block_on(count_written(connection))?;
        }
        Ok(Self {
            runtime,
            sink,
            postgres: postmaster.map(|tree| anyhow::Ok((tree, tree.seconds()?))).transpose()?,
            sink_seconds: sink.tree().seconds()?,
            machine: proc::machine()?,
            driver: driver_seconds()?,
            statements,
            wal,
        })
    }

    /// The result of a run that has just ended, as far as the meters show it.
    pub(super) fn read(
        self,
        connection: Option<&mut PgConnection>,
        worker: &Worker,
        subscribers: u32,
    ) -> Result<Run> {
        let seconds = worker.begun.elapsed().as_secs_f64();
        let count = f64::from(subscribers);
        let own = worker.tree().seconds()?;
        let postgres = match self.postgres {
            Some((tree, before)) => tree.seconds()? - before,
            None => 0.0,
        };
        let taken = self.sink.tree().seconds()? - self.sink_seconds;
        let driver = driver_seconds()? - self.driver;
        let others = proc::machine()? - self.machine - own - postgres - taken - driver;
        let (mut statements, mut wal) = (0.0, 0.0);
        if let Some(connection) = connection {
            let now = self.runtime.block_on(count_written(connection))?;
            (statements, wal) = ((now.0 - self.statements) / count, (now.1 - self.wal) / count);
        }
        Ok(Run {
            count,
            seconds,
            own_ms: own * 1e3 / count,
            postgres_ms: postgres * 1e3 / count,
            sink_ms: taken * 1e3 / count,
            others: (others / seconds).max(0.0),
            peak_mib: worker.tree().peak_mib()?,
            statements,
            wal,
            ..Run::default()
        })
    }
}

/// Statements and bytes of the write-ahead log so far.
async fn count_written(connection: &mut PgConnection) -> Result<(f64, f64)> {
    let sql = "SELECT (SELECT sum(calls)::float8 FROM pg_stat_statements \
               WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())), \
               pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8";
    Ok(sqlx::query_as(sql).fetch_one(connection).await?)
}

/// Processor time of this driver, in seconds.
fn driver_seconds() -> Result<f64> {
    Tree(std::process::id()).own_seconds()
}
