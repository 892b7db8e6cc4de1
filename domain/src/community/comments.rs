//! Comments: written, changed and deleted by their authors. The text is kept as it was written, and beside it the HTML
//! that is shown.
//!
//! Always: HTML is made before the transaction, which holds a lock on the paper.

use chrono::TimeDelta;
use entity::{comment, paper};
use plain_text::is_direction_control;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::error::{Error, UserErrorCode};
use crate::events::Event;
use crate::idempotency::IdempotencyKey;
use crate::{Result, Services};

use super::{counts, markdown};

/// The maximum length of a comment, in characters.
pub const MAX_BODY: usize = 10_000;

/// The maximum number of comments of a person in an hour.
pub const MAX_COMMENTS_PER_HOUR: u64 = 60;

/// A comment to be added to a paper.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// The paper.
    pub paper_id: i64,
    /// The comment that it answers, of the same paper.
    pub parent_id: Option<i64>,
    /// Markdown.
    pub body: String,
    /// Marks a repeated request.
    pub idempotency_key: Option<String>,
}

/// A text that may be a comment, and what is shown of it.
#[derive(Clone, Debug)]
pub(super) struct CommentText {
    body: String,
    html: String,
}

impl CommentText {
    /// Checks a text that stood in `field`, and makes its HTML.
    ///
    /// # Errors
    /// `REQUIRED`, `TOO_LONG` and `INVALID` for the text.
    pub(super) async fn new(text: &str, field: &[&str]) -> Result<Self> {
        let body = checked(text, field)?;
        let html = markdown::render(body.clone()).await?;
        Ok(Self { body, html })
    }
}

/// Writes a comment.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` and `INVALID` for the text, `NOT_FOUND` if there is no such paper or no such comment to
/// answer, `LIMIT_REACHED` above [`MAX_COMMENTS_PER_HOUR`] comments an hour.
pub async fn write(services: &Services, author_id: i64, new: &NewComment) -> Result<comment::Model> {
    let text = &CommentText::new(&new.body, &["input", "body"]).await?;
    let comment = services
        .db
        .write(|tx| Box::pin(async move { insert(tx, services, author_id, new, text).await }))
        .await?;
    services.publish(Event::CommentAdded { comment_id: comment.id, paper_id: comment.paper_id });
    Ok(comment)
}

/// Writes a comment in a transaction that does more.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    services: &Services,
    author_id: i64,
    new: &NewComment,
    text: &CommentText,
) -> Result<comment::Model> {
    let now = services.now();
    let key =
        IdempotencyKey { user_id: author_id, action: "addComment", key: new.idempotency_key.as_deref() };
    // The writer first, so that the count of the hour holds; then the paper, then comments.
    counts::lock_user(tx, author_id).await?;
    let paper = counts::lock(tx, new.paper_id, &["input", "paperId"]).await?;
    if let Some(first) = key.first_target(tx, now).await? {
        let first = comment::Entity::find_by_id(first).one(tx).await?;
        return first.filter(|first| first.paper_id == new.paper_id).ok_or_else(|| {
            Error::user(
                UserErrorCode::Conflict,
                &["input", "idempotencyKey"],
                "This idempotency key was used for another comment.",
            )
        });
    }
    if let Some(parent_id) = new.parent_id {
        let parent = comment::Entity::find_by_id(parent_id).one(tx).await?;
        if parent.is_none_or(|parent| parent.paper_id != new.paper_id || !is_shown(&parent)) {
            let message = "This paper has no such comment.";
            return Err(Error::user(UserErrorCode::NotFound, &["input", "parentId"], message));
        }
    }
    let lately = comment::Entity::find()
        .filter(comment::Column::AuthorId.eq(author_id))
        .filter(comment::Column::CreatedAt.gt(now - TimeDelta::hours(1)));
    if lately.count(tx).await? >= MAX_COMMENTS_PER_HOUR {
        let message =
            format!("You can write at most {MAX_COMMENTS_PER_HOUR} comments an hour. Try again later.");
        return Err(Error::user(UserErrorCode::LimitReached, &[], message));
    }
    let comment = comment::ActiveModel {
        id: NotSet,
        paper_id: Set(new.paper_id),
        author_id: Set(Some(author_id)),
        parent_id: Set(new.parent_id),
        body: Set(text.body.clone()),
        body_html: Set(text.html.clone()),
        created_at: Set(now),
        edited_at: Set(None),
        deleted_at: Set(None),
        hidden_at: Set(None),
    };
    let comment = comment.insert(tx).await?;
    counts::add(tx, paper, 0, 1).await?;
    key.remember(tx, now, comment.id).await?;
    Ok(comment)
}

