//! Authors, who are names.

use async_graphql::{Context, Object, Result};
use domain::papers::read::author_scope;

use crate::graphql::cursor::PageArguments;
use crate::graphql::direct::Direct;

use super::paper::PaperConnection;
use super::paper_list::{PaperOrder, list};

/// A name as it stands on papers; two people of one name are one here.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    pub(super) name: &'a str,
}

/// A name as it stands on papers; two people of one name are one here.
#[Object]
impl Author<'_> {
    /// The name.
    async fn name(&self) -> &str {
        self.name
    }

    /// The papers that bear the name, the newest first.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Direct<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, author_scope(self.name), None, PaperOrder::Newest, page).await
    }
}
