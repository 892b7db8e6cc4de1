//! Tokens that ask for the next page of a list.
//!
//! They hold the whole question, as those of arXiv do, and end with their day in UTC. Their text has characters that
//! must be escaped in an address, and escapes of its own.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use url::form_urlencoded::{self, Serializer};

use super::super::Paper;
use super::ListQuery;
use super::records::Format;

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The rest of the list, from the day of the place on.
    pub(super) query: ListQuery,
    /// Records of the rest that come before the place.
    pub(super) skip: usize,
    /// The first day of the whole list.
    list_from: Option<NaiveDate>,
    issued_at: DateTime<Utc>,
}

impl Token {
    /// The beginning of a list.
    pub(super) fn first(query: ListQuery, now: DateTime<Utc>) -> Self {
        Self { list_from: query.from, query, skip: 0, issued_at: now }
    }

    /// What the whole list consists of.
    pub(super) fn query_of_list(&self) -> ListQuery {
        ListQuery { from: self.list_from, ..self.query.clone() }
    }

    /// The place after a page of the whole list; `None` if nothing follows.
    pub(super) fn after(&self, all: &[&Paper], page: Range<usize>) -> Option<Self> {
        let day = all.get(page.end)?.datestamp();
        let on_day = all[page.clone()].iter().filter(|paper| paper.datestamp() == day).count();
        if on_day == page.len() {
            return Some(Self { skip: self.skip + page.len(), ..self.clone() });
        }
        let query = ListQuery { from: Some(day), ..self.query.clone() };
        Some(Self { query, skip: on_day, ..self.clone() })
    }

    /// The next midnight.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        (self.issued_at.date_naive() + Days::new(1)).and_time(NaiveTime::MIN).and_utc()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let unquoted = form_urlencoded::parse(text.as_bytes()).next()?.0.into_owned();
        let params: Vec<(String, String)> =
            form_urlencoded::parse(unquoted.as_bytes()).into_owned().collect();
        let param =
            |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let day = |name: &str| param(name).map(str::parse).transpose().ok();
        Some(Self {
            query: ListQuery {
                format: Format::parse(param("metadataPrefix")?)?,
                from: day("from")?,
                until: day("until")?,
                set: param("set").map(str::to_owned),
            },
            skip: param("skip")?.parse().ok()?,
            list_from: day("list_from")?,
            issued_at: DateTime::from_timestamp(param("issued_at")?.parse().ok()?, 0)?,
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = Serializer::new(String::new());
        params.append_pair("verb", "ListRecords").append_pair("metadataPrefix", self.query.format.prefix());
        let days = [("from", self.query.from), ("until", self.query.until), ("list_from", self.list_from)];
        for (name, day) in days {
            if let Some(day) = day {
                params.append_pair(name, &day.to_string());
            }
        }
        if let Some(set) = &self.query.set {
            params.append_pair("set", set);
        }
        params.append_pair("skip", &self.skip.to_string());
        params.append_pair("issued_at", &self.issued_at.timestamp().to_string());
        form_urlencoded::byte_serialize(params.finish().as_bytes()).try_for_each(|piece| f.write_str(piece))
    }
}
