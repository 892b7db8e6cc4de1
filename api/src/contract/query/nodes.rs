//! Objects by identifier.

use async_graphql::{Context, ID, Object, Result};

use crate::contract::cursor::MAX_PAGE;
use crate::contract::types::node::{self, Node};
use graphql_server::ErrorCode;

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this identifier, or null if there is none that the viewer may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the object.")] id: ID,
    ) -> Result<Option<Node>> {
        node::load(ctx, &id).await
    }

    /// The objects with these identifiers, in their order. At most 100.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifiers, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() as u64 > MAX_PAGE {
            return Err(ErrorCode::BadRequest.error(format!("There can be at most {MAX_PAGE} identifiers.")));
        }
        futures::future::try_join_all(ids.iter().map(|id| node::load(ctx, id))).await
    }
}
