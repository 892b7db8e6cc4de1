//! A paper as a digest shows it, and how much of it where there are many: Gmail cuts a message at some 102 kB, and
//! hides what follows, the link to unsubscribe with it.
//!
//! What papers say is text of strangers: it comes out of [`readable`] as one line without control characters, is cut to
//! a length, and is escaped by the template.

use crate::latex::readable;
use crate::papers::Listed;
use crate::papers::text::shorten;
use crate::settings::Settings;
use crate::wording::byline;

/// What a paper says, made readable: work enough to be done once for all digests that have it.
#[derive(Clone, Debug)]
pub struct Wording {
    title: String,
    byline: String,
    r#abstract: String,
}

impl Wording {
    /// What this paper says.
    #[must_use]
    pub fn of(listed: &Listed) -> Self {
        Self {
            title: readable(&listed.paper.title),
            byline: readable(&byline(listed)),
            r#abstract: readable(&listed.paper.r#abstract),
        }
    }
}

/// A paper that was chosen for a digest.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// The paper.
    pub listed: &'a Listed,
    /// What it says.
    pub wording: &'a Wording,
    /// Which entries of the subscriber's filter chose it.
    pub reasons: Vec<String>,
}

/// How many characters of each part are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    title: usize,
    byline: usize,
    reasons: usize,
    r#abstract: usize,
}

impl Room {
    /// From what is usual to what fits also where fifty papers are written to fill a page each.
    pub(super) const STEPS: [Self; 5] = [
        Self { title: 300, byline: 240, reasons: 200, r#abstract: 320 },
        Self { title: 300, byline: 240, reasons: 200, r#abstract: 160 },
        Self { title: 200, byline: 120, reasons: 80, r#abstract: 80 },
        Self { title: 100, byline: 80, reasons: 40, r#abstract: 0 },
        Self { title: 50, byline: 40, reasons: 20, r#abstract: 0 },
    ];
}

/// What is shown of a paper.
#[derive(Clone, Debug)]
pub(super) struct Item {
    rank: usize,
    pub(super) title: String,
    pub(super) url: String,
    pub(super) byline: String,
    pub(super) reasons: String,
    pub(super) r#abstract: String,
}

impl Item {
    pub(super) fn new(settings: &Settings, rank: usize, chosen: &Chosen<'_>) -> Self {
        let paper = &chosen.listed.paper;
        Self {
            rank,
            title: chosen.wording.title.clone(),
            url: settings.link(&format!("papers/{}", paper.slug)),
            byline: chosen.wording.byline.clone(),
            reasons: chosen.reasons.join(" · "),
            r#abstract: chosen.wording.r#abstract.clone(),
        }
    }

    /// The same within so much room.
    pub(super) fn within(&self, room: Room) -> Self {
        let cut = |text: &str, limit| if limit == 0 { String::new() } else { shorten(text, limit) };
        Self {
            rank: self.rank,
            title: cut(&self.title, room.title),
            url: self.url.clone(),
            byline: cut(&self.byline, room.byline),
            reasons: cut(&self.reasons, room.reasons),
            r#abstract: cut(&self.r#abstract, room.r#abstract),
        }
    }

    /// Its place in the list, in front of the title: ` 1. `, `10. `.
    pub(super) fn number(&self) -> String {
        format!("{:>2}. ", self.rank)
    }
}
