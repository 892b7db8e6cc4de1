//! What curators do with papers and comments that should not be seen.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::community::moderation;
use domain::entity::enums::Role;

use crate::contract::context::ContextExt as _;
use crate::contract::error::UserError;
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::{comment, paper, row};
use crate::contract::types::comment::Comment;
use crate::contract::types::paper::Paper;

#[derive(Default)]
pub struct ModerationMutation;

#[Object]
impl ModerationMutation {
    /// Curators. Hides a paper from lists, feeds, pages and digests that are not sent yet. Idempotent.
    async fn hide_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<Option<HidePaperPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match row(NodeType::Paper, &paper_id, &["paperId"]) {
            Ok(row) => moderation::hide_paper(ctx.services(), actor, row).await.map(|()| row),
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(HidePaperPayload { paper, user_errors }))
    }

    /// Curators. Restores a hidden paper, also on its feed. Idempotent.
    async fn restore_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<Option<RestorePaperPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match row(NodeType::Paper, &paper_id, &["paperId"]) {
            Ok(row) => moderation::restore_paper(ctx.services(), actor, row).await.map(|()| row),
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(RestorePaperPayload { paper, user_errors }))
    }

    /// Curators. Hides a comment. Idempotent.
    async fn hide_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the comment.")] id: ID,
    ) -> Result<Option<HideCommentPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match row(NodeType::Comment, &id, &["id"]) {
            Ok(row) => moderation::hide_comment(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (comment, user_errors) = comment(ctx, done).await?;
        Ok(Some(HideCommentPayload { comment, user_errors }))
    }

    /// Curators. Restores a hidden comment. Idempotent.
    async fn restore_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the comment.")] id: ID,
    ) -> Result<Option<RestoreCommentPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match row(NodeType::Comment, &id, &["id"]) {
            Ok(row) => moderation::restore_comment(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (comment, user_errors) = comment(ctx, done).await?;
        Ok(Some(RestoreCommentPayload { comment, user_errors }))
    }
}

/// The result of hidePaper.
#[derive(SimpleObject)]
pub struct HidePaperPayload {
    /// The paper, which only curators can see now.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of restorePaper.
#[derive(SimpleObject)]
pub struct RestorePaperPayload {
    /// The paper after the change.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of hideComment.
#[derive(SimpleObject)]
pub struct HideCommentPayload {
    /// The comment after its deletion.
    comment: Option<Comment>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of restoreComment.
#[derive(SimpleObject)]
pub struct RestoreCommentPayload {
    /// The comment after the change.
    comment: Option<Comment>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
