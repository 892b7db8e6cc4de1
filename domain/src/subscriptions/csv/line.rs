//! A CSV line: its cells, by the columns of our own files.

use crate::error::clip;
use crate::subscriptions::csv::cell;
use crate::subscriptions::csv::columns::Field;

/// The cells of one line, by column; empty if the file has no such column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line([String; Field::ALL.len()]);

impl Line {
    pub(crate) fn get(&self, field: Field) -> &str {
        &self.0[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, value: impl Into<String>) {
        self.0[field as usize] = value.into();
    }

    /// The number in a cell; a cell that is neither empty nor a number is a mistake.
    pub(crate) fn number(&self, field: Field, problems: &mut Vec<String>) -> Option<i32> {
        let text = self.get(field);
        let number = text.parse().ok();
        if number.is_none() && !text.is_empty() {
            problems.push(format!("{} {:?} is not a number", field.name(), clip(text)));
        }
        number
    }

    /// The cells in the order of [`Field::ALL`], as they are written.
    pub(crate) fn cells(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|value| cell::escape(value))
    }
}
