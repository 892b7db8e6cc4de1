//! arXiv categories.

use async_graphql::{ID, Object};
use domain::entity::category;

use crate::contract::ids;

/// An arXiv category: cs.CL, Computation and Language.
#[derive(Clone, Debug)]
pub struct Category(category::Model);

/// An arXiv category: cs.CL, Computation and Language.
#[Object]
impl Category {
    /// The identifier.
    pub async fn id(&self) -> ID {
        ids::of_category(&self.0.code)
    }

    /// The code: cs.CL.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name: Computation and Language.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self(row)
    }
}
