//! A record of an input: a paper, or the reason why it is none.

use crate::papers::PreparedPaper;

use super::fields::Warning;
use super::hf_daily;

/// One record of an input: what it is called in messages, and what was found there.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Record {
    pub item: String,
    pub found: RecordContent,
}

/// The content of a record of an input.
#[derive(Clone, Debug)]
pub(in crate::sources) enum RecordContent {
    /// A paper, with what was left out of it.
    Paper(Box<PreparedPaper>, Vec<Warning>),
    /// A record that is refused, and why.
    Refused(String),
    /// A file of which nothing can be read, and why: no record.
    UnreadableFile(String),
}

impl From<hf_daily::Item> for RecordContent {
    fn from(item: hf_daily::Item) -> Self {
        match item {
            Ok((paper, warnings)) => Self::Paper(Box::new(PreparedPaper::new(paper)), warnings),
            Err(reason) => Self::Refused(reason),
        }
    }
}
