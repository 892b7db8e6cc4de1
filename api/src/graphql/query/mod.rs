//! The query fields, grouped by concept.

mod editions;
mod nodes;
mod papers;
mod subscriptions;
mod viewer;

use async_graphql::MergedObject;

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    nodes::NodeQuery,
    papers::PaperQuery,
    editions::EditionQuery,
    subscriptions::SubscriptionQuery,
    viewer::ViewerQuery,
);
