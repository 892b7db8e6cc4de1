//! Relay connections: a page of nodes with their cursors, and the way to the next.
//!
//! <https://relay.dev/graphql/connections.htm>. `totalCount` is computed only when it is asked for.

use async_graphql::{Context, Result, SimpleObject};
use domain::paging::{EntityTrait, Key, Page, RowList};
use futures::future::BoxFuture;

use crate::graphql::context::ContextExt as _;
use crate::graphql::cursor::{CursorKind, PageArguments};
use crate::graphql::error::convert;

/// Where a page lies in its list.
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether there are further entries after this page.
    has_next_page: bool,
    /// Whether there are entries before this page.
    has_previous_page: bool,
    /// The cursor of the first entry; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last entry; null on an empty page.
    end_cursor: Option<String>,
}

/// A page of nodes with their cursors.
pub struct Paged<T> {
    pub(super) edges: Vec<(String, T)>,
    has_next: bool,
    has_previous: bool,
    count: Count,
}

/// Counts the whole list, if asked.
pub type Count = Box<dyn Fn() -> BoxFuture<'static, domain::Result<Option<u64>>> + Send + Sync>;

impl<T> Paged<T> {
    /// A page whose rows carry their keys.
    pub fn new<R>(
        kind: &CursorKind,
        page: Page<R>,
        key: impl Fn(&R) -> Key,
        node: impl Fn(R) -> T,
        count: Count,
    ) -> Self {
        let edges = page.rows.into_iter().map(|row| (kind.encode(&key(&row)), node(row))).collect();
        Self { edges, has_next: page.has_next, has_previous: page.has_previous, count }
    }

    pub(super) fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: self.edges.last().map(|(cursor, _)| cursor.clone()),
        }
    }

    pub(super) async fn total_count(&self) -> Result<Option<u64>> {
        (self.count)().await.map_err(crate::graphql::error::convert)
    }
}

/// A page of a list of rows. `description` tells the list from all others, so that its cursors do.
///
/// # Errors
/// Where the arguments cannot be, or the database fails.
pub async fn rows<E, T>(
    ctx: &Context<'_>,
    description: &str,
    list: RowList<E>,
    page: &PageArguments,
    node: impl Fn(E::Model) -> T,
) -> Result<Paged<T>>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let count = list.clone();
    counted(ctx, description, list, count, page, node).await
}

/// As [`rows`], where `count` holds the rows that are counted.
///
/// # Errors
/// Where the arguments cannot be, or the database fails.
pub async fn counted<E, T>(
    ctx: &Context<'_>,
    description: &str,
    list: RowList<E>,
    count: RowList<E>,
    page: &PageArguments,
    node: impl Fn(E::Model) -> T,
) -> Result<Paged<T>>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let kind = CursorKind::new(description, list.keyset().width());
    let slice = page.slice(&kind)?;
    let db = ctx.services().db.clone();
    let rows = list.page(db.read(), &slice).await.map_err(convert)?;
    let count = Box::new(move || {
        let (count, db) = (count.clone(), db.clone());
        Box::pin(async move { count.total_count(db.read()).await }) as _
    });
    Ok(Paged::new(&kind, rows, |row| list.key(row), node, count))
}

/// Defines a connection type and its edge type over a node type.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ident, $what:literal) => {
        #[doc = concat!("A page of ", $what, ".")]
        pub struct $connection(pub $crate::graphql::types::connection::Paged<$node>);

        #[doc = concat!("A page of ", $what, ".")]
        #[async_graphql::Object]
        impl $connection {
            /// The entries of the page, each with its cursor.
            async fn edges(&self) -> Vec<$edge> {
                self.0
                    .edges
                    .iter()
                    .map(|(cursor, node)| $edge { cursor: cursor.clone(), node: node.clone() })
                    .collect()
            }

            /// The entries of the page.
            async fn nodes(&self) -> Vec<$node> {
                self.0.edges.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where the page lies in its list.
            async fn page_info(&self) -> $crate::graphql::types::connection::PageInfo {
                self.0.page_info()
            }

            /// The entries of the whole list; null above 10,000, where counting would be dear.
            async fn total_count(&self) -> async_graphql::Result<Option<u64>> {
                self.0.total_count().await
            }
        }

        #[doc = concat!("One of ", $what, " and its place in the list.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// The place: what `after` and `before` take.
            cursor: String,
            /// The entry.
            node: $node,
        }
    };
}
pub(crate) use connection;
