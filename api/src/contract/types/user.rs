//! People with an account, and their access tokens.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use db::ColumnSet;
use db::paging::Columns as _;
use domain::accounts::read;
use domain::entity::enums::Role as DomainRole;
use domain::entity::{access_token, user};
use domain::papers::read::Scope;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::projection::value;
use crate::contract::scalars::{Date, DateTime, EmailAddress};
use crate::contract::types::connection::connection;
use crate::contract::types::paper::PaperConnection;
use crate::contract::types::paper_list::{PaperOrder, list};
use graphql_server::execution::inline::{Inline, InlineList};

/// A person with an account.
#[derive(Clone, Debug)]
pub struct User(pub Arc<user::ActiveModel>);

impl From<user::Model> for User {
    fn from(row: user::Model) -> Self {
        Self(Arc::new(row.into()))
    }
}

connection!(UserConnection, UserEdge, User, "people");

/// A person with an account.
#[Object]
impl User {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> Result<ID> {
        Ok(NodeType::User.id(*value(&self.0.id)?))
    }

    /// The unique name: letters, digits, dashes and underscores.
    async fn handle(&self) -> Result<&str> {
        Ok(value(&self.0.handle)?)
    }

    /// The display name.
    async fn display_name(&self) -> Result<&str> {
        Ok(value(&self.0.display_name)?)
    }

    /// The role of the user.
    async fn role(&self) -> Result<Role> {
        Ok((*value(&self.0.role)?).into())
    }

    /// The time when the account was created.
    async fn joined_at(&self) -> Result<DateTime> {
        Ok(DateTime(*value(&self.0.joined_at)?))
    }

    /// The address for signing in. Null except to the user and administrators.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<EmailAddress>> {
        let may_see = self.is_viewer(ctx)? || ctx.require(DomainRole::Admin).is_ok();
        Ok(value(&self.0.email)?.clone().filter(|_| may_see).map(EmailAddress))
    }

    /// The time when an administrator banned the user. Null except to administrators.
    async fn banned_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(value(&self.0.banned_at)?.filter(|_| ctx.require(DomainRole::Admin).is_ok()).map(DateTime))
    }

    /// The papers that the user voted for, the newest first.
    async fn upvoted_papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The number of entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the entries begin.")] after: Option<String>,
        #[graphql(
            desc = "The number of entries from the end, or before `before`: 0 to 100. It cannot be combined with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the entries end.")] before: Option<String>,
    ) -> Result<Inline<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::UpvotedBy(*value(&self.0.id)?), None, PaperOrder::Newest, page).await
    }

    /// The user's access tokens, the latest first. Null except to the user.
    async fn access_tokens(&self, ctx: &Context<'_>) -> Result<Option<InlineList<AccessToken>>> {
        if !self.is_viewer(ctx)? {
            return Ok(None);
        }
        // Boxed, as lists of papers are.
        let tokens = Box::pin(read::access_tokens(ctx.services().db.read(), *value(&self.0.id)?)).await;
        let tokens = tokens.map_err(into_graphql)?.into_iter().map(AccessToken::from);
        Ok(Some(InlineList(tokens.collect())))
    }
}

impl User {
    fn is_viewer(&self, ctx: &Context<'_>) -> Result<bool> {
        let id = *value(&self.0.id)?;
        Ok(ctx.viewer().is_some_and(|viewer| viewer.user_id == id))
    }
}

/// What a field of a person is made of, beside the id.
pub fn columns(field: &Field) -> ColumnSet {
    let column = match field.name.node.as_str() {
        "__typename" | "id" | "upvotedPapers" | "accessTokens" => return ColumnSet::MIN,
        "handle" => user::Column::Handle,
        "displayName" => user::Column::DisplayName,
        "role" => user::Column::Role,
        "joinedAt" => user::Column::JoinedAt,
        "email" => user::Column::Email,
        "bannedAt" => user::Column::BannedAt,
        _ => return ColumnSet::ALL,
    };
    ColumnSet::of(&[column])
}

/// The role of a user. Each role includes the rights of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainRole")]
pub enum Role {
    /// Readers: vote, comment and submit papers.
    Reader,
    /// Curators: feature, edit and hide papers.
    Curator,
    /// Administrators: manage users, subscriptions and digests.
    Admin,
}

/// A token with which programs act for a person.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct AccessToken {
    #[graphql(skip)]
    row: i64,
    /// The name that its owner gave it.
    name: String,
    /// The time of its creation.
    created_at: DateTime,
    /// The time of the last request that used it, to the minute.
    last_used_at: Option<DateTime>,
    /// The last day (UTC) on which it is valid; null if it does not expire.
    expires_on: Option<Date>,
}

/// A token with which programs act for a person.
#[async_graphql::ComplexObject]
impl AccessToken {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::AccessToken.id(self.row)
    }
}

impl From<access_token::Model> for AccessToken {
    fn from(row: access_token::Model) -> Self {
        Self {
            row: row.id,
            name: row.name,
            created_at: DateTime(row.created_at),
            last_used_at: row.last_used_at.map(DateTime),
            expires_on: row.expires_on.map(Date),
        }
    }
}
