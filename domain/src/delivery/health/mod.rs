//! Reasons to hold mail back: by an administrator ([`pause`]), for a domain that refuses it
//! ([`circuit_breaker`]), or because bounces surge ([`bounce_surge`]).

pub(crate) mod bounce_surge;
pub mod circuit_breaker;
pub mod pause;
