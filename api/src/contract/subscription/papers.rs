//! Watching papers.

use async_graphql::{Context, ID, Result, Subscription};
use domain::entity::topic_filter::TopicFilter;
use domain::events::Event;
use domain::papers::PaperRow;
use futures::{Stream, StreamExt as _};

use crate::contract::context::ContextExt as _;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{CategoriesOf, Loader, PaperKey, load_failed};
use crate::contract::subscription::event_stream::{Heard, events};
use crate::contract::types::paper::Paper;
use crate::contract::types::topic_filter;
use graphql_server::ErrorCode;
use graphql_server::execution::data_loader::DataLoader;

#[derive(Default)]
pub struct PaperSubscription;

#[Subscription]
impl PaperSubscription {
    /// A paper was featured. With categories, only papers of one of them.
    async fn paper_featured(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Category codes such as cs.CL; only papers with at least one of them. All papers if it is omitted."
        )]
        categories: Option<Vec<String>>,
    ) -> Result<impl Stream<Item = Result<Paper>> + use<>> {
        let filter = TopicFilter { categories: categories.unwrap_or_default(), ..TopicFilter::default() };
        let categories = topic_filter::checked("", &filter)?.categories;
        let services = ctx.services().clone();
        let featured = events(&services).filter_map(move |heard| {
            let (services, categories) = (services.clone(), categories.clone());
            async move {
                let Heard::Event(Event::PaperFeatured { paper_id }) = heard else { return None };
                let loader = Loader::for_request(services);
                let paper = match load(&loader, paper_id).await {
                    Ok(paper) => paper.filter(|paper| paper.feature.is_some())?,
                    Err(error) => return Some(Err(error)),
                };
                match is_of(&loader, paper_id, &categories).await {
                    Ok(true) => Some(Ok(paper.into())),
                    Ok(false) => None,
                    Err(error) => Some(Err(error)),
                }
            }
        });
        Ok(featured)
    }

    /// The paper's votes, comments or data changed.
    async fn paper_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The identifier of the paper.")] paper_id: ID,
    ) -> Result<impl Stream<Item = Result<Paper>> + use<>> {
        let no_such = || ErrorCode::BadRequest.error("There is no such paper.");
        let row = NodeType::Paper.row(&paper_id).ok_or_else(no_such)?;
        let services = ctx.services().clone();
        // Heard first, looked up second: no change falls between.
        let heard = events(&services);
        load(ctx.loader(), row).await?.ok_or_else(no_such)?;
        let changed = heard.filter_map(move |heard| {
            let services = services.clone();
            async move {
                let is_told = match heard {
                    Heard::Event(Event::PaperChanged { paper_id } | Event::CommentAdded { paper_id, .. }) => {
                        paper_id == row
                    }
                    Heard::Event(Event::PaperFeatured { .. } | Event::ImportRunChanged { .. }) => false,
                    // It may have changed; as it is now, it makes good for all that was missed.
                    Heard::Missed => true,
                };
                if !is_told {
                    return None;
                }
                load(&Loader::for_request(services), row)
                    .await
                    .map(|paper| paper.map(Paper::from))
                    .transpose()
            }
        });
        Ok(changed)
    }
}

/// The paper as it is; `None` if it is gone.
async fn load(loader: &DataLoader<Loader>, row: i64) -> Result<Option<PaperRow>> {
    loader.load_one(PaperKey(row)).await.map_err(load_failed)
}

/// Whether a paper is of one of the categories; without any, it is.
async fn is_of(loader: &DataLoader<Loader>, row: i64, categories: &[String]) -> Result<bool> {
    if categories.is_empty() {
        return Ok(true);
    }
    let rows = loader.load_one(CategoriesOf(row)).await.map_err(load_failed)?.unwrap_or_default();
    Ok(rows.iter().any(|row| categories.contains(&row.code)))
}
