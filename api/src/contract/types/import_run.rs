//! Runs of imports.

use async_graphql::{Context, Enum, ID, Object, Result};
use db::paging::{PageRange, PageRequest};
use domain::entity::enums::{ImportStatus as DomainStatus, PaperSource as DomainSource};
use domain::entity::{import_problem, import_run};
use domain::sources::imports::runs;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::ids::NodeType;
use crate::contract::loaders::load_failed;
use crate::contract::scalars::DateTime;
use crate::contract::types::connection::{connection, page as paged};
use graphql_server::execution::inline::Inline;

/// Rejected records of an import that are named.
const PROBLEMS: u64 = 100;

/// An import run.
#[derive(Clone, Debug)]
pub struct ImportRun(pub import_run::Model);

connection!(ImportRunConnection, ImportRunEdge, ImportRun, "import runs");

/// An import run.
#[Object]
impl ImportRun {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::ImportRun.id(self.0.id)
    }

    /// The source of the papers.
    async fn source(&self) -> PaperSource {
        self.0.source.into()
    }

    /// The status.
    async fn status(&self) -> ImportStatus {
        self.0.status.into()
    }

    /// The path that it reads below the import directory, if it is one of an administrator that reads files.
    async fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What it reads over the network, if it does: a day, a category with a day, or a request as JSON.
    async fn request(&self) -> Option<&str> {
        self.0.request.as_deref()
    }

    /// The start time.
    async fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// The end time.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Records read.
    async fn read(&self) -> i32 {
        self.0.read
    }

    /// New papers.
    async fn created(&self) -> i32 {
        self.0.created
    }

    /// Changed papers.
    async fn updated(&self) -> i32 {
        self.0.updated
    }

    /// Unchanged papers.
    async fn unchanged(&self) -> i32 {
        self.0.unchanged
    }

    /// Rejected records.
    async fn rejected(&self) -> i32 {
        self.0.rejected
    }

    /// Fields of accepted records that were left out or shortened.
    async fn warning_count(&self) -> i32 {
        self.0.warnings
    }

    /// Files that could not be read. They are not counted as records, and are listed among the problems.
    async fn unreadable_files(&self) -> i32 {
        self.0.unreadable_files
    }

    /// Fields of accepted records that were left out or shortened, in input order.
    async fn warnings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of entries from the beginning: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "The number of entries from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<Inline<ImportWarningConnection>> {
        let page = PageArguments { first, after, last, before };
        let warnings = runs::warnings(self.0.id);
        Ok(Inline(ImportWarningConnection(paged(ctx, warnings, page, (), ImportWarning).await?)))
    }

    /// The first 100 rejected records, each with its reason; last, the reason for which the run failed.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let all = runs::problems(self.0.id);
        let part = |range| ctx.loader().load_one(PageRequest::new(all.clone(), range, ()));
        let mut problems = part(PageRange::first(PROBLEMS))
            .await
            .map_err(load_failed)?
            .map_or_else(Vec::new, |page| page.rows);
        if self.0.status == DomainStatus::Failed {
            let last =
                part(PageRange::last(1)).await.map_err(load_failed)?.into_iter().flat_map(|page| page.rows);
            problems.extend(last.filter(|last| !problems.contains(last)).collect::<Vec<_>>());
        }
        Ok(problems.iter().map(runs::line).collect())
    }
}

/// A field that was left out or shortened.
#[derive(Clone, Debug)]
pub struct ImportWarning(import_problem::Model);

connection!(ImportWarningConnection, ImportWarningEdge, ImportWarning, "import warnings");

/// A field that was left out or shortened.
#[Object]
impl ImportWarning {
    /// The record: its file, and its position there.
    async fn item(&self) -> &str {
        &self.0.item
    }

    /// The field, as the source names it.
    async fn field(&self) -> &str {
        self.0.field.as_deref().unwrap_or_default()
    }

    /// The problem, and its treatment.
    async fn message(&self) -> &str {
        &self.0.reason
    }
}

/// The sources of papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainSource")]
pub enum PaperSource {
    /// Hugging Face's daily papers.
    HfDaily,
    /// The snapshot of arXiv's metadata: JSON lines.
    ArxivSnapshot,
    /// Responses of arXiv's OAI-PMH.
    ArxivOai,
    /// The newest announcements of categories of arXiv.
    ArxivListing,
    /// Responses of arXiv's query API.
    ArxivQuery,
    /// The sample papers of the service.
    Sample,
}

/// The status of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainStatus")]
pub enum ImportStatus {
    /// Waiting, in progress, or interrupted. An interrupted import continues by itself, or, if it is one of the command
    /// line, when it is started again on the same input.
    Running,
    /// Ended.
    Done,
    /// Failed, because its input could no longer be read.
    Failed,
    /// Cancelled by an administrator.
    Cancelled,
}
