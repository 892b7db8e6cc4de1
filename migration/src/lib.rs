//! The schema's history: one migration a concern, append-only.
//!
//! A migration that has landed is never edited; what it got wrong is mended by a later one. Every
//! migration runs in a transaction on both back ends, so a failed start leaves nothing half-made.
//! Tables hold instants as UTC timestamps and calendar days as dates; enumerations are text, spelled
//! as in the GraphQL contract.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait of sea-orm elides them, and async-trait wants the same"
)]

use sea_orm_migration::prelude::*;

mod m20261122_000001_papers;
mod m20261122_000002_feeds;
mod m20261122_000003_accounts;
mod m20261122_000004_subscriptions;
mod m20261122_000005_editions;
mod m20261122_000006_deliveries;
mod m20261122_000007_imports;
mod m20261123_000008_community;
mod m20261123_000009_import_orders;
mod m20261123_000010_circuits;
mod m20261123_000011_returned_mail;
mod m20261123_000012_zone_data;
mod m20261123_000013_shared_choices;
mod m20261127_000019_import_warnings;
mod m20261127_000020_title_signs;
mod m20261127_000022_planned_features;
mod m20261127_000025_comment_html;
mod m20261127_000026_people;
mod m20261127_000027_workers;
mod m20261127_000028_word_index;
mod m20261127_000029_words_said_before;
mod m20261127_000030_directions;
mod table;

/// Applies and reverts the migrations in their order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_papers::Migration),
            Box::new(m20261122_000002_feeds::Migration),
            Box::new(m20261122_000003_accounts::Migration),
            Box::new(m20261122_000004_subscriptions::Migration),
            Box::new(m20261122_000005_editions::Migration),
            Box::new(m20261122_000006_deliveries::Migration),
            Box::new(m20261122_000007_imports::Migration),
            Box::new(m20261123_000008_community::Migration),
            Box::new(m20261123_000009_import_orders::Migration),
            Box::new(m20261123_000010_circuits::Migration),
            Box::new(m20261123_000011_returned_mail::Migration),
            Box::new(m20261123_000012_zone_data::Migration),
            Box::new(m20261123_000013_shared_choices::Migration),
            Box::new(m20261127_000019_import_warnings::Migration),
            Box::new(m20261127_000020_title_signs::Migration),
            Box::new(m20261127_000022_planned_features::Migration),
            Box::new(m20261127_000025_comment_html::Migration),
            Box::new(m20261127_000026_people::Migration),
            Box::new(m20261127_000027_workers::Migration),
            Box::new(m20261127_000028_word_index::Migration),
            Box::new(m20261127_000029_words_said_before::Migration),
            Box::new(m20261127_000030_directions::Migration),
        ]
    }
}

pub use sea_orm_migration::MigratorTrait;
