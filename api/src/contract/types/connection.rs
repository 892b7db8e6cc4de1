//! Relay connections: a page of nodes with their cursors, and the way to the next.
//!
//! <https://relay.dev/graphql/connections.htm>. `totalCount` is computed only when it is asked for.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use db::paging::{Key, ListQuery, PageRequest};
use futures::future::BoxFuture;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::{CursorKind, PageArguments};
use crate::contract::error::into_graphql;
use crate::contract::loaders::{CountOf, Loader, load_failed};
use graphql_server::ErrorCode;
use graphql_server::execution::data_loader::DataLoader;

/// The position of a page in its list.
pub struct PageInfo<'a> {
    pub(crate) cursors: &'a CursorKind,
    pub(crate) first: Option<&'a Key>,
    pub(crate) last: Option<&'a Key>,
    pub(crate) has_next: bool,
    pub(crate) has_previous: bool,
}

/// The position of a page in its list.
#[Object]
impl PageInfo<'_> {
    /// Whether there are further entries after this page.
    async fn has_next_page(&self) -> bool {
        self.has_next
    }

    /// Whether there are entries before this page.
    async fn has_previous_page(&self) -> bool {
        self.has_previous
    }

    /// The cursor of the first entry; null on an empty page.
    async fn start_cursor(&self) -> Option<String> {
        self.first.map(|key| self.cursors.encode(key))
    }

    /// The cursor of the last entry; null on an empty page.
    async fn end_cursor(&self) -> Option<String> {
        self.last.map(|key| self.cursors.encode(key))
    }
}

/// A page of nodes with their cursors.
pub struct Paged<T> {
    nodes: Vec<(Key, T)>,
    cursors: CursorKind,
    has_next: bool,
    has_previous: bool,
    count: Count,
}

/// A place of a page; its cursor is made if it is asked for.
pub struct Place<'a, T> {
    cursors: &'a CursorKind,
    key: &'a Key,
    pub(crate) node: &'a T,
}

impl<T> Place<'_, T> {
    pub(crate) fn cursor(&self) -> String {
        self.cursors.encode(self.key)
    }
}

/// Counts the whole list, if asked.
type Count = Box<dyn for<'a> Fn(&'a DataLoader<Loader>) -> BoxFuture<'a, Result<Option<u64>>> + Send + Sync>;

impl<T> Paged<T> {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().map(|(_, node)| node)
    }

    /// The places of the page, each with its node.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'_, T>> {
        self.nodes.iter().map(|(key, node)| Place { cursors: &self.cursors, key, node })
    }

    pub(crate) fn page_info(&self) -> PageInfo<'_> {
        PageInfo {
            cursors: &self.cursors,
            first: self.nodes.first().map(|(key, _)| key),
            last: self.nodes.last().map(|(key, _)| key),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }

    pub(crate) async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        (self.count)(ctx.loader()).await
    }
}

/// A page of a list, these columns of its rows. Pages of lists of one kind that one level of an answer asks for are read together.
///
/// # Errors
/// If the arguments are not valid.
pub async fn page<L: ListQuery, T>(
    ctx: &Context<'_>,
    list: L,
    arguments: PageArguments,
    columns: L::Columns,
    node: impl Fn(L::Row) -> T,
) -> Result<Paged<T>> {
    let list = Arc::new(list);
    let cursors = CursorKind::new(Arc::clone(&list), list.keyset().width());
    let part = PageRequest::new(L::clone(&list), arguments.slice(&cursors)?, columns);
    let page = ctx.loader().load_one(part).await.map_err(load_failed)?;
    let page = page.ok_or_else(|| ErrorCode::Internal.error("A page was not read."))?;
    let keyed = |row| Ok((list.key(&row).map_err(|error| into_graphql(error.into()))?, node(row)));
    let nodes = page.rows.into_iter().map(keyed).collect::<Result<_>>()?;
    let count: Count = Box::new(move |loader| {
        let list = L::clone(&list);
        Box::pin(async move { Ok(loader.load_one(CountOf(list)).await.map_err(load_failed)?.flatten()) })
    });
    Ok(Paged { nodes, cursors, has_next: page.has_next, has_previous: page.has_previous, count })
}

/// Defines a connection type and its edge type over a node type.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ident, $what:literal) => {
        #[doc = concat!("A page of ", $what, ".")]
        pub struct $connection(pub $crate::contract::types::connection::Paged<$node>);

        #[doc = concat!("A page of ", $what, ".")]
        #[async_graphql::Object]
        impl $connection {
            /// The entries of the page, each with its cursor.
            async fn edges(&self) -> graphql_server::execution::inline::InlineList<$edge<'_>> {
                graphql_server::execution::inline::InlineList(self.0.places().map($edge).collect())
            }

            /// The entries of the page.
            async fn nodes(&self) -> graphql_server::execution::inline::InlineList<&$node> {
                graphql_server::execution::inline::InlineList(self.0.nodes().collect())
            }

            /// The position of the page in its list.
            async fn page_info(
                &self,
            ) -> graphql_server::execution::inline::Inline<$crate::contract::types::connection::PageInfo<'_>>
            {
                graphql_server::execution::inline::Inline(self.0.page_info())
            }

            /// The length of the whole list; null above 10,000, because counting would be too expensive.
            async fn total_count(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<Option<u64>> {
                self.0.total_count(ctx).await
            }
        }

        #[doc = concat!("An entry of a list of ", $what, ", with its cursor.")]
        pub struct $edge<'a>($crate::contract::types::connection::Place<'a, $node>);

        #[doc = concat!("An entry of a list of ", $what, ", with its cursor.")]
        #[async_graphql::Object]
        impl $edge<'_> {
            /// The cursor, for `after` and `before`.
            async fn cursor(&self) -> String {
                self.0.cursor()
            }

            /// The entry.
            async fn node(&self) -> graphql_server::execution::inline::Inline<&$node> {
                graphql_server::execution::inline::Inline(self.0.node)
            }
        }
    };
}
pub(crate) use connection;
