//! Sources of papers: their [`formats`], their [`imports`], and reading them over the network: by request, by [`schedule`],
//! and to look a paper up ([`lookup`]).

mod formats;
pub mod imports;
pub mod lookup;
mod network;
mod read;
pub mod schedule;

pub use formats::{Warning, hf_daily};
