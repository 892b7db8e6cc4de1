//! The benchmark of the search crate: `make bench-search`.

use bench::search::{Options, run};
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
