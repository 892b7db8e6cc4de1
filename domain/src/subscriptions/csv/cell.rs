//! CSV cells: escaping of formulas that spreadsheets would run, and lists within a cell.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return is a formula to a spreadsheet (OWASP, CSV
//! injection). An apostrophe in front makes it text. Reading takes that one apostrophe away again.
//!
//! Always: reading gives what was written.

/// A cell as it is written.
pub(crate) fn escape(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell as it was before it was written.
pub(crate) fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

/// Whether it would run, or stands behind apostrophes that would be taken for ours.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Entries of a list in one cell, between semicolons; one within an entry stands behind a backslash.
pub(crate) fn join(entries: &[String]) -> String {
    let entries: Vec<String> =
        entries.iter().map(|entry| entry.replace('\\', "\\\\").replace(';', "\\;")).collect();
    entries.join(";")
}

/// The entries of a list in one cell. A backslash in front of anything else is one.
pub(crate) fn split(cell: &str) -> Vec<String> {
    let mut entries = vec![String::new()];
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        let escaped = if c == '\\' { characters.next_if(|&next| matches!(next, ';' | '\\')) } else { None };
        match (c, escaped, entries.last_mut()) {
            (_, Some(escaped), Some(entry)) => entry.push(escaped),
            (';', None, _) => entries.push(String::new()),
            (c, None, Some(entry)) => entry.push(c),
            (_, _, None) => {}
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_in_cells_are_escaped() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+x@example.org", "'+x@example.org"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("'=1", "''=1"),
            ("ada@example.org", "ada@example.org"),
            ("'tis", "'tis"),
            ("", ""),
        ] {
            assert_eq!(escape(cell), written);
            assert_eq!(unescape(written), cell);
        }
    }

    #[test]
    fn lists_are_split_at_semicolons() {
        assert_eq!(split(" agents; rag;;"), ["agents", "rag"]);
        assert_eq!(split("a\\;b;\\alpha"), ["a;b", "\\alpha"]);
    }

    proptest! {
        #[test]
        fn any_cell_round_trips(cell in "['=+\\-@\t\r]{0,3}\\PC{0,20}") {
            let written = escape(&cell);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(unescape(&written), cell);
        }

        #[test]
        fn any_list_round_trips(entries in prop::collection::vec("[a-z\\\\;'=]{1,8}", 0..5)) {
            prop_assert_eq!(split(&join(&entries)), entries);
        }
    }
}
