//! A new paper with what is computed of its words alone, so that it can be computed before the transaction that writes it.
//!
//! To fold the texts of a paper takes a good part of the time of writing it. An import has this done on the thread that
//! reads, while the batch before is written; if papers are not changed, it is not done at all.
//!
//! Always: a folded text is what [`words::key`] makes of the text.

use std::ops::Deref;
use std::sync::OnceLock;

use super::new_paper::NewPaper;
use super::words;

/// A new paper, ready to be written.
#[derive(Clone, Debug)]
pub struct PreparedPaper {
    new: NewPaper,
    /// The key of the statement.
    pub(super) key: String,
    folded: OnceLock<FoldedTexts>,
}

/// The texts of a new paper as they are looked up.
#[derive(Clone, Debug)]
pub(super) struct FoldedTexts {
    /// The normalised title.
    pub(super) title_key: Option<String>,
    /// The words of the title.
    pub(super) title: Option<String>,
    /// The words of the abstract.
    pub(super) r#abstract: Option<String>,
    /// The names of the authors, each once.
    pub(super) authors: Vec<String>,
}

impl PreparedPaper {
    /// Computes the key of what is said.
    #[must_use]
    pub fn new(new: NewPaper) -> Self {
        Self { key: new.key(), new, folded: OnceLock::new() }
    }

    /// Folds the texts now, on this thread, and not when they are first needed.
    pub fn fold(&self) {
        self.folded();
    }

    /// The texts as they are looked up.
    pub(super) fn folded(&self) -> &FoldedTexts {
        self.folded.get_or_init(|| FoldedTexts {
            title_key: self.title.as_deref().map(plain_text::title_key),
            title: self.title.as_deref().map(words::key),
            r#abstract: self.r#abstract.as_deref().map(words::key),
            authors: author_keys(&self.authors),
        })
    }

    /// Whether it says nothing but words: no place on a feed, and no counts of a moment.
    pub(super) fn is_words_alone(&self) -> bool {
        let Self { new, .. } = self;
        new.feature.is_none()
            && new.source_upvotes.is_none()
            && new.source_comments.is_none()
            && new.repository_stars.is_none()
    }
}

impl Deref for PreparedPaper {
    type Target = NewPaper;

    fn deref(&self) -> &NewPaper {
        &self.new
    }
}

/// The keys of names, each once.
pub(super) fn author_keys(names: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = names.iter().map(|name| words::key(name)).collect();
    keys.retain(|key| !key.is_empty());
    keys.sort_unstable();
    keys.dedup();
    keys
}
