//! The driver of the benchmark of imports; `make bench-import` starts it beside a Postgres and a Redis.

use bench::import::{Options, run};
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
