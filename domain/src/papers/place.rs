//! The place of a batch's paper on the feeds, and the effect of a source's statement on it.
//!
//! Always: a paper is featured once, and the first day stands. It moves to an earlier day only while nobody can have got
//! it: it waits for its day, or no edition was published of a day after the earlier one's. What a curator took off
//! stays off.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{featured_paper, planned_feature};

use super::new_paper::NewFeature;

/// The place of one paper.
#[derive(Debug)]
pub(super) enum Place {
    /// On no feed.
    None,
    /// On a feed.
    Stored {
        day: NaiveDate,
        featured_at: DateTime<Utc>,
        /// Whether a source that read it on an earlier day moves it there.
        may_move: bool,
    },
    /// Waits for its day.
    Planned { day: NaiveDate, featured_at: DateTime<Utc>, is_new: bool },
    /// Taken off by a curator; no source puts it back.
    Removed,
    /// On no feed until now.
    New(NewFeature),
    /// On the feed of a later day until now.
    Moved(NewFeature),
    /// Waited for a later day until now.
    Replanned { feature: NewFeature, is_new: bool },
}

impl Place {
    /// The opening day and time in a row; no edition was published of a day after `published`.
    pub(super) fn of(row: &featured_paper::Model, published: Option<NaiveDate>) -> Self {
        if row.removed_at.is_some() {
            return Self::Removed;
        }
        // Nobody can have got it: it may go to the day that it was on first.
        let may_move = row.featured_by.is_none() && published.is_none_or(|published| published < row.day);
        Self::Stored { day: row.day, featured_at: row.featured_at, may_move }
    }

    /// A plan.
    pub(super) fn planned(row: &planned_feature::Model) -> Self {
        Self::Planned { day: row.day, featured_at: row.featured_at, is_new: row.is_new }
    }

    /// Takes over the place at which a source read the paper: the first day stands.
    pub(super) fn merge(&mut self, new: &NewFeature) {
        match self {
            Self::None => *self = Self::New(new.clone()),
            Self::New(known) | Self::Moved(known) | Self::Replanned { feature: known, .. } => {
                if (new.day, new.featured_at) < (known.day, known.featured_at) {
                    *known = new.clone();
                }
            }
            Self::Stored { day, may_move: true, .. } if new.day < *day => *self = Self::Moved(new.clone()),
            Self::Planned { day, is_new, .. } if new.day < *day => {
                *self = Self::Replanned { feature: new.clone(), is_new: *is_new };
            }
            Self::Stored { .. } | Self::Planned { .. } | Self::Removed => {}
        }
    }

    /// The place that the batch gives the paper.
    pub(super) fn given(&self) -> Option<&NewFeature> {
        match self {
            Self::New(feature) | Self::Moved(feature) | Self::Replanned { feature, .. } => Some(feature),
            Self::None | Self::Stored { .. } | Self::Planned { .. } | Self::Removed => None,
        }
    }

    /// Since when it counts as featured.
    pub(super) fn featured_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Planned { featured_at, .. } | Self::Stored { featured_at, .. } => Some(*featured_at),
            _ => self.given().map(|feature| feature.featured_at),
        }
    }
}
