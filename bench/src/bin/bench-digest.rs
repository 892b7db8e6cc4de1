//! The driver of the benchmark of digests; `make bench-digest` starts it beside a Postgres and a Redis.

use bench::digest::{Options, run};
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
