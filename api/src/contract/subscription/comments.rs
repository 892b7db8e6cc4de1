//! Watching what is written about a paper.

use async_graphql::{Context, ID, Result, Subscription};
use domain::events::Event;
use futures::{Stream, StreamExt as _};

use crate::contract::context::ContextExt as _;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{CommentKey, Loader, PaperKey, load_failed};
use crate::contract::subscription::event_stream::{Heard, events};
use crate::contract::types::comment::Comment;
use graphql_server::ErrorCode;

#[derive(Default)]
pub struct CommentSubscription;

#[Subscription]
impl CommentSubscription {
    /// A comment or reply was added to the paper.
    async fn comment_added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<impl Stream<Item = Result<Comment>> + use<>> {
        let no_such = || ErrorCode::BadRequest.error("There is no such paper.");
        let row = NodeType::Paper.row(&paper_id).ok_or_else(no_such)?;
        let services = ctx.services().clone();
        // Heard first, looked up second: no comment falls between.
        let heard = events(&services);
        ctx.loader().load_one(PaperKey(row)).await.map_err(load_failed)?.ok_or_else(no_such)?;
        let added = heard.filter_map(move |heard| {
            let services = services.clone();
            async move {
                let Heard::Event(Event::CommentAdded { comment_id, paper_id }) = heard else { return None };
                if paper_id != row {
                    return None;
                }
                let loader = Loader::for_request(services);
                match loader.load_one(CommentKey(comment_id)).await.map_err(load_failed) {
                    Ok(Some(written)) => {
                        let is_shown = written.is_shown().map_err(|error| into_graphql(error.into()));
                        is_shown.map(|is_shown| is_shown.then(|| written.into())).transpose()
                    }
                    Ok(None) => None,
                    Err(error) => Some(Err(error)),
                }
            }
        });
        Ok(added)
    }
}
