//! Papers and the feeds of days that list them, as readers see them and curators change them.

mod curation;
mod feed_days;
mod reading;
