//! Authors, who are names.

use async_graphql::{Context, ID, Object, Result};
use domain::papers::read::author_scope;

use crate::contract::cursor::PageArguments;
use crate::contract::ids;
use crate::contract::types::paper::PaperConnection;
use crate::contract::types::paper_list::{PaperOrder, list};
use graphql_server::execution::inline::Inline;

/// A name as it stands on papers; two people of one name are one here.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    pub(crate) name: &'a str,
}

/// A name as it stands on papers; two people of one name are one here.
#[Object]
impl Author<'_> {
    /// Its identifier, the same for every spelling of the name that is one here.
    async fn id(&self) -> ID {
        ids::of_author(self.name)
    }

    /// The name.
    async fn name(&self) -> &str {
        self.name
    }

    /// The papers that bear the name, the newest first.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<Inline<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, author_scope(self.name), None, PaperOrder::Newest, page).await
    }
}
