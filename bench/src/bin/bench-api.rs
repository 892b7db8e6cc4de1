//! The driver of the benchmark; `make bench-api` starts it beside a Postgres and a Redis.

use bench::driver::{Options, run};
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
