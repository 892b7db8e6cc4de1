//! What curators do: feature papers, make and change them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::entity::enums::Role;
use domain::error::{Error, UserErrorCode};
use domain::papers::cleared::Cleared;
use domain::papers::{ArxivId, NewPaper, PaperInput as DomainInput, curation};

use crate::contract::context::ContextExt as _;
use crate::contract::error::UserError;
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::{paper, row};
use crate::contract::scalars::Date;
use crate::contract::types::paper::Paper;

#[derive(Default)]
pub struct CurationMutation;

#[Object]
impl CurationMutation {
    /// Curators. Features a paper, on today's feed if no day is given. Idempotent for the same day; CONFLICT for
    /// another day. A paper that was removed returns to its former day.
    async fn feature_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
        #[graphql(desc = "The day on which it is featured; the open day if it is omitted.")] on: Option<Date>,
    ) -> Result<Option<FeaturePaperPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match row(NodeType::Paper, &paper_id, &["paperId"]) {
            Ok(row) => curation::feature(ctx.services(), actor, row, on.map(|day| day.0)).await,
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(FeaturePaperPayload { paper, user_errors }))
    }

    /// Curators. Removes a paper from its feed. Idempotent.
    async fn unfeature_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<Option<UnfeaturePaperPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match row(NodeType::Paper, &paper_id, &["paperId"]) {
            Ok(row) => curation::unfeature(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(UnfeaturePaperPayload { paper, user_errors }))
    }

    /// Curators. Creates a paper.
    async fn create_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: PaperInput,
    ) -> Result<Option<CreatePaperPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match DomainInput::try_from(input) {
            Ok(input) => curation::create(ctx.services(), actor, &input).await,
            Err(error) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(CreatePaperPayload { paper, user_errors }))
    }

    /// Curators. Changes a paper.
    async fn update_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
        #[graphql(desc = "The input.")] input: PaperInput,
    ) -> Result<Option<UpdatePaperPayload>> {
        let actor = ctx.require(Role::Curator)?.user_id;
        let done = match (row(NodeType::Paper, &paper_id, &["paperId"]), DomainInput::try_from(input)) {
            (Ok(row), Ok(input)) => curation::update(ctx.services(), actor, row, &input).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        let (paper, user_errors) = paper(ctx, done).await?;
        Ok(Some(UpdatePaperPayload { paper, user_errors }))
    }
}

/// The data of a paper. To create one, give title, abstract and publishedOn. In an update, absent or null fields stay
/// unchanged; an empty text or list clears a field that may be empty.
#[derive(Clone, Debug, InputObject)]
pub struct PaperInput {
    /// A key that is unique to the caller for 24 hours; a repeated request gets the response of the first one.
    idempotency_key: Option<String>,
    /// The arXiv identifier, in any form that Query.paper accepts.
    arxiv_id: Option<String>,
    /// At most 1,000 characters.
    title: Option<String>,
    /// At most 20,000 characters.
    r#abstract: Option<String>,
    /// At most 2,000 characters.
    summary: Option<String>,
    /// Names in order, at most 10,000.
    authors: Option<Vec<String>>,
    /// A slug or name; an unknown name creates an organization.
    organization: Option<String>,
    /// Category codes, the primary one first, at most 50.
    categories: Option<Vec<String>>,
    /// At most 50.
    keywords: Option<Vec<String>>,
    /// The day of the first version.
    published_on: Option<Date>,
    /// An http or https address.
    project_url: Option<String>,
    /// An http or https address.
    repository_url: Option<String>,
    /// An http or https address.
    thumbnail_url: Option<String>,
}

impl TryFrom<PaperInput> for DomainInput {
    type Error = Error;

    fn try_from(input: PaperInput) -> domain::Result<Self> {
        let arxiv_id = input.arxiv_id.map(|text| {
            let message = format!("{text:?} is not an arXiv identifier such as 2006.10029.");
            ArxivId::parse(&text)
                .ok_or_else(|| Error::user(UserErrorCode::Invalid, &["input", "arxivId"], message))
        });
        let is_empty = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
        let holds_nothing = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
        for (field, text) in [("title", &input.title), ("abstract", &input.r#abstract)] {
            if is_empty(text) {
                let message =
                    format!("The {field} of a paper must not be empty. Leave it out to keep it unchanged.");
                return Err(Error::user(UserErrorCode::Required, &["input", field], message));
            }
        }
        let cleared = Cleared {
            summary: is_empty(&input.summary),
            authors: holds_nothing(&input.authors),
            organization: is_empty(&input.organization),
            categories: holds_nothing(&input.categories),
            keywords: holds_nothing(&input.keywords),
            project_url: is_empty(&input.project_url),
            repository_url: is_empty(&input.repository_url),
            thumbnail_url: is_empty(&input.thumbnail_url),
        };
        Ok(Self {
            cleared,
            paper: NewPaper {
                arxiv_id: arxiv_id.transpose()?,
                title: input.title,
                r#abstract: input.r#abstract,
                summary: input.summary,
                authors: input.authors.unwrap_or_default(),
                categories: input.categories.unwrap_or_default(),
                keywords: input.keywords.unwrap_or_default(),
                published_on: input.published_on.map(|day| day.0),
                project_url: input.project_url,
                repository_url: input.repository_url,
                thumbnail_url: input.thumbnail_url,
                ..NewPaper::default()
            },
            organization: input.organization,
            idempotency_key: input.idempotency_key,
        })
    }
}

/// The result of featurePaper.
#[derive(SimpleObject)]
pub struct FeaturePaperPayload {
    /// The paper after the change.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of unfeaturePaper.
#[derive(SimpleObject)]
pub struct UnfeaturePaperPayload {
    /// The paper after the change.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of createPaper.
#[derive(SimpleObject)]
pub struct CreatePaperPayload {
    /// The new paper.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of updatePaper.
#[derive(SimpleObject)]
pub struct UpdatePaperPayload {
    /// The paper after the change.
    paper: Option<Paper>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
