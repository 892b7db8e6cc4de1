//! The mutations, grouped by who uses them. Each answers a payload of its own with what it made and with
//! `userErrors`.

mod accounts;
mod administration;
mod answer;
mod community;
mod curation;
mod imports;
mod moderation;
mod people;
mod subscriptions;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    subscriptions::SubscriptionMutation,
    accounts::AccountMutation,
    community::CommunityMutation,
    curation::CurationMutation,
    moderation::ModerationMutation,
    people::PeopleMutation,
    administration::AdministrationMutation,
    imports::ImportsMutation,
);
