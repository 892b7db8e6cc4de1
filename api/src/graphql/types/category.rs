//! arXiv categories.

use async_graphql::{ID, SimpleObject};
use domain::entity::category;

use crate::graphql::ids;

/// An arXiv category: cs.CL, Computation and Language.
#[derive(Clone, Debug, SimpleObject)]
pub struct Category {
    /// Its identifier.
    pub(super) id: ID,
    /// The code: cs.CL.
    code: String,
    /// The name: Computation and Language.
    name: String,
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self { id: ids::of_category(&row.code), code: row.code, name: row.name }
    }
}
