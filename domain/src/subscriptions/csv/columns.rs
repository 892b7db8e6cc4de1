//! The columns of our own CSV files, and their names.

/// The columns of our own files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Email,
    Status,
    Cadence,
    TimeZone,
    SendTime,
    Weekdays,
    MaxPapers,
    Categories,
    Keywords,
    Authors,
    Organizations,
    ExcludeCategories,
    ExcludeKeywords,
    MinUpvotes,
}

impl Field {
    /// All, in the order in which they are written.
    pub(crate) const ALL: [Self; 14] = [
        Self::Email,
        Self::Status,
        Self::Cadence,
        Self::TimeZone,
        Self::SendTime,
        Self::Weekdays,
        Self::MaxPapers,
        Self::Categories,
        Self::Keywords,
        Self::Authors,
        Self::Organizations,
        Self::ExcludeCategories,
        Self::ExcludeKeywords,
        Self::MinUpvotes,
    ];

    /// The name of its column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Status => "status",
            Self::Cadence => "cadence",
            Self::TimeZone => "time_zone",
            Self::SendTime => "send_time",
            Self::Weekdays => "weekdays",
            Self::MaxPapers => "max_papers",
            Self::Categories => "categories",
            Self::Keywords => "keywords",
            Self::Authors => "authors",
            Self::Organizations => "organizations",
            Self::ExcludeCategories => "exclude_categories",
            Self::ExcludeKeywords => "exclude_keywords",
            Self::MinUpvotes => "min_upvotes",
        }
    }
}
