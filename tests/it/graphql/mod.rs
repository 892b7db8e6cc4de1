//! The GraphQL API: what a document may ask, who may read what, what it costs, and how it is answered.

mod document_cache;
mod document_guard;
mod operation_limits;
mod paging;
mod response_cache;
pub mod roles;
mod selected_columns;
mod specification;
mod statement_counts;
mod transport;
