//! Black-box tests of the running executable, over HTTP and SMTP.
//!
//! They run twice: on SQLite with everything in one process, and on Postgres and Redis, which
//! `TEST_POSTGRES_URL` and `TEST_REDIS_URL` name. `make test` does both. What can only be on one of the two is
//! in the module `embedded` or `production`, and fails where its back end is not there.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]
#![expect(clippy::format_collect, reason = "what is put together here is short")]

mod accounts;
mod addresses;
mod administration;
mod attacks;
mod audit;
mod bounces;
mod cache;
mod circuits;
mod claims;
mod clients;
mod comment_html;
mod community;
mod consent;
mod contract;
mod crash;
mod curation;
mod days;
mod deliveries;
mod digests;
mod dkim;
mod documents;
mod embedded;
mod examples;
mod graphiql;
mod guard;
mod hours;
mod http;
mod import;
mod import_orders;
mod known;
mod limits;
mod lint;
mod live;
mod mails;
mod one_click;
mod opening;
mod pages;
mod paging;
mod papers;
mod production;
mod projection;
mod relay;
mod restarts;
mod roles;
mod roster;
mod same_origin;
mod silence;
mod sockets;
mod start;
mod statements;
mod subscriptions;
mod support;
mod verdicts;
