//! Watching imports.

use async_graphql::{Context, ID, Result, Subscription};
use domain::entity::enums::Role;
use domain::events::Event;
use domain::sources::imports::runs;
use futures::{Stream, StreamExt as _};

use crate::contract::context::ContextExt as _;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::subscription::event_stream::{Heard, events};
use crate::contract::types::import_run::ImportRun;
use graphql_server::ErrorCode;

#[derive(Default)]
pub struct ImportSubscription;

#[Subscription]
impl ImportSubscription {
    /// Administrators. An import run began, went on or ended; of all runs, or of one. Of several changes that come close
    /// together the last is certain to be told.
    async fn import_run_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this run.")] id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<ImportRun>> + use<>> {
        ctx.require(Role::Admin)?;
        let no_such = || ErrorCode::BadRequest.error("There is no such import run.");
        let wanted = id.map(|id| NodeType::ImportRun.row(&id).ok_or_else(no_such)).transpose()?;
        let services = ctx.services().clone();
        let changed = events(&services).filter_map(move |heard| {
            let services = services.clone();
            async move {
                let Heard::Event(Event::ImportRunChanged { import_run_id }) = heard else { return None };
                if wanted.is_some_and(|wanted| wanted != import_run_id) {
                    return None;
                }
                let run = runs::by_id(services.db.read(), import_run_id).await.map_err(into_graphql);
                run.map(|run| run.map(ImportRun)).transpose()
            }
        });
        Ok(changed)
    }
}
