//! The person whom the request's token names, and what only administrators may read.

use async_graphql::{Context, Object, Result};
use domain::entity::enums::Role;

use crate::contract::context::ContextExt as _;
use crate::contract::loaders::{UserKey, load_failed};
use crate::contract::types::admin::Admin;
use crate::contract::types::user::User;

#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The user of the request's token, or null.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(viewer) = ctx.viewer() else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(viewer.user_id)).await.map_err(load_failed)?.map(User::from))
    }

    /// Data that only administrators may read. Null for everyone else.
    async fn admin(&self, ctx: &Context<'_>) -> Option<Admin> {
        ctx.require(Role::Admin).ok().map(|_| Admin)
    }
}
