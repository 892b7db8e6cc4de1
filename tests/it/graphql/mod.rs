//! The GraphQL API: limits of documents, access of each role, cost, and responses.

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
