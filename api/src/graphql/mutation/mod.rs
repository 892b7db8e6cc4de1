//! The mutations, grouped by who uses them. Each answers a payload of its own with what it made and with
//! `userErrors`.

mod administration;
mod curation;
mod subscriptions;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    subscriptions::SubscriptionMutation,
    curation::CurationMutation,
    administration::AdministrationMutation,
);
