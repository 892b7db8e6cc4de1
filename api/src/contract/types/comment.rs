//! Comments on papers.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use db::paging::Columns as _;
use domain::community::comment_rows::{CommentColumns, CommentList, CommentRow};
use domain::entity;
use futures::future::BoxFuture;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{AnyPaperKey, CommentKey, load_failed};
use crate::contract::projection::{self, joined, value};
use crate::contract::scalars::DateTime;
use crate::contract::types::connection::{self, connection};
use crate::contract::types::paper::Paper;
use crate::contract::types::user::{self, User};
use graphql_server::ErrorCode;
use graphql_server::execution::inline::Inline;

/// A comment on a paper.
#[derive(Clone, Debug)]
pub struct Comment(pub Arc<CommentRow>);

impl From<CommentRow> for Comment {
    fn from(written: CommentRow) -> Self {
        Self(Arc::new(written))
    }
}

connection!(CommentConnection, CommentEdge, Comment, "comments");

/// A comment on a paper.
#[Object]
impl Comment {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> Result<ID> {
        Ok(NodeType::Comment.id(*value(&self.0.comment.id)?))
    }

    /// The paper that it is about.
    async fn paper(&self, ctx: &Context<'_>) -> Result<Inline<Paper>> {
        let paper = ctx
            .loader()
            .load_one(AnyPaperKey(*value(&self.0.comment.paper_id)?))
            .await
            .map_err(load_failed)?;
        paper
            .map(Paper::from)
            .map(Inline)
            .ok_or_else(|| ErrorCode::Internal.error("The paper of a comment is missing."))
    }

    /// The author. Null after the account was erased, and after the comment was deleted or hidden.
    async fn author(&self) -> Result<Option<Inline<User>>> {
        let author = if self.is_shown()? { joined(&self.0.author)? } else { None };
        Ok(author.map(|author| Inline(User(Arc::new(author.clone())))))
    }

    /// The text in Markdown. Null after it was deleted or hidden.
    async fn body(&self) -> Result<Option<&str>> {
        let body = value(&self.0.comment.body)?;
        Ok(self.is_shown()?.then_some(body.as_str()))
    }

    /// The text as safe HTML. Null after it was deleted or hidden.
    async fn body_html(&self) -> Result<Option<&str>> {
        let html = value(&self.0.comment.body_html)?;
        Ok(self.is_shown()?.then_some(html.as_str()))
    }

    /// The comment that it replies to.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Inline<Comment>>> {
        let Some(id) = *value(&self.0.comment.parent_id)? else { return Ok(None) };
        Ok(ctx.loader().load_one(CommentKey(id)).await.map_err(load_failed)?.map(Comment::from).map(Inline))
    }

    /// The replies, the oldest first.
    async fn replies(
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
    ) -> Result<Inline<CommentConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, CommentList::RepliesTo(*value(&self.0.comment.id)?), page).await
    }

    /// The time when it was written.
    async fn created_at(&self) -> Result<DateTime> {
        Ok(DateTime(*value(&self.0.comment.created_at)?))
    }

    /// The time of the last change.
    async fn edited_at(&self) -> Result<Option<DateTime>> {
        Ok(value(&self.0.comment.edited_at)?.map(DateTime))
    }
}

impl Comment {
    fn is_shown(&self) -> Result<bool> {
        self.0.is_shown().map_err(|error| into_graphql(error.into()))
    }
}

/// What a field of a comment is made of; what is not known here may be made of anything.
fn columns(field: &Field) -> CommentColumns {
    use entity::comment::Column;

    let of = |columns| CommentColumns::comment(columns);
    match field.name.node.as_str() {
        "__typename" | "id" | "replies" => of(&[]),
        "paper" => of(&[Column::PaperId]),
        "author" => of(&[]).with_author(projection::of_object(field, user::columns)),
        "body" => of(&[Column::Body]),
        "bodyHtml" => of(&[Column::BodyHtml]),
        "parent" => of(&[Column::ParentId]),
        "createdAt" => of(&[Column::CreatedAt]),
        "editedAt" => of(&[Column::EditedAt]),
        _ => CommentColumns::ALL,
    }
}

/// A page of comments.
///
/// # Errors
/// If the arguments are not valid.
///
/// Boxed, as lists of papers are.
pub fn list<'a>(
    ctx: &'a Context<'a>,
    list: CommentList,
    page: PageArguments,
) -> BoxFuture<'a, Result<Inline<CommentConnection>>> {
    let wanted = projection::of_nodes(&ctx.item.node, columns);
    Box::pin(async move {
        Ok(Inline(CommentConnection(connection::page(ctx, list, page, wanted, Comment::from).await?)))
    })
}

/// The comment with this row id, unless its paper is hidden from the viewer.
pub async fn load(ctx: &Context<'_>, id: i64) -> Result<Option<Comment>> {
    let Some(row) = ctx.loader().load_one(CommentKey(id)).await.map_err(load_failed)? else {
        return Ok(None);
    };
    let paper = *value(&row.comment.paper_id)?;
    let papers = domain::papers::read::by_ids(ctx.services().db.read(), &[paper], ctx.sight()).await;
    let is_visible = !papers.map_err(into_graphql)?.is_empty();
    Ok(is_visible.then(|| row.into()))
}
