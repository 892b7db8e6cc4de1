//! Faults that a test plans, and what they make of a response.

use std::sync::OnceLock;
use std::time::Duration;

use super::http::{Request, Response, gzip};

/// Octets that a compressed body becomes: more than any document has.
const BOMB_OCTETS: usize = 48 * 1024 * 1024;

/// What redirects lead to on the same host: the same document below another path.
pub(super) const MOVED: &str = "/moved";

/// A page in place of a document.
const OTHER_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Just a moment</title></head>\
    <body><h1>We are checking your browser</h1></body></html>\n";

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The response begins after this time.
    SlowHeaders(Duration),
    /// The body comes octet by octet, each after this time.
    Drip(Duration),
    /// The connection ends after half of the body, whose length was stated.
    CutOff,
    /// The connection ends after the first of several chunks.
    ChunkCutOff,
    /// Status 429.
    TooManyRequests { retry_after: Option<String> },
    /// Status 503.
    Unavailable { retry_after: Option<String> },
    /// This text in place of the document, as if it were the document.
    TextWithStatus200(&'static str),
    /// An HTML page in place of the document.
    HtmlInstead,
    /// The document as `application/octet-stream`.
    WrongType,
    /// A redirect to another path, where the document is.
    RedirectSameHost,
    /// A redirect to this address.
    RedirectElsewhere(String),
    /// A small body that becomes very large.
    GzipBomb,
    /// A body of no octets, with status 200.
    EmptyBody,
    /// The error `badResumptionToken` (OAI-PMH).
    ExpiredToken,
    /// The page before once more, with the same token; the first page has none before it (OAI-PMH, daily papers).
    RepeatedPage,
    /// A page that begins with the last two entries of the page before (OAI-PMH, daily papers).
    OverlappingPage,
    /// A page without its last entry; what is stated of numbers stays, and the next page follows as if it were there.
    ShortPage,
}

/// A change of a page, which the source of the page makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageChange {
    ExpiredToken,
    Repeated,
    Overlapping,
    Short,
}

impl PageChange {
    /// Whether the pages of this path can be changed so.
    pub(super) fn is_for(self, path: &str) -> bool {
        match self {
            Self::ExpiredToken => path == "/oai",
            Self::Repeated | Self::Overlapping => path == "/oai" || path == "/api/daily_papers",
            Self::Short => true,
        }
    }
}

/// How a response is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    AtOnce,
    After(Duration),
    Drip(Duration),
    CutOff,
    ChunkCutOff,
}

/// Which requests a fault is for: those whose path begins with a text, and whose query contains another.
#[derive(Clone, Debug)]
pub struct Matcher {
    path: String,
    query: String,
}

impl From<&str> for Matcher {
    fn from(path: &str) -> Self {
        Self::from((path, ""))
    }
}

impl From<(&str, &str)> for Matcher {
    fn from((path, query): (&str, &str)) -> Self {
        Self { path: path.to_owned(), query: query.to_owned() }
    }
}

impl Matcher {
    fn matches(&self, request: &Request) -> bool {
        request.path.starts_with(&self.path) && request.query.contains(&self.query)
    }
}

/// The faults that are planned; of several that match, the one that was planned first is taken.
#[derive(Debug, Default)]
pub(super) struct FaultPlan(Vec<(Matcher, Fault, usize)>);

impl FaultPlan {
    pub(super) fn add(&mut self, matcher: Matcher, fault: Fault, times: usize) {
        self.0.push((matcher, fault, times));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn take(&mut self, request: &Request) -> Option<Fault> {
        let (_, fault, times) =
            self.0.iter_mut().find(|(matcher, _, times)| *times > 0 && matcher.matches(request))?;
        *times -= 1;
        Some(fault.clone())
    }
}

impl Fault {
    pub(super) fn page_change(&self) -> Option<PageChange> {
        match self {
            Self::ExpiredToken => Some(PageChange::ExpiredToken),
            Self::RepeatedPage => Some(PageChange::Repeated),
            Self::OverlappingPage => Some(PageChange::Overlapping),
            Self::ShortPage => Some(PageChange::Short),
            _ => None,
        }
    }

    pub(super) fn delivery(&self) -> Delivery {
        match *self {
            Self::SlowHeaders(time) => Delivery::After(time),
            Self::Drip(time) => Delivery::Drip(time),
            Self::CutOff => Delivery::CutOff,
            Self::ChunkCutOff => Delivery::ChunkCutOff,
            _ => Delivery::AtOnce,
        }
    }

    /// The response that takes the place of this one.
    pub(super) fn applied_to(&self, response: Response, request: &Request) -> Response {
        let redirect = |to: String| Response::new(302, "text/html", "").with("Location", to);
        match self {
            Self::TooManyRequests { retry_after } => {
                later(Response::new(429, "text/plain", "Rate exceeded."), retry_after.as_deref())
            }
            Self::Unavailable { retry_after } => {
                let page = "<html><head><title>503 Service Unavailable</title></head></html>\n";
                later(Response::new(503, "text/html", page), retry_after.as_deref())
            }
            Self::TextWithStatus200(text) => {
                let media_type = response.header("Content-Type").unwrap_or("text/plain").to_owned();
                Response::new(200, &media_type, *text)
            }
            Self::HtmlInstead => Response::new(200, "text/html; charset=utf-8", OTHER_PAGE),
            Self::WrongType => response.with("Content-Type", "application/octet-stream"),
            Self::RedirectSameHost => redirect(format!("{MOVED}{}?{}", request.path, request.query)),
            Self::RedirectElsewhere(address) => redirect(address.clone()),
            Self::GzipBomb => {
                static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
                let bomb = BOMB.get_or_init(|| gzip(&vec![b' '; BOMB_OCTETS])).clone();
                response.with_body(bomb).with("Content-Encoding", "gzip")
            }
            Self::EmptyBody => response.with_body(""),
            _ => response,
        }
    }
}

fn later(response: Response, retry_after: Option<&str>) -> Response {
    match retry_after {
        Some(value) => response.with("Retry-After", value),
        None => response,
    }
}
