//! Text as it is compared: folded words, and the tokens of index, query and highlight.

mod fold;
mod stem;
mod tokens;

pub use fold::fold;
pub use stem::{StemCache, is_stop_word, stem};
pub use tokens::{Token, tokens};
