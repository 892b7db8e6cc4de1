//! A paper in a digest, shortened if there are many: Gmail clips a message at about 102 kB and hides the rest,
//! including the unsubscribe link.
//!
//! What papers say is text of strangers: it comes out of [`readable`] as one line without control characters, is cut to
//! a length, and is escaped by the template.

use latex::readable;
use plain_text::shorten;

use crate::direction::BidiText;
use crate::papers::sentences::first_sentences;
use crate::papers::{ArxivId, PaperRow};
use crate::settings::Settings;
use crate::wording::byline;

/// Keywords that a paper is shown with.
const MAX_KEYWORDS: usize = 5;

/// The readable wording of a paper, computed once for all digests that have it.
#[derive(Clone, Debug)]
pub struct Wording {
    title: String,
    byline: BidiText,
    keywords: BidiText,
    r#abstract: String,
}

impl Wording {
    /// The wording of this paper. `keywords` are its own, in their order.
    #[must_use]
    pub fn new(listed: &PaperRow, keywords: &[String]) -> Self {
        let keywords = keywords.iter().take(MAX_KEYWORDS).map(|word| BidiText::foreign(&readable(word)));
        Self {
            title: readable(&listed.paper.title),
            byline: byline(listed),
            keywords: BidiText::join(keywords, " · "),
            r#abstract: readable(&listed.paper.r#abstract),
        }
    }
}

/// A paper that was chosen for a digest.
#[derive(Clone, Debug)]
pub struct SelectedPaper<'a> {
    /// The paper.
    pub listed: &'a PaperRow,
    /// The content.
    pub wording: &'a Wording,
    /// The entries of the subscriber's filter that selected it.
    pub reasons: Vec<BidiText>,
}

/// The maximum length of each part, in characters. The abstract of the first paper may be longer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextLimits {
    title: usize,
    byline: usize,
    keywords: usize,
    reasons: usize,
    lead_abstract: usize,
    r#abstract: usize,
}

impl TextLimits {
    /// From what is usual to what fits even if fifty papers are written to fill a page each.
    pub(crate) const STEPS: [Self; 5] = [
        Self { title: 300, byline: 240, keywords: 120, reasons: 200, lead_abstract: 600, r#abstract: 240 },
        Self { title: 300, byline: 240, keywords: 60, reasons: 200, lead_abstract: 600, r#abstract: 120 },
        Self { title: 200, byline: 120, keywords: 0, reasons: 80, lead_abstract: 240, r#abstract: 0 },
        Self { title: 100, byline: 80, keywords: 0, reasons: 40, lead_abstract: 0, r#abstract: 0 },
        Self { title: 50, byline: 40, keywords: 0, reasons: 20, lead_abstract: 0, r#abstract: 0 },
    ];
}

/// The displayed parts of a paper.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) rank: usize,
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) byline: BidiText,
    pub(crate) keywords: BidiText,
    pub(crate) reasons: BidiText,
    pub(crate) r#abstract: String,
    pub(crate) arxiv: Option<ArxivLinks>,
}

/// The addresses of a paper at arXiv.
#[derive(Clone, Debug)]
pub(crate) struct ArxivLinks {
    pub(crate) abstract_url: String,
    /// `None` once its authors withdrew it.
    pub(crate) pdf_url: Option<String>,
}

impl Item {
    pub(crate) fn new(settings: &Settings, rank: usize, chosen: &SelectedPaper<'_>) -> Self {
        let (paper, wording) = (&chosen.listed.paper, chosen.wording);
        let arxiv_id = paper.arxiv_id.as_deref().and_then(ArxivId::parse);
        Self {
            rank,
            title: wording.title.clone(),
            url: settings.link(&format!("papers/{}", paper.slug)),
            byline: wording.byline.clone(),
            keywords: wording.keywords.clone(),
            reasons: BidiText::join(chosen.reasons.iter().cloned(), " · "),
            r#abstract: wording.r#abstract.clone(),
            arxiv: arxiv_id.map(|id| ArxivLinks {
                abstract_url: id.abstract_url(),
                pdf_url: paper.withdrawn_on.is_none().then(|| id.pdf_url()),
            }),
        }
    }

    /// Whether it is the first, with which the digest leads.
    pub(crate) fn is_lead(&self) -> bool {
        self.rank == 1
    }

    /// The same within these limits.
    pub(crate) fn shortened_to(&self, room: TextLimits) -> Self {
        let limit = if self.is_lead() { room.lead_abstract } else { room.r#abstract };
        Self {
            rank: self.rank,
            title: shorten(&self.title, room.title),
            url: self.url.clone(),
            byline: self.byline.shortened(room.byline),
            keywords: match room.keywords {
                0 => BidiText::default(),
                limit => self.keywords.shortened(limit),
            },
            reasons: self.reasons.shortened(room.reasons),
            r#abstract: if limit == 0 { String::new() } else { first_sentences(&self.r#abstract, limit) },
            arxiv: self.arxiv.clone(),
        }
    }

    /// Its place in the list, in front of the title: ` 1. `, `10. `.
    pub(crate) fn number(&self) -> String {
        format!("{:>2}. ", self.rank)
    }
}
