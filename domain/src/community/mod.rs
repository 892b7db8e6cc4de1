//! Community features: votes, comments, submissions.

pub mod comment_rows;
pub mod comments;
mod counts;
pub mod markdown;
pub mod moderation;
pub mod read;
pub mod submit;
pub mod upvotes;
