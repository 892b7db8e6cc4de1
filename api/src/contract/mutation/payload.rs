//! What mutations share: from identifiers to rows, and back to objects.

use async_graphql::{Context, ID, Result};
use domain::entity::comment;
use domain::error::{Error, UserErrorCode};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, outcome};
use crate::contract::ids::NodeType;
use crate::contract::loaders::{AnyPaperKey, CommentKey, load_failed};
use crate::contract::types::comment::Comment;
use crate::contract::types::paper::Paper;

/// The row id in an identifier of this type; `field` says where it stood.
pub(crate) fn row(node_type: NodeType, id: &ID, field: &[&str]) -> domain::Result<i64> {
    let noun = match node_type {
        NodeType::Comment => "comment",
        NodeType::Delivery => "mail",
        NodeType::Edition => "edition",
        NodeType::EmailSubscription => "subscription",
        NodeType::ImportRun => "import run",
        NodeType::Organization => "organization",
        NodeType::Paper => "paper",
        NodeType::User => "person",
        NodeType::AccessToken => "access token",
        NodeType::AuditEntry => "audit log entry",
    };
    let missing = || Error::user(UserErrorCode::NotFound, field, format!("There is no such {noun}."));
    node_type.row(id).ok_or_else(missing)
}

/// The paper with the row that a mutation answers, as it now is.
pub(crate) async fn paper(
    ctx: &Context<'_>,
    done: domain::Result<i64>,
) -> Result<(Option<Paper>, Vec<UserError>)> {
    let (row, user_errors) = outcome(done)?;
    let Some(row) = row else { return Ok((None, user_errors)) };
    let paper = ctx.loader().load_one(AnyPaperKey(row)).await.map_err(load_failed)?;
    Ok((paper.map(Paper::from), user_errors))
}

/// The comment that a mutation answers, as it now is.
pub(crate) async fn comment(
    ctx: &Context<'_>,
    done: domain::Result<comment::Model>,
) -> Result<(Option<Comment>, Vec<UserError>)> {
    let (row, user_errors) = outcome(done)?;
    let Some(row) = row else { return Ok((None, user_errors)) };
    let comment = ctx.loader().load_one(CommentKey(row.id)).await.map_err(load_failed)?;
    Ok((comment.map(Comment::from), user_errors))
}
