//! The mistakes in a configuration, gathered so that all of them are reported together.
//!
//! Always: a mistake names the key of its setting. A value that is wrong is left out, because nothing is used if there
//! are mistakes.

use std::fmt::Display;

/// The mistakes so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    /// Adds a mistake in words.
    pub(super) fn push(&mut self, problem: String) {
        self.0.push(problem);
    }

    /// The value of a setting; `None` if it is wrong.
    pub(super) fn take<T>(&mut self, key: &str, value: Result<T, impl Display>) -> Option<T> {
        value.map_err(|problem| self.push(format!("{key} {problem}"))).ok()
    }

    /// The value of a setting that may be empty; `None` if it is, or is wrong.
    pub(super) fn take_given<T, E: Display>(
        &mut self,
        key: &str,
        text: Option<&String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        text.and_then(|text| self.take(key, parse(text)))
    }

    /// Adds a mistake unless this is so.
    pub(super) fn require(&mut self, is_right: bool, problem: &str) {
        if !is_right {
            self.push(problem.to_owned());
        }
    }

    /// Nothing if there are no mistakes.
    ///
    /// # Errors
    /// All mistakes, in one line.
    pub(super) fn result(self) -> anyhow::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(anyhow::anyhow!("configuration: {}", self.0.join("; "))) }
    }
}
