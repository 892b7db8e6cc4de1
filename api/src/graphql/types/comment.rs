//! Comments on papers.

use async_graphql::{Context, ID, Object, Result};
use domain::community::comments::is_shown;
use domain::community::{markdown, read};
use domain::entity::comment;

use crate::graphql::context::ContextExt as _;
use crate::graphql::cursor::PageArguments;
use crate::graphql::error::{Code, convert};
use crate::graphql::ids::NodeType;
use crate::graphql::loaders::{AnyPaperKey, CommentKey, UserKey, failed};
use crate::graphql::scalars::DateTime;

use super::connection::{self, connection};
use super::paper::Paper;
use super::user::User;

/// What someone wrote about a paper.
#[derive(Clone, Debug)]
pub struct Comment(pub comment::Model);

connection!(CommentConnection, CommentEdge, Comment, "comments");

/// What someone wrote about a paper.
#[Object]
impl Comment {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Comment.id(self.0.id)
    }

    /// The paper that it is about.
    async fn paper(&self, ctx: &Context<'_>) -> Result<Paper> {
        let paper = ctx.loader().load_one(AnyPaperKey(self.0.paper_id)).await.map_err(failed)?;
        paper.map(Paper).ok_or_else(|| Code::Internal.error("The paper of a comment is gone."))
    }

    /// Who wrote it. Null once the account is gone, and once it was deleted or hidden.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(id) = self.0.author_id.filter(|_| is_shown(&self.0)) else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(id)).await.map_err(failed)?.map(User))
    }

    /// Markdown as it was written. Null once deleted or hidden.
    async fn body(&self) -> Option<&str> {
        is_shown(&self.0).then_some(self.0.body.as_str())
    }

    /// The body as safe HTML. Null once deleted or hidden.
    async fn body_html(&self) -> Option<String> {
        // A long thread is not made in one go: others have their turn, and the deadline its chance.
        tokio::task::yield_now().await;
        is_shown(&self.0).then(|| markdown::to_html(&self.0.body))
    }

    /// The comment that it answers.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        let Some(id) = self.0.parent_id else { return Ok(None) };
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
    ) -> Result<CommentConnection> {
        let page = PageArguments { first, after, last, before };
        connection::page(ctx, read::replies(self.0.id), &page, Comment).await.map(CommentConnection)
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was last changed.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.edited_at.map(DateTime)
    }
}

/// The comments on a paper; totalCount counts those that are there to be read.
///
/// # Errors
/// Where the arguments cannot be, or the database fails.
pub async fn of_paper(ctx: &Context<'_>, paper_id: i64, page: &PageArguments) -> Result<CommentConnection> {
    connection::page(ctx, read::of_paper(paper_id), page, Comment).await.map(CommentConnection)
}

/// The comment with this row id, unless its paper is hidden from the viewer.
///
/// # Errors
/// Where the database fails.
pub async fn load(ctx: &Context<'_>, id: i64) -> Result<Option<Comment>> {
    let Some(row) = ctx.loader().load_one(CommentKey(id)).await.map_err(failed)? else { return Ok(None) };
    let papers = domain::papers::read::by_ids(ctx.services().db.read(), &[row.paper_id], ctx.sight()).await;
    let is_visible = !papers.map_err(convert)?.is_empty();
    Ok(is_visible.then_some(Comment(row)))
}
