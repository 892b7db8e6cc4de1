//! Authors, who are names.

use async_graphql::{Context, ID, Object, Result};
use domain::papers::read::author_scope;

use crate::contract::cursor::PageArguments;
use crate::contract::ids;
use crate::contract::types::paper::PaperConnection;
use crate::contract::types::paper_list::{PaperOrder, list};
use graphql_server::execution::inline::Inline;

/// An author name on papers. People of the same name are not distinguished.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    pub(crate) name: &'a str,
}

/// An author name on papers. People of the same name are not distinguished.
#[Object]
impl Author<'_> {
    /// The identifier, the same for all equivalent spellings of the name.
    async fn id(&self) -> ID {
        ids::of_author(self.name)
    }

    /// The name.
    async fn name(&self) -> &str {
        self.name
    }

    /// The papers with this author name, the newest first.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The number of entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the entries begin.")] after: Option<String>,
        #[graphql(
            desc = "The number of entries from the end, or before `before`: 0 to 100. It cannot be combined with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the entries end.")] before: Option<String>,
    ) -> Result<Inline<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, author_scope(self.name), None, PaperOrder::Newest, page).await
    }
}
