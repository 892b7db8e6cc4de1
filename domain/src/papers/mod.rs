//! Papers: how they come in, are found, ordered and shown.

pub mod arxiv_id;
mod attach;
pub mod cleared;
pub mod edit;
pub mod feature;
pub mod filter;
mod listed;
pub(crate) mod lock;
mod naming;
pub mod new_paper;
pub mod opening;
pub mod order;
pub mod organizations;
mod place;
pub(crate) mod planned;
pub mod ranking;
pub mod read;
pub mod reasons;
pub mod rewording;
pub mod sentences;
mod slot;
pub mod subjects;
pub mod taxonomy;
pub mod upsert;
pub mod withdrawn;
pub mod words;

pub use arxiv_id::ArxivId;
pub use filter::PaperFilter;
pub use listed::{Listed, PaperColumns, ProjectedPaper};
pub use new_paper::{NewFeature, NewOrganization, NewPaper, Said};
pub use order::PaperOrder;
