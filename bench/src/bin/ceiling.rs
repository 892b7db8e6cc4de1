//! The server that the service is measured against; the driver starts it.

use bench::ceiling::{Arguments, run};
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    run(Arguments::parse())
}
