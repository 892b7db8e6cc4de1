//! What is printed: how fast each back end took papers in, beside its ceiling, and the goals.

use crate::table::{number, table};

use super::options::Options;
use super::{Import, Measured};

/// MiB that an import may take.
const MEMORY: f64 = 150.0;

/// How many times as fast the second import is to be.
const REPEATED: f64 = 3.0;

/// Papers a second that a back end is to take in, and the part of its ceiling.
fn goals(back_end: &str) -> (f64, Option<f64>) {
    if back_end == "Postgres" { (8_000.0, Some(0.15)) } else { (12_000.0, None) }
}

/// The report, in Markdown.
pub(super) fn render(options: &Options, bytes: u64, measured: &[Measured]) -> String {
    let mut text = format!(
        "\nA snapshot of {} lines, {} MiB. The seconds are those of the whole command. The ceiling is the back end's own \
         bulk load of the same papers, authors and categories into tables without indexes. Own µs are processor time of \
         the command for one paper; busy are the processors that the whole machine used.\n\n",
        options.lines,
        bytes >> 20,
    );
    let head = ["", "papers/s", "to ceiling", "own µs", "peak MiB", "busy"].map(str::to_owned);
    let mut rows = vec![head];
    for Measured { back_end, first, second, ceiling } in measured {
        let most = f64::from(first.papers) / ceiling.seconds;
        for (what, import) in [("first import", first), ("second import", second)] {
            rows.push(row(&format!("{back_end}, {what}"), import, most));
        }
        let name = format!("{back_end}, ceiling ({} rows)", ceiling.rows);
        rows.push([name, format!("{most:.0}"), "1".to_owned(), dash(), dash(), dash()]);
    }
    table(&mut text, &rows);
    let mut rows = vec![["goal", "wanted", "measured", ""].map(str::to_owned)];
    for Measured { back_end, first, second, ceiling } in measured {
        let (rate, part) = goals(back_end);
        let mut goal = |what: &str, wanted: f64, measured: f64, is_least: bool| {
            let is_reached = if is_least { measured >= wanted } else { measured <= wanted };
            rows.push([
                format!("{back_end}: {what}"),
                format!("{} {wanted}", if is_least { "≥" } else { "≤" }),
                number(Some(measured)),
                if is_reached { "yes" } else { "no" }.to_owned(),
            ]);
        };
        goal("papers/s", rate, first.rate(), true);
        if let Some(part) = part {
            goal("to COPY", part, ceiling.seconds / first.seconds, true);
        }
        goal("second import to the first", REPEATED, first.seconds / second.seconds, true);
        goal("peak memory, MiB", MEMORY, first.peak_mib.max(second.peak_mib), false);
    }
    table(&mut text, &rows);
    text
}

fn row(name: &str, import: &Import, most: f64) -> [String; 6] {
    [
        name.to_owned(),
        format!("{:.0}", import.rate()),
        number(Some(import.rate() / most)),
        format!("{:.0}", import.own_us),
        number(Some(import.peak_mib)),
        number(Some(import.busy)),
    ]
}

fn dash() -> String {
    number(None)
}
