//! The fields of a paper that a curator clears.

/// The fields that a change clears because they were given as empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each thing that can be empty")]
pub struct Cleared {
    /// The summary.
    pub summary: bool,
    /// The names of the authors.
    pub authors: bool,
    /// The organization.
    pub organization: bool,
    /// The categories.
    pub categories: bool,
    /// The keywords.
    pub keywords: bool,
    /// The project page.
    pub project_url: bool,
    /// The source code.
    pub repository_url: bool,
    /// The picture.
    pub thumbnail_url: bool,
}
