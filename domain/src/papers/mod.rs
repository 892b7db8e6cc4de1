//! Papers: how they come in, are found, ordered and shown.

pub mod cleared;
pub mod curation;
pub(crate) mod edit;
pub(crate) mod feature;
pub mod filter;
pub mod history;
mod identity;
pub(crate) mod lock;
mod naming;
pub mod new_paper;
pub mod opening;
pub mod order;
pub mod organizations;
mod pending;
mod place;
pub(crate) mod planned;
pub mod precedence;
mod prepared;
pub mod ranking;
pub mod read;
mod relations;
mod repeated;
pub mod rewording;
mod rows;
pub mod sentences;
pub mod topics;
pub mod upsert;
pub mod words;

pub use arxiv::{ArxivId, taxonomy, withdrawn};
pub use edit::PaperInput;
pub use filter::PaperFilter;
pub use new_paper::{NewFeature, NewOrganization, NewPaper, NewVersion, Statement};
pub use order::PaperOrder;
pub use precedence::Speaker;
pub use prepared::PreparedPaper;
pub use rows::{PaperColumns, PaperRow, ProjectedPaper};
