//! What a worker does, one job a file. A job loops until nothing is due and may find nothing.

pub(crate) mod forget;
pub(crate) mod import;
pub(crate) mod open_feeds;
pub(crate) mod plan_digests;
pub(crate) mod publish_editions;
pub(crate) mod recover;
pub(crate) mod send_digests;
pub(crate) mod send_transactional;
