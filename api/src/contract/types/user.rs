//! People with an account, and their access tokens.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use domain::accounts::read;
use domain::db::ColumnSet;
use domain::entity::enums::Role as DomainRole;
use domain::entity::{access_token, user};
use domain::paging::Columns as _;
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
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> Result<ID> {
        Ok(NodeType::User.id(*value(&self.0.id)?))
    }

    /// Unique: letters, digits, dashes and underscores.
    async fn handle(&self) -> Result<&str> {
        Ok(value(&self.0.handle)?)
    }

    /// The name as shown.
    async fn display_name(&self) -> Result<&str> {
        Ok(value(&self.0.display_name)?)
    }

    /// What the person may do.
    async fn role(&self) -> Result<Role> {
        Ok((*value(&self.0.role)?).into())
    }

    /// When the account was made.
    async fn joined_at(&self) -> Result<DateTime> {
        Ok(DateTime(*value(&self.0.joined_at)?))
    }

    /// The address that signs in. Null except to the person and to administrators.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<EmailAddress>> {
        let may_see = self.is_viewer(ctx)? || ctx.require(DomainRole::Admin).is_ok();
        Ok(value(&self.0.email)?.clone().filter(|_| may_see).map(EmailAddress))
    }

    /// Since when an administrator keeps the person from acting. Null except to administrators.
    async fn banned_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(value(&self.0.banned_at)?.filter(|_| ctx.require(DomainRole::Admin).is_ok()).map(DateTime))
    }

    /// The papers that the person voted for, the newest first.
    async fn upvoted_papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<Inline<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::UpvotedBy(*value(&self.0.id)?), None, PaperOrder::Newest, page).await
    }

    /// The person's access tokens, the latest first. Null except to the person.
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

/// What a person may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainRole")]
pub enum Role {
    /// Votes, comments, submits.
    Reader,
    /// Features, edits and hides papers.
    Curator,
    /// Runs the place.
    Admin,
}

/// A token that speaks for a person in programs.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct AccessToken {
    #[graphql(skip)]
    row: i64,
    /// What its owner calls it.
    name: String,
    /// When it was made.
    created_at: DateTime,
    /// When a request last carried it, to the minute.
    last_used_at: Option<DateTime>,
    /// The last day (UTC) on which it works; null: no end.
    expires_on: Option<Date>,
}

/// A token that speaks for a person in programs.
#[async_graphql::ComplexObject]
impl AccessToken {
    /// Its identifier, unique across all types.
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
