//! Runs of imports.

use async_graphql::{Context, Enum, ID, Object, Result};
use domain::entity::enums::{ImportStatus as DomainStatus, PaperSource as DomainSource};
use domain::entity::import_run;
use domain::paging::{Part, Slice};
use domain::sources::runs;

use crate::graphql::context::ContextExt as _;
use crate::graphql::ids::NodeType;
use crate::graphql::loaders::failed;
use crate::graphql::scalars::DateTime;

use super::connection::connection;

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

    /// The first 100 rejected records, each with its reason; last, why a failed run could not go on.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let all = runs::problems(self.0.id);
        let part = |limit, from_end| {
            let slice = Slice { limit, from_end, after: None, before: None };
            ctx.loader().load_one(Part::new(all.clone(), slice, ()))
        };
        let mut problems =
            part(PROBLEMS, false).await.map_err(failed)?.map_or_else(Vec::new, |page| page.rows);
        if self.0.status == DomainStatus::Failed {
            let last = part(1, true).await.map_err(failed)?.into_iter().flat_map(|page| page.rows);
            problems.extend(last.filter(|last| !problems.contains(last)).collect::<Vec<_>>());
        }
        Ok(problems.iter().map(runs::line).collect())
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
