//! What a list of papers is made of.

use entity::{featured_paper, paper};

/// A paper and its place on a feed, where it has one.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The paper.
    pub paper: paper::Model,
    /// Its place; `None` also once it was taken off.
    pub feature: Option<featured_paper::Model>,
}
