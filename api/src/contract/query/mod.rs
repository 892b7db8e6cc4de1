//! The query fields, grouped by concept.

mod editions;
mod email_subscriptions;
mod nodes;
mod papers;
pub(crate) mod search;
mod viewer;

use async_graphql::MergedObject;

/// The queries.
#[derive(MergedObject, Default)]
pub struct Query(
    nodes::NodeQuery,
    papers::PaperQuery,
    search::SearchQuery,
    editions::EditionQuery,
    email_subscriptions::EmailSubscriptionQuery,
    viewer::ViewerQuery,
);
