//! The history of the schema: one migration a concern, append-only.
//!
//! Tables hold instants as UTC timestamps and calendar days as dates; enumerations are text, spelled as in the GraphQL
//! contract.
//!
//! Always: a migration that has been released is never edited; a later one corrects it. Every migration runs in a
//! transaction on both back ends, so a failed start leaves nothing half-made.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait of sea-orm elides them, and async-trait wants the same"
)]

use sea_orm_migration::prelude::*;

mod m20261127_000001_papers;
mod m20261127_000002_feeds;
mod m20261127_000003_accounts;
mod m20261127_000004_audit;
mod m20261127_000005_community;
mod m20261127_000006_subscriptions;
mod m20261127_000007_editions;
mod m20261127_000008_deliveries;
mod m20261127_000009_sending;
mod m20261127_000010_bounces;
mod m20261127_000011_imports;
mod m20261127_000012_operation;
mod m20261127_000013_search;
mod m20261127_000014_sources;
mod m20261127_000015_bulk_changes;
mod table;

/// Applies and reverts the migrations in their order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261127_000001_papers::Migration),
            Box::new(m20261127_000002_feeds::Migration),
            Box::new(m20261127_000003_accounts::Migration),
            Box::new(m20261127_000004_audit::Migration),
            Box::new(m20261127_000005_community::Migration),
            Box::new(m20261127_000006_subscriptions::Migration),
            Box::new(m20261127_000007_editions::Migration),
            Box::new(m20261127_000008_deliveries::Migration),
            Box::new(m20261127_000009_sending::Migration),
            Box::new(m20261127_000010_bounces::Migration),
            Box::new(m20261127_000011_imports::Migration),
            Box::new(m20261127_000012_operation::Migration),
            Box::new(m20261127_000013_search::Migration),
            Box::new(m20261127_000014_sources::Migration),
            Box::new(m20261127_000015_bulk_changes::Migration),
        ]
    }
}

pub use sea_orm_migration::MigratorTrait;
