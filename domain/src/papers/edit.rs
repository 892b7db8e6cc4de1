//! Papers made and changed by curators.

use entity::{organization, paper};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use crate::calendar::DayBounds;
use crate::error::{Error, UserError, UserErrorCode};
use crate::idempotency::IdempotencyKey;
use crate::locks::Lock;
use crate::{Result, audit};

use super::cleared::Cleared;
use super::identity::may_be_one;
use super::new_paper::{MAX_NAME, NewOrganization, NewPaper};
use super::precedence::Speaker;
use super::prepared::PreparedPaper;
use super::{taxonomy, upsert, withdrawn};

/// Characters of a value in the audit log.
const MAX_AUDITED: usize = 300;

/// The input of a curator for a paper; the organization by slug or by name.
#[derive(Clone, Debug, Default)]
pub struct PaperInput {
    /// All but the organization.
    pub paper: NewPaper,
    /// Slug or name.
    pub organization: Option<String>,
    /// Marks a repeated request.
    pub idempotency_key: Option<String>,
    /// The fields to clear.
    pub cleared: Cleared,
}

/// Makes a paper and returns its row id.
///
/// # Errors
/// What is missing or wrong in the input; `TAKEN` if the arXiv identifier or the title is known.
pub async fn create(
    tx: &DatabaseTransaction,
    bounds: &DayBounds,
    actor_id: i64,
    input: &PaperInput,
) -> Result<i64> {
    let now = bounds.now();
    let key =
        IdempotencyKey { user_id: actor_id, action: "createPaper", key: input.idempotency_key.as_deref() };
    if let Some(paper_id) = key.first_target(tx, now).await? {
        return Ok(paper_id);
    }
    let new = checked(tx, bounds, input, None).await?;
    let done = upsert::upsert(tx, now, &[&PreparedPaper::new(new)]).await?;
    let &[upsert::UpsertResult { paper_id, .. }] = done.as_slice() else {
        return Err(Error::Internal("a created paper has no id".to_owned()));
    };
    key.remember(tx, now, paper_id).await?;
    audit::record(tx, now, Some(actor_id), "createPaper", Some(format!("Paper:{paper_id}")), None).await?;
    Ok(paper_id)
}

/// Changes a paper; what the input does not say stays, what it gives as empty is emptied. Nothing new:
/// nothing changes. Returns whether something did.
///
/// # Errors
/// `NOT_FOUND`, what is wrong in the input, and `TAKEN` if another paper has the arXiv identifier.
pub async fn update(
    tx: &DatabaseTransaction,
    bounds: &DayBounds,
    actor_id: i64,
    paper_id: i64,
    input: &PaperInput,
) -> Result<bool> {
    let now = bounds.now();
    let key =
        IdempotencyKey { user_id: actor_id, action: "updatePaper", key: input.idempotency_key.as_deref() };
    match key.first_target(tx, now).await? {
        Some(first) if first == paper_id => return Ok(false),
        Some(_) => {
            let message = "This idempotency key was used for another paper.";
            return Err(Error::user(UserErrorCode::Conflict, &["input", "idempotencyKey"], message));
        }
        None => {}
    }
    Lock::Papers.hold(tx).await?;
    let before = paper::Entity::find_by_id(paper_id)
        .one(tx)
        .await?
        .ok_or_else(|| Error::user(UserErrorCode::NotFound, &["paperId"], "There is no such paper."))?;
    let new = checked(tx, bounds, input, Some(&before)).await?;
    let is_changed = upsert::update(tx, now, paper_id, &new, input.cleared).await?;
    if is_changed {
        let target = Some(format!("Paper:{paper_id}"));
        let after = paper::Entity::find_by_id(paper_id).one(tx).await?;
        let detail = after.map(|after| changes(&before, &after));
        audit::record(tx, now, Some(actor_id), "updatePaper", target, detail).await?;
    }
    key.remember(tx, now, paper_id).await?;
    Ok(is_changed)
}

