//! What readers do with papers: vote, submit, comment.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::community::comments::{self, NewComment};
use domain::community::submit::{self, Submission};
use domain::community::upvotes;
use domain::entity::enums::Role;
use domain::error::{Error, UserErrorCode};
use domain::papers::ArxivId;
use domain::sources::lookup::{self, Asker, Lookup};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, into_graphql};
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::{comment, paper, row};
use crate::contract::types::comment::Comment;
use crate::contract::types::paper::Paper;

#[derive(Default)]
pub struct CommunityMutation;

#[Object]
impl CommunityMutation {
    /// Votes for a paper. Idempotent. A person can vote at most 300 times an hour.
    async fn upvote_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<Option<UpvotePaperPayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let done = match row(NodeType::Paper, &paper_id, &["paperId"]) {
            Ok(row) => upvotes::give(ctx.services(), user_id, row).await.map(|()| row),
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(UpvotePaperPayload { paper, user_errors }))
    }

    /// Removes a vote. Idempotent.
    async fn remove_upvote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<Option<RemoveUpvotePayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let done = match row(NodeType::Paper, &paper_id, &["paperId"]) {
            Ok(row) => upvotes::take_back(ctx.services(), user_id, row).await.map(|()| row),
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(RemoveUpvotePayload { paper, user_errors }))
    }

    /// Adds a paper to today's feed; each paper can be featured once. If the setting `arxiv_lookups_per_hour` allows it,
    /// a paper that is not known is looked up at arXiv. Settings limit how many papers readers can
    /// submit in a day, and how old they can be.
    async fn submit_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: SubmitPaperInput,
    ) -> Result<Option<SubmitPaperPayload>> {
        let viewer = ctx.require(Role::Reader)?;
        let submission = Submission {
            arxiv_id: input.arxiv_id,
            comment: input.comment,
            project_url: input.project_url,
            repository_url: input.repository_url,
        };
        let mut done = submit::submit(ctx.services(), viewer, &submission).await;
        if done.as_ref().is_err_and(|error| error.is_user(UserErrorCode::NotFound))
            && let Some(id) = ArxivId::parse(&submission.arxiv_id)
            && let Lookup::Found(_) =
                lookup::look_up(ctx.services(), &id, Asker::Person).await.map_err(into_graphql)?
        {
            done = submit::submit(ctx.services(), viewer, &submission).await;
        }
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(SubmitPaperPayload { paper, user_errors }))
    }

    /// Adds a comment on a paper, or a reply to one. A person can write at most 60 an hour.
    async fn add_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: AddCommentInput,
    ) -> Result<Option<AddCommentPayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let parent =
            input.parent_id.map(|id| row(NodeType::Comment, &id, &["input", "parentId"])).transpose();
        let done = match (row(NodeType::Paper, &input.paper_id, &["input", "paperId"]), parent) {
            (Ok(paper_id), Ok(parent_id)) => {
                let idempotency_key = input.idempotency_key;
                let comment = NewComment { paper_id, parent_id, body: input.body, idempotency_key };
                comments::write(ctx.services(), user_id, &comment).await
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        let (comment, user_errors) = comment(ctx, done).await?;
        Ok(Some(AddCommentPayload { comment, user_errors }))
    }

    /// Changes a comment of the viewer.
    async fn update_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the comment.")] id: ID,
        #[graphql(desc = "The text, in Markdown.")] body: String,
    ) -> Result<Option<UpdateCommentPayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let done = match own_row(&id) {
            Ok(row) => comments::edit(ctx.services(), user_id, row, &body).await,
            Err(error) => Err(error),
        };
        let (comment, user_errors) = comment(ctx, done).await?;
        Ok(Some(UpdateCommentPayload { comment, user_errors }))
    }

    /// Deletes the text of a comment of the viewer.
    async fn delete_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the comment.")] id: ID,
    ) -> Result<Option<DeleteCommentPayload>> {
        let user_id = ctx.require(Role::Reader)?.user_id;
        let done = match own_row(&id) {
            Ok(row) => comments::delete(ctx.services(), user_id, row).await,
            Err(error) => Err(error),
        };
        let (comment, user_errors) = comment(ctx, done).await?;
        Ok(Some(DeleteCommentPayload { comment, user_errors }))
    }
}

fn own_row(id: &ID) -> domain::Result<i64> {
    NodeType::Comment
        .row(id)
        .ok_or_else(|| Error::user(UserErrorCode::NotFound, &["id"], "You have no such comment."))
}

/// A paper for today's feed.
#[derive(Clone, Debug, InputObject)]
pub struct SubmitPaperInput {
    /// The arXiv identifier, in any form that Query.paper accepts.
    arxiv_id: String,
    /// A comment on the paper in Markdown, at most 10,000 characters.
    comment: Option<String>,
    /// The project page, if none is known.
    project_url: Option<String>,
    /// The source code, if none is known.
    repository_url: Option<String>,
}

/// A comment on a paper.
#[derive(Clone, Debug, InputObject)]
pub struct AddCommentInput {
    /// A key that is unique to the caller for 24 hours; a repeated request gets the response of the first one.
    idempotency_key: Option<String>,
    /// The paper.
    paper_id: ID,
    /// Markdown, at most 10,000 characters.
    body: String,
    /// The comment that it replies to, on the same paper.
    parent_id: Option<ID>,
}

/// The result of upvotePaper.
#[derive(SimpleObject)]
pub struct UpvotePaperPayload {
    /// The paper after the change.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of removeUpvote.
#[derive(SimpleObject)]
pub struct RemoveUpvotePayload {
    /// The paper after the change.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of submitPaper.
#[derive(SimpleObject)]
pub struct SubmitPaperPayload {
    /// The paper, on its feed.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of addComment.
#[derive(SimpleObject)]
pub struct AddCommentPayload {
    /// The comment.
    comment: Option<Comment>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of updateComment.
#[derive(SimpleObject)]
pub struct UpdateCommentPayload {
    /// The comment after the change.
    comment: Option<Comment>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of deleteComment.
#[derive(SimpleObject)]
pub struct DeleteCommentPayload {
    /// The comment after its deletion.
    comment: Option<Comment>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
