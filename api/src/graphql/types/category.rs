//! arXiv categories.

use async_graphql::SimpleObject;
use domain::entity::category;

/// An arXiv category: cs.CL, Computation and Language.
#[derive(Clone, Debug, SimpleObject)]
pub struct Category {
    /// The code: cs.CL.
    code: String,
    /// The name: Computation and Language.
    name: String,
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self { code: row.code, name: row.name }
    }
}
