//! Asking a site for a document, politely: one request at a time of all processes together ([`turn`]), a pause between
//! two, and none to a host that fails ([`circuit`]). [`ask`] does all of it.

pub(super) mod ask;
pub(super) mod circuit;
mod turn;

use chrono::TimeDelta;

use crate::settings::SourceSettings;

/// A site, with all its hosts: their owner counts requests to all of them together.
///
/// arXiv asks for one connection at a time over all its interfaces and all machines of a client
/// (<https://info.arxiv.org/help/api/tou.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    HuggingFace,
    Arxiv,
}

impl Site {
    fn name(self) -> &'static str {
        match self {
            Self::HuggingFace => "huggingface.co",
            Self::Arxiv => "arxiv.org",
        }
    }

    /// The time between the end of a request and the start of the next one.
    fn pause(self, settings: &SourceSettings) -> TimeDelta {
        match self {
            Self::HuggingFace => settings.hf_daily.pause,
            Self::Arxiv => settings.arxiv.pause,
        }
    }
}
