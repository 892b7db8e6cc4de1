//! Tables of reports.

use std::fmt::Write as _;

/// A table whose columns are as wide as what is in them; the first row is its head.
pub(crate) fn table<const N: usize>(text: &mut String, rows: &[[String; N]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a String cannot fail.
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
        if index == 0 {
            for width in widths {
                let _ = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
    text.push('\n');
}

/// Three figures, or a dash.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) if value >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_columns_are_aligned() {
        let mut text = String::new();
        table(&mut text, &[["é", "b"], ["1", "22"]].map(|row| row.map(ToOwned::to_owned)));
        assert_eq!(text, "| é | b  |\n|---|----|\n| 1 | 22 |\n\n");
    }

    #[test]
    fn numbers_have_three_figures() {
        assert_eq!(
            [None, Some(0.1234), Some(1.234), Some(12.34)].map(number),
            ["–", "0.123", "1.23", "12.3"]
        );
    }
}