/// The old and the new value of each field that changed, for the audit log. Long texts are shortened.
fn changes(before: &paper::Model, after: &paper::Model) -> serde_json::Value {
    let fields = |paper: &paper::Model| {
        let text = |text: &str| serde_json::Value::from(plain_text::shorten(text, MAX_AUDITED));
        let given = |value: &Option<String>| value.as_deref().map_or(serde_json::Value::Null, text);
        [
            ("title", text(&paper.title)),
            ("abstract", text(&paper.r#abstract)),
            ("summary", given(&paper.summary)),
            ("authors", text(&paper.authors.0.join(", "))),
            ("arxivId", given(&paper.arxiv_id)),
            ("organizationId", paper.organization_id.into()),
            ("publishedOn", paper.published_on.to_string().into()),
            ("projectUrl", given(&paper.project_url)),
            ("repositoryUrl", given(&paper.repository_url)),
            ("thumbnailUrl", given(&paper.thumbnail_url)),
        ]
    };
    let pairs = fields(before).into_iter().zip(fields(after)).filter(|((_, old), (_, new))| old != new);
    pairs.map(|((name, old), (_, new))| (name.to_owned(), audit::change(old, new))).collect()
}

/// The input cleaned and checked, for a new paper or for this one.
async fn checked(
    tx: &DatabaseTransaction,
    bounds: &DayBounds,
    input: &PaperInput,
    known: Option<&paper::Model>,
) -> Result<NewPaper> {
    let mut new = input.paper.clone().cleaned();
    new.said.by = Speaker::Curator;
    let (is_new, paper_id) = (known.is_none(), known.map(|known| known.id));
    if input.paper.title.is_some() && new.title.is_none() && !is_new {
        let message = "The title must not be empty.";
        return Err(Error::user(UserErrorCode::Required, &["input", "title"], message));
    }
    if is_new && new.title.is_none() && new.arxiv_id.is_some() {
        let message = "Papers cannot be looked up at arXiv yet: give the title, abstract and publishedOn.";
        return Err(Error::user(UserErrorCode::Required, &["input", "title"], message));
    }
    let mut problems = new.problems(is_new);
    if problems.is_empty() {
        problems.extend(spell_categories(&mut new.categories));
    }
    if is_new && new.r#abstract.as_deref().is_some_and(withdrawn::says_withdrawn) {
        new.withdrawn_on = Some(bounds.today());
    }
    if let Some(Err(refusal)) = new.published_on.map(|day| bounds.past_day(day)) {
        let field = ["input", "publishedOn"];
        problems.push(UserError::new(UserErrorCode::Invalid, &field, refusal.to_string()));
    }
    if !problems.is_empty() {
        return Err(Error::User(problems));
    }
    if let Some(id) = &new.arxiv_id {
        let other = paper::Entity::find().filter(paper::Column::ArxivId.eq(id.as_str())).one(tx).await?;
        if let Some(other) = other.filter(|other| Some(other.id) != paper_id) {
            let message = format!("There is already a paper with the identifier {id}: {}.", other.title);
            return Err(Error::user(UserErrorCode::Taken, &["input", "arxivId"], message));
        }
    }
    if let Some(title) = &new.title {
        // A paper without an identifier is known by its title; with different ones they are two.
        let mut same = paper::Entity::find()
            .filter(paper::Column::TitleKey.eq(plain_text::title_key(title)))
            .filter(paper::Column::Id.ne(paper_id.unwrap_or_default()));
        if new.arxiv_id.is_some() || known.is_some_and(|known| known.arxiv_id.is_some()) {
            same = same.filter(paper::Column::ArxivId.is_null());
        }
        let same = same.all(tx).await?;
        let authors =
            if new.authors.is_empty() { known.map(|known| &known.authors.0) } else { Some(&new.authors) };
        let is_one =
            |other: &&paper::Model| authors.is_none_or(|authors| may_be_one(authors, &other.authors.0));
        if let Some(other) = same.iter().find(is_one) {
            let message = format!("There is already a paper with this title: {}.", other.slug);
            return Err(Error::user(UserErrorCode::Taken, &["input", "title"], message));
        }
    }
    if let Some(name) =
        input.organization.as_deref().map(plain_text::one_line).filter(|name| !name.is_empty())
    {
        new.organization = Some(organization(tx, name).await?);
    }
    Ok(new)
}

/// Spells codes as arXiv does; returns the first that it does not have.
fn spell_categories(codes: &mut [String]) -> Option<UserError> {
    for code in codes {
        match taxonomy::checked(code) {
            Ok(known) => known.clone_into(code),
            Err(message) => {
                return Some(UserError::new(UserErrorCode::Invalid, &["input", "categories"], message));
            }
        }
    }
    None
}

/// The organization of this slug or name, or a new one of this name.
async fn organization(tx: &DatabaseTransaction, name: String) -> Result<NewOrganization> {
    let known = organization::Entity::find()
        .filter(
            organization::Column::Slug
                .eq(name.to_lowercase())
                .or(organization::Column::Name.eq(name.as_str())),
        )
        .one(tx)
        .await?;
    if let Some(known) = known {
        return Ok(NewOrganization { slug: known.slug, name: known.name, logo_url: known.logo_url });
    }
    let slug = slug::slugify(&name);
    if slug.is_empty() || name.chars().count() > MAX_NAME {
        let message = format!(
            "The name of an organization must have 1 to {MAX_NAME} characters, including a letter or digit."
        );
        return Err(Error::user(UserErrorCode::Invalid, &["input", "organization"], message));
    }
    Ok(NewOrganization { slug, name, logo_url: None })
}
