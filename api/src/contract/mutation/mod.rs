//! The mutations, grouped by who uses them. Each answers a payload of its own with what it made and with
//! `userErrors`.

mod accounts;
mod administration;
mod community;
mod curation;
mod email_subscriptions;
mod imports;
mod moderation;
mod payload;
mod people;

use async_graphql::MergedObject;

/// The mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    email_subscriptions::EmailSubscriptionMutation,
    accounts::AccountMutation,
    community::CommunityMutation,
    curation::CurationMutation,
    moderation::ModerationMutation,
    people::PeopleMutation,
    administration::AdministrationMutation,
    imports::ImportsMutation,
);
