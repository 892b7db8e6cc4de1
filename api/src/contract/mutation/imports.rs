//! What administrators do with imports.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::entity::enums::Role;
use domain::sources::imports::RequestInput;
use domain::sources::imports::jobs::{self, StartImportInput as DomainInput};
use domain::sources::schedule::{run_now, status};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, into_graphql, outcome};
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::row;
use crate::contract::scalars::Date;
use crate::contract::types::import_run::{ImportRun, PaperSource};
use crate::contract::types::source::{Source, SourceName};

#[derive(Default)]
pub struct ImportsMutation;

#[Object]
impl ImportsMutation {
    /// Administrators. Starts an import in a worker. If an import of the same unchanged files is in progress, it is
    /// returned.
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The input.")] input: StartImportInput,
    ) -> Result<Option<StartImportPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let input = DomainInput {
            source: input.source.into(),
            path: input.path,
            request: RequestInput {
                days: input.days.unwrap_or_default().into_iter().map(|day| day.0).collect(),
                categories: input.categories.unwrap_or_default(),
                set: input.set,
                from: input.from.map(|day| day.0),
                until: input.until.map(|day| day.0),
                arxiv_ids: input.arxiv_ids.unwrap_or_default(),
            },
            idempotency_key: input.idempotency_key,
        };
        let (row, user_errors) = outcome(jobs::start(ctx.services(), actor, &input).await)?;
        Ok(Some(StartImportPayload { import_run: row.map(ImportRun), user_errors }))
    }

    /// Administrators. Has the workers read a scheduled source at once. Pauses between requests stay as they are, and a host
    /// that is not asked for a while is not asked either. Idempotent.
    async fn read_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The source.")] name: SourceName,
    ) -> Result<Option<ReadSourcePayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let (done, user_errors) = outcome(run_now::run_now(ctx.services(), actor, name.into()).await)?;
        let sources = match done {
            Some(()) => status::all(ctx.services()).await.map_err(into_graphql)?,
            None => Vec::new(),
        };
        let source = sources.into_iter().find(|source| source.source == name.into()).map(Source);
        Ok(Some(ReadSourcePayload { source, user_errors }))
    }

    /// Administrators. Cancels an import, also one of the command line. Imported papers stay. Idempotent.
    async fn cancel_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the run.")] id: ID,
    ) -> Result<Option<CancelImportPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let done = match row(NodeType::ImportRun, &id, &["id"]) {
            Ok(row) => jobs::cancel(ctx.services(), actor, row).await,
            Err(error) => Err(error),
        };
        let (row, user_errors) = outcome(done)?;
        Ok(Some(CancelImportPayload { import_run: row.map(ImportRun), user_errors }))
    }
}

/// The papers to import.
#[derive(Clone, Debug, InputObject)]
pub struct StartImportInput {
    /// A key that is unique to the caller for 24 hours; a repeated request gets the response of the first one.
    idempotency_key: Option<String>,
    /// The source of the papers.
    source: PaperSource,
    /// A file in the server's import directory (the setting `import_dir`) with a saved response of the source, or a
    /// folder, of which all files with the source's extension are read: *.json, *.xml for responses of arXiv. Without
    /// it, one of the following fields says what is read over the network; this requires the setting `source_contact`.
    path: Option<String>,
    /// `HF_DAILY`: the days to read.
    days: Option<Vec<Date>>,
    /// `ARXIV_LISTING`: the categories whose newest announcements are read.
    categories: Option<Vec<String>>,
    /// `ARXIV_OAI`: the set of records to harvest, such as `cs:cs:CL`.
    set: Option<String>,
    /// `ARXIV_OAI`: the first day on which records changed.
    from: Option<Date>,
    /// `ARXIV_OAI`: the last day on which records changed.
    until: Option<Date>,
    /// `ARXIV_QUERY`: the identifiers of papers to look up.
    arxiv_ids: Option<Vec<String>>,
}

/// The result of startImport.
#[derive(SimpleObject)]
pub struct StartImportPayload {
    /// The run, which a worker processes.
    import_run: Option<ImportRun>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of readSource.
#[derive(SimpleObject)]
pub struct ReadSourcePayload {
    /// The source.
    source: Option<Source>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}

/// The result of cancelImport.
#[derive(SimpleObject)]
pub struct CancelImportPayload {
    /// The run after the change.
    import_run: Option<ImportRun>,
    /// The problems that the person can fix.
    user_errors: Vec<UserError>,
}
