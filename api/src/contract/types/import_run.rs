//! Runs of imports.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::entity::enums::{ImportStatus as DomainStatus, PaperSource as DomainSource};
use domain::entity::{import_problem, import_run};
use domain::paging::{PageRange, PageRequest};
use domain::sources::runs;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::ids::NodeType;
use crate::contract::loaders::load_failed;
use crate::contract::scalars::DateTime;
use crate::contract::types::connection::{connection, page as paged};
use graphql_server::execution::inline::Inline;

/// Rejected records of an import that are named.
const PROBLEMS: u64 = 100;

/// A run of an import.
#[derive(Clone, Debug)]
pub struct ImportRun(pub import_run::Model);

connection!(ImportRunConnection, ImportRunEdge, ImportRun, "runs of imports");

/// A run of an import.
#[Object]
impl ImportRun {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::ImportRun.id(self.0.id)
    }

    /// Where the papers come from.
    async fn source(&self) -> PaperSource {
        self.0.source.into()
    }

    /// How it stands.
    async fn status(&self) -> ImportStatus {
        self.0.status.into()
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Records read.
    async fn read(&self) -> i32 {
        self.0.read
    }

    /// Papers made.
    async fn created(&self) -> i32 {
        self.0.created
    }

    /// Papers changed.
    async fn updated(&self) -> i32 {
        self.0.updated
    }

    /// Papers that were so already.
    async fn unchanged(&self) -> i32 {
        self.0.unchanged
    }

    /// Records refused.
    async fn rejected(&self) -> i32 {
        self.0.rejected
    }

    /// Fields that were left out or cut of records that were taken.
    async fn warning_count(&self) -> i32 {
        self.0.warnings
    }

    /// Files of which nothing could be read; they are no records, and stand among the problems.
    async fn unreadable_files(&self) -> i32 {
        self.0.unreadable_files
    }

    /// What was left out or cut of records that were taken, in the order in which they came.
    async fn warnings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Inline<ImportWarningConnection>> {
        let page = PageArguments { first, after, last, before };
        let warnings = runs::warnings(self.0.id);
        Ok(Inline(ImportWarningConnection(paged(ctx, warnings, page, (), ImportWarning).await?)))
    }

    /// The first 100 rejected records, each with its reason; last, why a failed run could not go on.
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

/// A field that was left out or cut.
#[derive(Clone, Debug)]
pub struct ImportWarning(import_problem::Model);

connection!(ImportWarningConnection, ImportWarningEdge, ImportWarning, "warnings of an import");

/// A field that was left out or cut.
#[Object]
impl ImportWarning {
    /// Which record: its file, and its place there.
    async fn item(&self) -> &str {
        &self.0.item
    }

    /// The field, as the source calls it.
    async fn field(&self) -> &str {
        self.0.field.as_deref().unwrap_or_default()
    }

    /// What was wrong with it, and what became of it.
    async fn message(&self) -> &str {
        &self.0.reason
    }
}

/// Where papers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainSource")]
pub enum PaperSource {
    /// Hugging Face's daily papers.
    HfDaily,
    /// The sample papers that the service brings along.
    Sample,
}

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainStatus")]
pub enum ImportStatus {
    /// Waiting, under way, or broken off: of the command line it goes on when it is started again on the same
    /// input, else by itself.
    Running,
    /// Ended.
    Done,
    /// Ended, because its input could not be read any more.
    Failed,
    /// Ended by an administrator.
    Cancelled,
}
