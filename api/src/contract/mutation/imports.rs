//! What administrators do with imports.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::entity::enums::Role;
use domain::sources::import_jobs::{self, StartImportInput as DomainInput};

use crate::contract::context::ContextExt as _;
use crate::contract::error::{UserError, outcome};
use crate::contract::ids::NodeType;
use crate::contract::mutation::payload::row;
use crate::contract::types::import_run::{ImportRun, PaperSource};

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
            idempotency_key: input.idempotency_key,
        };
        let (row, user_errors) = outcome(import_jobs::start(ctx.services(), actor, &input).await)?;
        Ok(Some(StartImportPayload { import_run: row.map(ImportRun), user_errors }))
    }

    /// Administrators. Cancels an import, also one of the command line. Imported papers stay. Idempotent.
    async fn cancel_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the run.")] id: ID,
    ) -> Result<Option<CancelImportPayload>> {
        let actor = ctx.require(Role::Admin)?.user_id;
        let done = match row(NodeType::ImportRun, &id, &["id"]) {
            Ok(row) => import_jobs::cancel(ctx.services(), actor, row).await,
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
    /// folder, of which all files with the source's extension are read: *.json, *.xml for responses of arXiv.
    path: Option<String>,
}

/// The result of startImport.
#[derive(SimpleObject)]
pub struct StartImportPayload {
    /// The run, which a worker processes.
    import_run: Option<ImportRun>,
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
