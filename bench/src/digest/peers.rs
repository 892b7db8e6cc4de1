//! Who else sends: smtp-source, the same message again and again, and nodemailer's pool.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::proc;

use super::options::{Options, Place};
use super::sink::Sink;

/// What a sender came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Messages in a second.
    pub(super) rate: f64,
    /// Its processor time for one message, in milliseconds.
    pub(super) own_ms: f64,
    /// That of the sink.
    pub(super) sink_ms: f64,
}

/// smtp-source over kept connections: what this machine could do at best.
///
/// # Errors
/// Where it fails.
pub(super) fn source(options: &Options, place: &Place, octets: usize) -> Result<Sent> {
    let sink = Sink::start(place, None)?;
    let (before, taken) = (proc::ended_children()?, sink.tree().seconds()?);
    let begun = Instant::now();
    let status = Command::new(&place.source)
        .args(["-d", "-s", &options.connections.to_string(), "-m", &options.source.to_string()])
        .args(["-l", &octets.to_string(), "-f", "digest@papers.example.org", "-t", "reader@example.org"])
        .arg(sink.address.to_string())
        .status()
        .context("smtp-source, which is in the package postfix of Debian, does not start")?;
    if !status.success() {
        bail!("smtp-source failed: {status}");
    }
    let seconds = begun.elapsed().as_secs_f64();
    let count = f64::from(options.source);
    Ok(Sent {
        rate: count / seconds,
        own_ms: (proc::ended_children()? - before) * 1e3 / count,
        sink_ms: (sink.tree().seconds()? - taken) * 1e3 / count,
    })
}

/// nodemailer's pool, which makes each message.
///
/// # Errors
/// Where it fails.
pub(super) fn nodemailer(options: &Options, place: &Place, folder: &Path, octets: usize) -> Result<Sent> {
    let sink = Sink::start(place, None)?;
    let taken = sink.tree().seconds()?;
    let output = Command::new("node")
        .arg(folder.join("send.mjs"))
        .args([sink.address.port().to_string(), options.connections.to_string()])
        .args([options.peer.to_string(), octets.to_string()])
        .env("NODE_ENV", "production")
        .output()
        .context("node does not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(|number| number.parse().ok()).collect();
    let Some([seconds, used]) = numbers.as_deref().filter(|_| output.status.success()) else {
        bail!("nodemailer failed: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let count = f64::from(options.peer);
    Ok(Sent {
        rate: count / seconds,
        own_ms: used * 1e3 / count,
        sink_ms: (sink.tree().seconds()? - taken) * 1e3 / count,
    })
}
