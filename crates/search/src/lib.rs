//! Search of short documents by words and by meaning.
//!
//! [`query`] reads what a person types; [`index`] finds it by words. [`meaning`] turns text into vectors with a
//! sentence-embedding model; [`vectors`] finds the nearest of them; [`fusion`] makes one order of the scores by words and by
//! meaning, and of what documents [`cover`] of the query. [`text`] is the form in which words are compared, and [`highlight`] shows where they were found.

pub mod cover;
pub mod fusion;
pub mod highlight;
pub mod ids;
pub mod index;
pub mod meaning;
pub mod query;
pub mod text;
pub mod vectors;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
