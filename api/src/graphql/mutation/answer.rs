//! What mutations on papers and comments share: from identifiers to rows, and back to objects.

use async_graphql::{Context, ID, Result};
use domain::error::{Error, UserErrorCode};

use crate::graphql::context::ContextExt as _;
use crate::graphql::error::{UserError, outcome};
use crate::graphql::ids::NodeType;
use crate::graphql::loaders::{AnyPaperKey, failed};
use crate::graphql::types::paper::Paper;

/// The row of a paper; `field` says where its identifier stood.
pub(super) fn paper_row(id: &ID, field: &[&str]) -> domain::Result<i64> {
    let missing = || Error::user(UserErrorCode::NotFound, field, "There is no such paper.");
    NodeType::Paper.row(id).ok_or_else(missing)
}

/// The row of a comment; `field` says where its identifier stood.
pub(super) fn comment_row(id: &ID, field: &[&str]) -> domain::Result<i64> {
    let missing = || Error::user(UserErrorCode::NotFound, field, "There is no such comment.");
    NodeType::Comment.row(id).ok_or_else(missing)
}

/// The paper with the row that a mutation answers, as it now is.
pub(super) async fn paper(
    ctx: &Context<'_>,
    done: domain::Result<i64>,
) -> Result<(Option<Paper>, Vec<UserError>)> {
    let (row, user_errors) = outcome(done)?;
    let Some(row) = row else { return Ok((None, user_errors)) };
    let paper = ctx.loader().load_one(AnyPaperKey(row)).await.map_err(failed)?;
    Ok((paper.map(Paper), user_errors))
}
