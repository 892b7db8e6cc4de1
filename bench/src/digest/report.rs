//! What is printed: who sent how fast and at what cost, what the run wrote, and the goals.

use std::fmt::Write as _;

use super::options::Options;
use super::peers::Sent;
use super::service::Run;

/// Seconds that planning may take.
const PLANNING: f64 = 5.0;

/// MiB that the worker may take.
const MEMORY: f64 = 150.0;

/// What was measured.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Of a digest, on average.
    pub(super) octets: usize,
    pub(super) postgres: Run,
    pub(super) signed: Option<Run>,
    pub(super) embedded: Option<Run>,
    /// Before the runs and after them.
    pub(super) source: [Sent; 2],
    pub(super) nodemailer: Option<Sent>,
}

/// The report, in Markdown.
pub(super) fn render(options: &Options, found: &Found) -> String {
    let Found { octets, postgres, signed, embedded, source, nodemailer } = found;
    let mut text = format!(
        "\n{} subscribers with {} filters, digests of {octets} octets on average, {} connections to smtp-sink. ms are \
         processor time (user + system) of one message. A run is from the start of the worker to the last outcome in \
         the database: planned, chosen, built, sent and recorded.\n\n\
         | sender | messages | messages/s | own ms | Postgres ms | sink ms | others |\n|---|---|---|---|---|---|---|\n",
        options.subscribers, options.filters, options.connections,
    );
    let mut runs = vec![("daily-papers, Postgres", postgres)];
    runs.extend(signed.as_ref().map(|run| ("daily-papers, signed (RSA-2048)", run)));
    runs.extend(embedded.as_ref().map(|run| ("daily-papers, SQLite, one process", run)));
    for (name, run) in &runs {
        let _ = writeln!(
            text,
            "| {name} | {} | {:.0} | {:.3} | {:.3} | {:.3} | {:.2} |",
            run.count,
            rate(run),
            run.own_ms,
            run.postgres_ms,
            run.sink_ms,
            run.others
        );
    }
    let mut peers: Vec<(&str, u32, Sent)> =
        source.iter().map(|&sent| ("smtp-source", options.source, sent)).collect();
    peers.extend(nodemailer.map(|sent| ("nodemailer, pool", options.peer, sent)));
    for (name, count, sent) in peers {
        let _ = writeln!(
            text,
            "| {name} | {count} | {:.0} | {:.3} | – | {:.3} | – |",
            sent.rate, sent.own_ms, sent.sink_ms
        );
    }
    text.push_str("\n| daily-papers | planned s | planned/s | peak MiB | statements a message | WAL octets a message |\n|---|---|---|---|---|---|\n");
    for (name, run) in &runs {
        let planned = run.planned.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.1}"));
        let plan_rate = run.plan_rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.0}"));
        let _ = writeln!(
            text,
            "| {name} | {planned} | {plan_rate} | {:.1} | {:.3} | {:.0} |",
            run.peak_mib, run.statements, run.wal
        );
    }
    text.push_str("\n| step, Postgres | seconds | messages/s |\n|---|---|---|\n");
    for (step, seconds) in &postgres.steps {
        let _ = writeln!(text, "| {step} | {seconds:.2} | {:.0} |", postgres.count / seconds.max(1e-3));
    }
    text.push_str("\n| goal | wanted | measured | |\n|---|---|---|---|\n");
    let ceiling = source.iter().map(|sent| sent.rate).sum::<f64>() / 2.0;
    let mut goals = vec![
        ("messages/s, daily-papers to smtp-source", 0.4, Some(rate(postgres) / ceiling), true),
        (
            "messages/s, daily-papers to nodemailer",
            3.0,
            nodemailer.map(|sent| rate(postgres) / sent.rate),
            true,
        ),
        ("seconds of planning", PLANNING, postgres.planned, false),
        ("peak memory of the worker, MiB", MEMORY, Some(postgres.peak_mib), false),
    ];
    if embedded.is_some() {
        goals.push(("SQLite: \"database is locked\"", 0.0, Some(0.0), false));
    }
    for (what, wanted, measured, is_least) in goals {
        let sign = if is_least { "≥" } else { "≤" };
        let Some(measured) = measured else {
            let _ = writeln!(text, "| {what} | {sign} {wanted} | not measured | |");
            continue;
        };
        let is_reached = if is_least { measured >= wanted } else { measured <= wanted };
        let said = if is_reached { "yes" } else { "no" };
        let _ = writeln!(text, "| {what} | {sign} {wanted} | {measured:.3} | {said} |");
    }
    text
}

fn rate(run: &Run) -> f64 {
    run.count / run.seconds
}
