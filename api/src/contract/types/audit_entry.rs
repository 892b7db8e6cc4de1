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

/// An action of a curator or an administrator.
#[derive(Clone, Debug)]
pub struct AuditEntry(pub audit_entry::Model);

connection!(AuditEntryConnection, AuditEntryEdge, AuditEntry, "audit log entries");

/// An action of a curator or an administrator.
#[Object]
impl AuditEntry {
    /// The identifier.
    pub async fn id(&self) -> ID {
        NodeType::AuditEntry.id(self.0.id)
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The person who acted; null for the command line, and after the account was erased.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(id) = self.0.actor_id else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(id)).await.map_err(load_failed)?.map(User::from))
    }

    /// The mutation or command.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The identifier of the affected object.
    async fn target(&self) -> Option<ID> {
        self.0.target.as_ref().map(|target| ID(BASE64URL_NOPAD.encode(target.as_bytes())))
    }

    /// The changes, as JSON.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}
