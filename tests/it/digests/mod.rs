//! Digests: which papers they hold, when they leave, and what administrators do with editions.

mod digest_contents;
mod digest_schedule;
mod manual_editions;
mod paused_digests;
