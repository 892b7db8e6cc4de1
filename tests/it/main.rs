//! Black-box tests of the running executable, over HTTP and SMTP.
//!
//! They run twice: on SQLite with everything in one process, and on Postgres and Redis, which
//! `TEST_POSTGRES_URL` and `TEST_REDIS_URL` name. `make test` does both. What can only be on one of the two is
//! in a module `embedded` or `production`, and fails if its back end is missing.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]
#![expect(clippy::format_collect, reason = "the strings are short")]

mod accounts;
mod attacks;
mod bounces;
mod cli;
mod community;
mod digests;
mod graphql;
mod http;
mod mail;
mod operations;
mod pages;
mod papers;
mod search;
mod sources;
mod subscriptions;
mod support;
mod worker;
