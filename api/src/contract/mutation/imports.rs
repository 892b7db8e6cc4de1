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
    /// Administrators. Has a worker import papers. One of the same unchanged files that is under way is answered
    /// as it is.
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: StartImportInput,
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

    /// Administrators. Stops an import, also one of the command line: what came in stays, the rest is not read.
    /// Again is as good as once.
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

/// Which papers are imported.
#[derive(Clone, Debug, InputObject)]
pub struct StartImportInput {
    /// Unique to the caller for 24 hours; a repeated request gets the first one's answer.
    idempotency_key: Option<String>,
    /// Where the papers come from.
    source: PaperSource,
    /// A file on the server, below its import directory (the setting `import_dir`): a saved response of the
    /// source; or a folder of them, of which all files named *.json are read.
    path: Option<String>,
}

/// The answer to startImport.
#[derive(SimpleObject)]
pub struct StartImportPayload {
    /// The run, which a worker takes up.
    import_run: Option<ImportRun>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}

/// The answer to cancelImport.
#[derive(SimpleObject)]
pub struct CancelImportPayload {
    /// The run as it now is.
    import_run: Option<ImportRun>,
    /// What the person can mend.
    user_errors: Vec<UserError>,
}
