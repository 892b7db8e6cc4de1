//! The types of the contract, as newtypes over what the domain answers. One concept a file.
//!
//! Always: the texts of an enum stand here and nowhere else. async-graphql takes descriptions only from the enum that it
//! derives, so that the enum of the domain which it mirrors has the same values without texts.

pub mod admin;
pub mod audit_entry;
pub mod author;
pub mod category;
pub mod comment;
pub mod connection;
pub mod delivery;
pub mod edition;
pub mod email_subscription;
pub mod feed;
pub mod import_run;
pub mod node;
pub mod organization;
pub mod paper;
pub mod paper_columns;
pub mod paper_list;
pub mod paper_search;
pub mod source;
pub mod source_person;
pub mod suppression;
pub mod topic_filter;
pub mod user;
