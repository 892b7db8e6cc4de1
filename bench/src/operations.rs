//! What is asked: three operations, and the statements that answer them at the least cost.
//!
//! The statements are those of the ceiling and of pgbench alike. Where one of them wants what the one before it
//! found (`$1` of [`THREADS_COMMENTS`]), pgbench is given it beforehand.

use serde_json::json;

/// The day whose feed is asked for: past, so that nothing happens to it.
pub const DAY: &str = "2026-01-06";

/// The paper that is asked for, which has the comments.
pub const ARXIV_ID: &str = "2601.00002";

/// Papers of a page of the feed.
pub const PAGE: usize = 20;

/// Comments that are asked for with one paper.
pub const COMMENTS: usize = 50;

/// One of the operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A page of 20 papers with authors and organization.
    Feed,
    /// A paper with 50 comments and who wrote them.
    Paper,
    /// Feed → papers → comments → author.
    Threads,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Feed, Self::Paper, Self::Threads];

    /// Its name in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Feed => "Feed",
            Self::Paper => "Paper",
            Self::Threads => "Threads",
        }
    }

    /// What it is, for the report.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Feed => "feed page",
            Self::Paper => "paper, 50 comments",
            Self::Threads => "three levels",
        }
    }

    /// The body of its request, as a client sends it.
    #[must_use]
    pub fn body(self) -> String {
        let variables = match self {
            Self::Feed | Self::Threads => json!({ "period": DAY }),
            Self::Paper => json!({ "arxivId": ARXIV_ID }),
        };
        json!({ "operationName": self.name(), "query": self.document(), "variables": variables }).to_string()
    }

    /// Cursors are not asked for: how they look is the business of each service.
    fn document(self) -> &'static str {
        match self {
            Self::Feed => {
                "query Feed($period: FeedPeriod!) {
                    feed(period: $period) {
                        period
                        papers(first: 20) {
                            nodes {
                                id arxivId title summary publishedOn upvoteCount commentCount url
                                authors { name }
                                organization { slug name }
                            }
                            pageInfo { hasNextPage }
                        }
                    }
                }"
            }
            Self::Paper => {
                "query Paper($arxivId: String!) {
                    paper(arxivId: $arxivId) {
                        id arxivId title abstract publishedOn upvoteCount commentCount url
                        authors { name }
                        organization { slug name }
                        comments(first: 50) {
                            nodes { id body createdAt author { id handle displayName } }
                            pageInfo { hasNextPage }
                        }
                    }
                }"
            }
            Self::Threads => {
                "query Threads($period: FeedPeriod!) {
                    feed(period: $period) {
                        papers(first: 10) {
                            nodes {
                                id title
                                comments(first: 3) {
                                    nodes { id body createdAt author { handle displayName } }
                                }
                            }
                        }
                    }
                }"
            }
        }
    }
}

/// The papers of a page, one more than it has, so that it is known whether there are further ones.
pub const FEED_PAPERS: &str = "\
    SELECT p.id, p.arxiv_id, p.slug, p.title, p.summary, p.published_on, p.source_upvotes + p.upvotes, \
    p.source_comments + p.comments, p.authors, o.slug, o.name \
    FROM featured_paper f \
    JOIN paper p ON p.id = f.paper_id \
    LEFT JOIN organization o ON o.id = p.organization_id \
    WHERE f.day = $1 AND f.removed_at IS NULL AND p.hidden_at IS NULL \
    ORDER BY p.source_upvotes + p.upvotes DESC, f.position, f.id LIMIT 21";

/// One paper.
pub const PAPER: &str = "\
    SELECT p.id, p.arxiv_id, p.slug, p.title, p.abstract, p.published_on, p.source_upvotes + p.upvotes, \
    p.source_comments + p.comments, p.authors, o.slug, o.name \
    FROM paper p \
    LEFT JOIN organization o ON o.id = p.organization_id \
    WHERE p.arxiv_id = $1 AND p.hidden_at IS NULL";

/// Its comments; one that is gone keeps its place while something answers it.
pub const PAPER_COMMENTS: &str = "\
    SELECT c.id, c.body, c.created_at, c.deleted_at IS NULL AND c.hidden_at IS NULL, \
    u.id, u.handle, u.display_name \
    FROM comment c \
    LEFT JOIN \"user\" u ON u.id = c.author_id \
    WHERE c.paper_id = $1 AND (c.deleted_at IS NULL AND c.hidden_at IS NULL \
    OR EXISTS (SELECT 1 FROM comment r WHERE r.parent_id = c.id)) \
    ORDER BY c.id LIMIT 51";

/// The papers of three levels.
pub const THREADS_PAPERS: &str = "\
    SELECT p.id, p.title \
    FROM featured_paper f \
    JOIN paper p ON p.id = f.paper_id \
    WHERE f.day = $1 AND f.removed_at IS NULL AND p.hidden_at IS NULL \
    ORDER BY p.source_upvotes + p.upvotes DESC, f.position, f.id LIMIT 10";

/// The first three comments of each of several papers.
pub const THREADS_COMMENTS: &str = "\
    SELECT k.place, l.* \
    FROM unnest($1::bigint[]) WITH ORDINALITY AS k (id, place) \
    CROSS JOIN LATERAL ( \
    SELECT c.id, c.body, c.created_at, c.deleted_at IS NULL AND c.hidden_at IS NULL, \
    u.handle, u.display_name \
    FROM comment c \
    LEFT JOIN \"user\" u ON u.id = c.author_id \
    WHERE c.paper_id = k.id AND (c.deleted_at IS NULL AND c.hidden_at IS NULL \
    OR EXISTS (SELECT 1 FROM comment r WHERE r.parent_id = c.id)) \
    ORDER BY c.id LIMIT 3) l \
    ORDER BY k.place";
