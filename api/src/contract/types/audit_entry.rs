//! What curators and administrators did.

use async_graphql::{Context, ID, Object, Result};
use data_encoding::BASE64URL_NOPAD;
use domain::entity::audit_entry;

use crate::contract::context::ContextExt as _;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{UserKey, load_failed};
use crate::contract::scalars::DateTime;
use crate::contract::types::connection::connection;
use crate::contract::types::user::User;

/// Something that a curator or an administrator did.
#[derive(Clone, Debug)]
pub struct AuditEntry(pub audit_entry::Model);

connection!(AuditEntryConnection, AuditEntryEdge, AuditEntry, "entries of the audit log");

/// Something that a curator or an administrator did.
#[Object]
impl AuditEntry {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        NodeType::AuditEntry.id(self.0.id)
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Who; null for the command line, and once the account is gone.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(id) = self.0.actor_id else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(id)).await.map_err(load_failed)?.map(User::from))
    }

    /// The mutation or command.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The identifier of what it was done to.
    async fn target(&self) -> Option<ID> {
        self.0.target.as_ref().map(|target| ID(BASE64URL_NOPAD.encode(target.as_bytes())))
    }

    /// What changed, as JSON.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}