/// Changes a comment of one's own.
///
/// # Errors
/// `NOT_FOUND` if the person has no such comment, `REQUIRED`, `TOO_LONG` and `INVALID` for the text.
pub async fn edit(services: &Services, author_id: i64, id: i64, body: &str) -> Result<comment::Model> {
    let now = services.now();
    let text = &CommentText::new(body, &["body"]).await?;
    let comment = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let (_, comment) = own(tx, author_id, id).await?;
                if comment.body == text.body {
                    return Ok(comment);
                }
                let mut changed: comment::ActiveModel = comment.into();
                changed.body = Set(text.body.clone());
                changed.body_html = Set(text.html.clone());
                changed.edited_at = Set(Some(now));
                Ok(changed.update(tx).await?)
            })
        })
        .await?;
    services.publish(Event::PaperChanged { paper_id: comment.paper_id });
    Ok(comment)
}

/// Deletes a comment of one's own; what was written is gone, its place in the thread stays.
///
/// # Errors
/// `NOT_FOUND` if the person has no such comment.
pub async fn delete(services: &Services, author_id: i64, id: i64) -> Result<comment::Model> {
    let now = services.now();
    let comment = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let (paper, comment) = own(tx, author_id, id).await?;
                let mut deleted: comment::ActiveModel = comment.into();
                deleted.body = Set(String::new());
                deleted.body_html = Set(String::new());
                deleted.deleted_at = Set(Some(now));
                let comment = deleted.update(tx).await?;
                counts::add(tx, paper, 0, -1).await?;
                Ok(comment)
            })
        })
        .await?;
    services.publish(Event::PaperChanged { paper_id: comment.paper_id });
    Ok(comment)
}

/// Whether a comment is there to be read.
pub(super) fn is_shown(comment: &comment::Model) -> bool {
    comment.deleted_at.is_none() && comment.hidden_at.is_none()
}

/// A comment of one's own and its paper, both locked, the paper first as everywhere.
async fn own(tx: &DatabaseTransaction, author_id: i64, id: i64) -> Result<(paper::Model, comment::Model)> {
    let missing = || Error::user(UserErrorCode::NotFound, &["id"], "You have no such comment.");
    let paper_id = comment::Entity::find_by_id(id).one(tx).await?.ok_or_else(missing)?.paper_id;
    let paper = counts::lock_any(tx, paper_id).await?;
    let comment = comment::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await?;
    let is_own = |comment: &comment::Model| comment.author_id == Some(author_id) && is_shown(comment);
    match comment.filter(is_own) {
        Some(comment) if paper.hidden_at.is_none() => Ok((paper, comment)),
        _ => Err(missing()),
    }
}

/// The text with the same line ends everywhere, without what cannot be seen at its ends and what would turn the direction
/// of the text around it.
fn checked(body: &str, field: &[&str]) -> Result<String> {
    let body = body.replace("\r\n", "\n").replace(is_direction_control, "").trim().to_owned();
    if body.is_empty() {
        return Err(Error::user(UserErrorCode::Required, field, "The comment is empty."));
    }
    if body.chars().count() > MAX_BODY {
        let message = format!("A comment can have at most {MAX_BODY} characters.");
        return Err(Error::user(UserErrorCode::TooLong, field, message));
    }
    if markdown::is_too_deep(&body) {
        let message =
            format!("Quotes and lists can be nested at most {} levels deep.", markdown::MAX_NESTING);
        return Err(Error::user(UserErrorCode::Invalid, field, message));
    }
    Ok(body)
}
