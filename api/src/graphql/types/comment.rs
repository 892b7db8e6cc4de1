//! Comments on papers.

use async_graphql::{Context, ID, Object, Result};
use domain::community::comments::is_shown;
use domain::community::markdown;
use domain::community::written::{CommentList, Written};

use crate::graphql::context::ContextExt as _;
use crate::graphql::cursor::PageArguments;
use crate::graphql::direct::Direct;
use crate::graphql::error::{Code, convert};
use crate::graphql::ids::NodeType;
use crate::graphql::loaders::{AnyPaperKey, CommentKey, failed};
use crate::graphql::scalars::DateTime;

use super::connection::{self, connection};
use super::paper::Paper;
use super::user::User;

/// What someone wrote about a paper.
#[derive(Clone, Debug)]
pub struct Comment(pub Written);

connection!(CommentConnection, CommentEdge, Comment, "comments");

/// What someone wrote about a paper.
#[Object]
impl Comment {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Comment.id(self.0.comment.id)
    }

    /// The paper that it is about.
    async fn paper(&self, ctx: &Context<'_>) -> Result<Paper> {
        let paper = ctx.loader().load_one(AnyPaperKey(self.0.comment.paper_id)).await.map_err(failed)?;
        paper.map(Paper).ok_or_else(|| Code::Internal.error("The paper of a comment is gone."))
    }

    /// Who wrote it. Null once the account is gone, and once it was deleted or hidden.
    async fn author(&self) -> Option<Direct<User>> {
        self.0.author.clone().filter(|_| is_shown(&self.0.comment)).map(User).map(Direct)
    }

    /// Markdown as it was written. Null once deleted or hidden.
    async fn body(&self) -> Option<&str> {
        is_shown(&self.0.comment).then_some(self.0.comment.body.as_str())
    }

    /// The body as safe HTML. Null once deleted or hidden.
    async fn body_html(&self) -> Option<String> {
        // A long thread is not made in one go: others have their turn, and the deadline its chance.
        tokio::task::yield_now().await;
        is_shown(&self.0.comment).then(|| markdown::to_html(&self.0.comment.body))
    }

    /// The comment that it answers.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        let Some(id) = self.0.comment.parent_id else { return Ok(None) };
        Ok(ctx.loader().load_one(CommentKey(id)).await.map_err(failed)?.map(Comment))
    }

    /// The answers to it, the oldest first.
    async fn replies(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Direct<CommentConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, CommentList::RepliesTo(self.0.comment.id), &page).await
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.comment.created_at)
    }

    /// When it was last changed.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.comment.edited_at.map(DateTime)
    }
}

/// A page of comments.
///
/// # Errors
/// Where the arguments cannot be, or the database fails.
pub async fn list(
    ctx: &Context<'_>,
    list: CommentList,
    page: &PageArguments,
) -> Result<Direct<CommentConnection>> {
    Ok(Direct(CommentConnection(connection::page(ctx, list, page, Comment).await?)))
}

/// The comment with this row id, unless its paper is hidden from the viewer.
///
/// # Errors
/// Where the database fails.
pub async fn load(ctx: &Context<'_>, id: i64) -> Result<Option<Comment>> {
    let Some(row) = ctx.loader().load_one(CommentKey(id)).await.map_err(failed)? else { return Ok(None) };
    let papers =
        domain::papers::read::by_ids(ctx.services().db.read(), &[row.comment.paper_id], ctx.sight()).await;
    let is_visible = !papers.map_err(convert)?.is_empty();
    Ok(is_visible.then_some(Comment(row)))
}
