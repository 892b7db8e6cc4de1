//! Organizations.

use async_graphql::{Context, ID, Object, Result};
use domain::entity::organization;
use domain::papers::read::Scope;

use crate::graphql::cursor::PageArguments;
use crate::graphql::direct::Direct;
use crate::graphql::ids::NodeType;
use crate::graphql::scalars::Url;

use super::paper::PaperConnection;
use super::paper_list::{PaperOrder, list};

/// An institution that papers name.
#[derive(Clone, Debug)]
pub struct Organization(pub organization::Model);

/// An institution that papers name.
#[Object]
impl Organization {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Organization.id(self.0.id)
    }

    /// Unique, for URLs.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name as shown.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its logo is.
    async fn logo_url(&self) -> Option<Url> {
        self.0.logo_url.clone().map(Url)
    }

    /// Its papers.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "PaperOrder::Newest")] order_by: PaperOrder,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Direct<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::Organization(self.0.id), None, order_by, &page).await
    }
}
