//! Documents before they are executed: scanned, validated, known again by their text or by their hash.

pub(crate) mod document_cache;
pub(crate) mod persisted;
pub mod scan;
pub(crate) mod validate;
