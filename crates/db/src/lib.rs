//! A database of SQLite or Postgres behind one door: reads go through [`Db::read`], writes through [`Db::write`].
//!
//! Two back ends, one code, on top of sea-orm. On SQLite every write runs as BEGIN IMMEDIATE on a pool of one connection,
//! so writers queue up and none meets "database is locked" half-way; readers have connections of their own (WAL). On
//! Postgres a write runs at READ COMMITTED and is done again after a serialisation failure or a deadlock. So the work
//! given to [`Db::write`] may run more than once and must have no effect outside.
//!
//! Beside the door: [`paging`], lists by keyset; [`columns!`], rows read by the place of their columns;
//! [`update_from_values`] and [`insert_from_values`], many rows in one statement; [`insert_rows`], many rows of a table; [`hold_lock`]; [`planner`];
//! [`Db::check_schema`].
//!
//! ```
//! use db::Db;
//! use sea_orm::ConnectionTrait as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), db::Error> {
//! # let folder = tempfile::tempdir().expect("a folder");
//! let db: Db = Db::open_sqlite(&folder.path().join("people.db"), || 0.5).await?;
//! db.write(|tx| {
//!     Box::pin(async move {
//!         tx.execute_unprepared("CREATE TABLE person (name TEXT)").await?;
//!         tx.execute_unprepared("INSERT INTO person VALUES ('Ada')").await?;
//!         Ok(())
//!     })
//! })
//! .await?;
//! assert!(db.read().execute_unprepared("DELETE FROM person").await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Always: nothing is written but in a transaction of [`Db::write`]; a statement that reads ends soon after its deadline,
//! and soon after its future was dropped; work is not done again once its commit may have happened.

mod bulk;
mod database;
mod error;
mod local;
mod lock;
mod lost;
mod observer;
pub mod paging;
pub mod planner;
mod pools;
mod positional;
mod reader;
mod schema;
mod server;
mod transaction;
mod values;
mod write;

pub use bulk::insert_rows;
pub use database::Db;
pub use error::{Error, Result, WorkError};
pub use lock::{hold_lock, hold_named_lock};
pub use observer::{Access, Observer, set_observer};
pub use positional::{ColumnIndex, ColumnSet, Joined, PositionalRow, RowCursor, value};
pub use reader::Reader;
pub use schema::SchemaState;
pub use sea_orm::{ActiveValue, Value};
pub use transaction::Tx;
pub use values::{insert_from_values, update_from_values};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
