//! Submissions of papers to today's feed by readers.

use chrono::{DateTime, Days, Utc};
use entity::enums::Role;
use entity::{featured_paper, paper};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use crate::accounts::Viewer;
use crate::error::{Error, UserError, UserErrorCode};
use crate::events::Event;
use crate::papers::cleared::Cleared;
use crate::papers::{ArxivId, NewPaper, feature, upsert};
use crate::settings::SubmissionSettings;
use crate::{Result, Services};

use super::comments::{self, CommentText, NewComment};
use super::counts;

/// A submission by a reader.
#[derive(Clone, Debug)]
pub struct Submission {
    /// arXiv identifier, in any form.
    pub arxiv_id: String,
    /// The reader's comment, in Markdown.
    pub comment: Option<String>,
    /// The authors' page on it, if none is known.
    pub project_url: Option<String>,
    /// Its source code, if none is known.
    pub repository_url: Option<String>,
}

/// Features a paper today, once; returns its row id.
///
/// # Errors
/// `INVALID` for the identifier, the addresses, and a paper that is too old; `NOT_FOUND` if the paper is not
/// known; `CONFLICT` if it was featured before; `LIMIT_REACHED` if the person submitted enough today.
pub async fn submit(services: &Services, viewer: &Viewer, new: &Submission) -> Result<i64> {
    let now = services.now();
    let id = ArxivId::parse(&new.arxiv_id).ok_or_else(|| {
        let message = "This is not an arXiv identifier such as 2006.10029.";
        Error::user(UserErrorCode::Invalid, &["input", "arxivId"], message)
    })?;
    let links = NewPaper {
        project_url: new.project_url.clone(),
        repository_url: new.repository_url.clone(),
        ..NewPaper::default()
    };
    let links = links.cleaned();
    let problems: Vec<UserError> = links.problems(false);
    if !problems.is_empty() {
        return Err(Error::User(problems));
    }
    let text = match new.comment.as_deref().filter(|body| !body.trim().is_empty()) {
        Some(body) => Some(CommentText::new(body, &["input", "comment"]).await?),
        None => None,
    };
    let (id, links, text) = (&id, &links, &text);
    let paper_id = services
        .db
        .write(|tx| {
            Box::pin(async move {
                counts::lock_user(tx, viewer.user_id).await?;
                let paper = known(tx, id).await?;
                let paper_id = paper.id;
                if viewer.role == Role::Reader {
                    within_limits(tx, services, viewer, &paper, now).await?;
                }
                let before =
                    featured_paper::Entity::find().filter(featured_paper::Column::PaperId.eq(paper_id));
                if let Some(before) = before.one(tx).await? {
                    let message = format!("This paper was already featured on {}.", before.day);
                    return Err(Error::user(UserErrorCode::Conflict, &["input", "arxivId"], message));
                }
                // What is known of a paper is not a reader's to change.
                let added = NewPaper {
                    project_url: links.project_url.clone().filter(|_| paper.project_url.is_none()),
                    repository_url: links.repository_url.clone().filter(|_| paper.repository_url.is_none()),
                    ..NewPaper::default()
                };
                upsert::update(tx, now, paper_id, &added, Cleared::default()).await?;
                let calendar = &services.settings.calendar;
                feature::feature(tx, now, calendar, viewer.user_id, paper_id, None).await?;
                if let Some(text) = text {
                    let body = String::new();
                    let comment = NewComment { paper_id, parent_id: None, body, idempotency_key: None };
                    let done = comments::insert(tx, services, viewer.user_id, &comment, text).await;
                    done.map_err(at_comment)?;
                }
                Ok(paper_id)
            })
        })
        .await?;
    services.publish(Event::PaperFeatured { paper_id });
    services.publish(Event::PaperChanged { paper_id });
    Ok(paper_id)
}

async fn known(tx: &DatabaseTransaction, id: &ArxivId) -> Result<paper::Model> {
    let unknown = || {
        let message = format!("{id} is not known here, and papers cannot be looked up at arXiv yet.");
        Error::user(UserErrorCode::NotFound, &["input", "arxivId"], message)
    };
    let known = paper::Entity::find().filter(paper::Column::ArxivId.eq(id.as_str())).one(tx).await?;
    let paper = counts::lock(tx, known.ok_or_else(unknown)?.id, &["input", "arxivId"]).await?;
    Ok(paper)
}

async fn within_limits(
    tx: &DatabaseTransaction,
    services: &Services,
    viewer: &Viewer,
    paper: &paper::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let SubmissionSettings { a_day, max_age_days } = services.settings.submissions;
    let today = services.settings.calendar.today(now);
    if paper.published_on < today - Days::new(max_age_days) {
        let message = format!("Papers can be submitted within {max_age_days} days of their publication.");
        return Err(Error::user(UserErrorCode::Invalid, &["input", "arxivId"], message));
    }
    let submitted = featured_paper::Entity::find()
        .filter(featured_paper::Column::FeaturedBy.eq(viewer.user_id))
        .filter(featured_paper::Column::Day.eq(today))
        .count(tx)
        .await?;
    if submitted >= a_day {
        let message = format!("You can submit at most {a_day} papers a day. Try again tomorrow.");
        return Err(Error::user(UserErrorCode::LimitReached, &[], message));
    }
    Ok(())
}

/// A problem of the comment, at its place in this input.
fn at_comment(error: Error) -> Error {
    match error {
        Error::User(problems) => Error::User(
            problems
                .into_iter()
                .map(|problem| UserError::new(problem.code, &["input", "comment"], problem.message))
                .collect(),
        ),
        other => other,
    }
}
