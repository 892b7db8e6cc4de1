//! The tables as sea-orm entities: one table a file, no logic.
//!
//! Enumerations are in [`enums`], values that a column holds as JSON in [`json`]. Nothing here knows
//! GraphQL, HTTP or mail.

#![expect(
    missing_docs,
    reason = "sea_orm::model makes types without; the document of a module is its table's"
)]

pub mod access_token;
pub mod arxiv_lookup;
pub mod audit_entry;
pub mod bounce;
pub mod category;
pub mod circuit_breaker;
pub mod comment;
pub mod delivery;
pub mod edition;
pub mod edition_paper;
pub mod enums;
pub mod featured_paper;
pub mod feed_clock;
pub mod feed_completion;
pub mod harvest;
pub mod idempotency_key;
pub mod import_problem;
pub mod import_run;
pub mod json;
pub mod keyword;
pub mod known_network;
pub mod link_request;
pub mod organization;
pub mod paper;
pub mod paper_author;
pub mod paper_category;
pub mod paper_change;
pub mod paper_embedding;
pub mod paper_history;
pub mod paper_version;
pub mod paper_words;
pub mod planned_feature;
pub mod rate_bucket;
pub mod search_generation;
pub mod sending_state;
pub mod session;
pub mod sign_in;
pub mod source;
pub mod source_circuit;
pub mod source_reading;
pub mod source_turn;
pub mod subscription;
pub mod suppression;
pub mod topic_filter;
pub mod triggered_mail_pace;
pub mod tzdb_release;
pub mod upvote;
pub mod user;
pub mod worker_heartbeat;
