//! The driver of the benchmark of digests: a trial, the run, the same signed, the peers, SQLite, the report.
//!
//! A run fails where something does not work or a mail is missing. Being slow is no failure: it is what is reported.

mod data;
mod options;
mod peers;
mod report;
mod service;
mod sink;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

pub use options::Options;

use crate::interrupt;

use service::Plan;

/// Subscribers of the trial, which says how large a digest is.
const TRIAL: u32 = 1_000;

/// Runs the benchmark and prints what it found.
///
/// # Errors
/// Where something does not work, or somebody got no mail.
#[expect(clippy::print_stdout, reason = "the report is what it is for")]
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    interrupt::listen(runtime.handle())?;
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let place = options.place()?;
    let send = |plan: Plan<'_>| {
        say(&format!("{}: {} subscribers", plan.name, plan.subscribers));
        service::run(&runtime, options, &place, folder.path(), &plan)
            .with_context(|| format!("the run {}", plan.name))
    };
    let plan = |name, subscribers| Plan { name, subscribers, key: None, keeps: false, is_embedded: false };
    let trial = send(Plan { keeps: true, ..plan("trial", TRIAL) })?;
    let octets = trial.octets.context("the size of a digest")?;
    let source = peers::source(options, &place, octets)?;
    let postgres = send(plan("postgres", options.subscribers))?;
    let signed = match options.signed {
        0 => None,
        count => {
            Some(send(Plan { key: Some(key(&folder.path().join("dkim.pem"))?), ..plan("signed", count) })?)
        }
    };
    let send_all = |program: &PathBuf| peers::nodemailer(options, &place, program, octets);
    let nodemailer = options.nodemailer.as_ref().map(send_all).transpose()?;
    if nodemailer.is_none() {
        say("left out: nodemailer, which wants Node and npm");
    }
    let again = peers::source(options, &place, octets)?;
    let embedded = match options.sqlite {
        0 => None,
        count => Some(send(Plan { is_embedded: true, ..plan("sqlite", count) })?),
    };
    let found = report::Found { octets, postgres, signed, embedded, source: [source, again], nodemailer };
    println!("{}", report::render(options, &found));
    Ok(())
}

/// An RSA key of 2048 bits, by the program openssl.
fn key(path: &std::path::Path) -> Result<PathBuf> {
    let status = Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(path)
        .status()
        .context("openssl does not start")?;
    if !status.success() {
        bail!("openssl made no key: {status}");
    }
    Ok(path.to_owned())
}

/// Progress, for the person who waits; the report alone goes to the output.
#[expect(clippy::print_stderr, reason = "for the person who waits")]
fn say(text: &str) {
    eprintln!("bench-digest: {text}");
}
