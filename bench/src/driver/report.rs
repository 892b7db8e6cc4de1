//! What is printed: one table of what was measured, one of memory, and the goals.

use std::fmt::Write as _;

use anyhow::Result;

use super::goals::{Wanted, goals, median};
use super::options::{Options, workers};
use super::rounds::{Heat, Lane, Sample};
use super::servers::Fleet;
use crate::table::{number, table};

/// The report, in Markdown.
///
/// # Errors
/// Where the memory of a server cannot be read.
pub(super) fn render(options: &Options, fleet: &Fleet, heats: &[Heat]) -> Result<String> {
    let Options { seconds, rounds, papers, comments, clients, connections, .. } = options;
    let mut text = format!(
        "\n{papers} papers, {comments} comments. {rounds} rounds of {seconds} s each, in turns; medians. wrk with \
         {clients} connections; each server with {} threads (Mercurius: processes) and {connections} connections \
         to Postgres, as many as pgbench has. ms are processor time (user + system) of one request.\n\n",
        workers()
    );
    let head = [
        "operation",
        "by",
        "requests/s",
        "(min–max)",
        "p50 ms",
        "p99 ms",
        "server ms",
        "Postgres ms",
        "load ms",
    ];
    let mut rows = vec![head.map(ToOwned::to_owned)];
    for heat in heats {
        rows.extend(heat.lanes.iter().map(|lane| row(heat, lane)));
    }
    table(&mut text, &rows);
    let others =
        || heats.iter().flat_map(|heat| &heat.lanes).flat_map(|lane| &lane.samples).map(|one| one.others);
    let _ = writeln!(
        text,
        "Other programs had {:.2} processors meanwhile (median; at most {:.2}); the nearer to none, the better. wrk \
         counts for its latencies what it could not ask while it waited: one stall of the machine is seen in a p99.\n",
        median(others()).unwrap_or_default(),
        others().fold(0.0, f64::max)
    );
    let mut servers = vec![(&fleet.service, "daily-papers"), (&fleet.ceiling, "ceiling")];
    servers.extend(fleet.cached.as_ref().map(|server| (server, "daily-papers, cached")));
    servers.extend(fleet.mercurius.as_ref().map(|server| (server, "Mercurius, all processes")));
    let mut rows = vec![["server", "peak MiB (VmHWM)"].map(ToOwned::to_owned)];
    for (server, name) in servers {
        rows.push([name.to_owned(), format!("{:.1}", server.tree().peak_mib()?)]);
    }
    table(&mut text, &rows);
    let mut rows = vec![["goal", "wanted", "measured", ""].map(ToOwned::to_owned)];
    // With the cache of answers as without.
    let mut peak = fleet.service.tree().peak_mib()?;
    if let Some(cached) = &fleet.cached {
        peak = peak.max(cached.tree().peak_mib()?);
    }
    for goal in goals(heats, peak) {
        let wanted = match goal.wanted {
            Wanted::AtLeast(bound) => format!("≥ {bound}"),
            Wanted::AtMost(bound) => format!("≤ {bound}"),
        };
        let verdict =
            goal.is_reached().map_or("not measured", |is_reached| if is_reached { "yes" } else { "no" });
        rows.push([goal.what.clone(), wanted, number(goal.measured), verdict.to_owned()]);
    }
    table(&mut text, &rows);
    Ok(text)
}

fn row(heat: &Heat, lane: &Lane) -> [String; 9] {
    let middle = |value: fn(&Sample) -> Option<f64>| median(lane.samples.iter().filter_map(value));
    let rates = || lane.samples.iter().map(|sample| sample.rate);
    let (least, most) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
    [
        heat.title.clone(),
        lane.entry.name().to_owned(),
        format!("{:.0}", middle(|sample| Some(sample.rate)).unwrap_or_default()),
        format!("{least:.0}–{most:.0}"),
        number(middle(|sample| sample.p50)),
        number(middle(|sample| sample.p99)),
        number(middle(|sample| sample.server)),
        number(middle(|sample| Some(sample.postgres))),
        number(middle(|sample| Some(sample.load))),
    ]
}
