//! Search over papers: the engine of [`search`], and what connects it with the database.
//!
//! Every process that serves has an index of its own, made from the database and following it: [`follow()`] reads the
//! changes of papers in the order of their commits. [`rank`] answers a query with an ordered list of papers; what is shown
//! of them is read from the database, which also has the last word on what may be seen. Vectors are made by workers
//! ([`embed`]) and kept in the database.

mod changes;
mod counts;
mod documents;
pub mod embed;
mod engine;
mod follow;
mod metrics;
pub mod models;
mod narrow;
mod rank;
mod ranking;
mod reasons;
mod refine;
mod related;
mod suggest;

pub use engine::{Models, Reranker, Search};
pub use follow::{follow, rebuild_all};
pub use rank::SearchError;
pub use ranking::{FacetCount, Mode, Notice, RankedPaper, Ranking, SearchRequest, Suggestions};
pub use reasons::{PaperText, Place, Reasons};
pub use related::RelatedRequest;
pub use search::index::{FacetKind, FacetValue};
pub use search::meaning::Model;
