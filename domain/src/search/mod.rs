//! Search over papers: the engine of [`search`], and what connects it with the database.
//!
//! Every process that serves has an index of its own, made from the database and following it: [`follow()`] reads the
//! changes of papers in the order of their commits. [`rank`] answers a query with an ordered list of papers; what is shown
//! of them is read from the database, which also has the last word on what may be seen. Vectors are made by workers
//! ([`embed`]) and kept in the database.

mod changes;
mod documents;
pub mod embed;
mod engine;
mod follow;
mod narrow;
mod rank;
mod ranking;

pub use engine::{MODEL_FOLDER, Search, SearchStatus};
pub use follow::{follow, rebuild_all};
pub use rank::SearchError;
pub use ranking::{FacetCount, FacetKind, Mode, Notice, RankedPaper, Ranking, SearchRequest, Suggestions};
pub use search::meaning::Model;
