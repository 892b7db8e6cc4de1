//! The measurements: everything once a round, in an order that turns from round to round.
//!
//! The machine's speed drifts by the minute, so a ratio is one of measurements next to each other, and what is told
//! is the median over the rounds.

use std::time::Instant;

use anyhow::Result;

use crate::interrupt;
use crate::operations::Operation;
use crate::proc::{self, Tree};

use super::load::{Load, Seen};
use super::options::Options;
use super::pgbench::Pgbench;
use super::say;
use super::servers::{Fleet, Server};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The service, without a cache of answers.
    Service,
    /// The service, with one.
    Cached,
    /// The server written by hand.
    Ceiling,
    /// The same server, from memory.
    Memory,
    /// Mercurius, graphql-jit and pg.
    Mercurius,
    /// Postgres alone.
    Database,
}

impl Entry {
    /// Its name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Service => "daily-papers",
            Self::Cached => "daily-papers, cached",
            Self::Ceiling => "ceiling",
            Self::Memory => "actix, from memory",
            Self::Mercurius => "Mercurius",
            Self::Database => "pgbench",
        }
    }
}

/// What is measured beside one another.
#[derive(Clone, Debug)]
pub(super) struct Heat {
    pub(super) title: String,
    pub(super) operation: Operation,
    pub(super) lanes: Vec<Lane>,
}

/// One of a heat, and what was measured, by round.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) entry: Entry,
    pub(super) samples: Vec<Sample>,
}

/// One measurement. Times are in milliseconds; those of processors are user and system time, for one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) rate: f64,
    pub(super) p50: Option<f64>,
    pub(super) p99: Option<f64>,
    /// Of the server; Postgres has none beside itself.
    pub(super) server: Option<f64>,
    pub(super) postgres: f64,
    /// Of the load generator.
    pub(super) load: f64,
    /// Processors that something else had meanwhile.
    pub(super) others: f64,
}

/// All that is needed for measuring.
#[derive(Debug)]
pub(super) struct Contest<'a> {
    pub(super) options: &'a Options,
    pub(super) fleet: &'a Fleet,
    pub(super) postgres: Tree,
    pub(super) pgbench: Pgbench,
    pub(super) load: Load,
}

impl Contest<'_> {
    /// Measures.
    ///
    /// # Errors
    /// Where a load generator fails, or an answer is none.
    pub(super) fn run(&self) -> Result<Vec<Heat>> {
        let mut heats = self.heats();
        let each = heats.iter().map(|heat| heat.lanes.len()).sum::<usize>();
        let Options { rounds, seconds, .. } = *self.options;
        say(&format!("{rounds} rounds of {each} measurements of {seconds} s"));
        for heat in &heats {
            for lane in &heat.lanes {
                interrupt::check()?;
                self.ask(lane.entry, heat.operation, 1)?;
            }
        }
        for round in 0..rounds {
            for heat in &mut heats {
                let lanes = heat.lanes.len();
                for turn in 0..lanes {
                    interrupt::check()?;
                    let lane = &mut heat.lanes[(round + turn) % lanes];
                    lane.samples.push(self.measure(lane.entry, heat.operation)?);
                }
            }
            say(&format!("round {} of {rounds}", round + 1));
        }
        Ok(heats)
    }

    fn heats(&self) -> Vec<Heat> {
        let mut entries = vec![Entry::Service, Entry::Ceiling];
        entries.extend(self.fleet.mercurius.as_ref().map(|_| Entry::Mercurius));
        entries.push(Entry::Database);
        let mut kept: Vec<Entry> = self.fleet.cached.iter().map(|_| Entry::Cached).collect();
        kept.push(Entry::Memory);
        let heat = |title: &str, operation, entries: &[Entry]| {
            let lane = |&entry| Lane { entry, samples: Vec::new() };
            Heat { title: title.to_owned(), operation, lanes: entries.iter().map(lane).collect() }
        };
        let mut heats = Operation::ALL.map(|operation| heat(operation.title(), operation, &entries)).to_vec();
        heats.push(heat("feed page, kept", Operation::Feed, &kept));
        heats
    }

    fn measure(&self, entry: Entry, operation: Operation) -> Result<Sample> {
        let tree = self.server(entry).map(|(server, _)| server.tree());
        let server_seconds = || tree.map(Tree::seconds).transpose();
        let look = || anyhow::Ok((server_seconds()?, self.postgres.seconds()?, proc::ended_children()?));
        let (begun, busy) = (Instant::now(), proc::machine()?);
        let before = look()?;
        let seen = self.ask(entry, operation, self.options.seconds)?;
        let after = look()?;
        let busy = proc::machine()? - busy;
        let known = after.0.unwrap_or_default() - before.0.unwrap_or_default() + after.1 - before.1 + after.2
            - before.2;
        let each = |from: f64, to: f64| (to - from) * 1000.0 / seen.count;
        Ok(Sample {
            rate: seen.rate,
            p50: seen.p50_ms,
            p99: seen.p99_ms,
            server: before.0.zip(after.0).map(|(from, to)| each(from, to)),
            postgres: each(before.1, after.1),
            load: each(before.2, after.2),
            others: ((busy - known) / begun.elapsed().as_secs_f64()).max(0.0),
        })
    }

    fn ask(&self, entry: Entry, operation: Operation, seconds: u32) -> Result<Seen> {
        let Options { clients, connections, .. } = *self.options;
        match self.server(entry) {
            Some((server, path)) => {
                self.load.run(&format!("http://{}{path}", server.address), operation, clients, seconds)
            }
            None => self.pgbench.run(operation, connections, seconds),
        }
    }

    /// The server of an entry that has one, and where it is asked.
    fn server(&self, entry: Entry) -> Option<(&Server, &'static str)> {
        match entry {
            Entry::Service => Some((&self.fleet.service, "/graphql")),
            Entry::Cached => self.fleet.cached.as_ref().map(|server| (server, "/graphql")),
            Entry::Ceiling => Some((&self.fleet.ceiling, "/graphql")),
            Entry::Memory => Some((&self.fleet.ceiling, "/memory")),
            Entry::Mercurius => self.fleet.mercurius.as_ref().map(|server| (server, "/graphql")),
            Entry::Database => None,
        }
    }
}
