//! The prices of a schema's operations, in points: what only the service can know of its fields.

use async_graphql_value::ConstValue;

/// An argument that costs something, with the way to find out how much.
type PricedArgument = (&'static str, fn(&ConstValue) -> u64);

/// The price list of a schema. What follows from the shape of a document, the guard counts by itself.
#[derive(Clone, Copy, Debug)]
pub struct PriceList {
    /// Points that one operation may cost.
    pub max_operation: u64,
    /// Points of a document that is refused: to find out that it is wrong is work as well.
    pub refusal: u64,
    /// Points of a mutation, beside those of the fields that are asked of its payload.
    pub mutation: u64,
    /// Points of a connection, beside those of its page.
    pub connection: u64,
    /// Entries of a page if the client does not say how many.
    pub default_page: u64,
    /// Entries that a page has at most.
    pub max_page: u64,
    /// Entries for which a plain list is taken that says nowhere how long it is.
    pub list: u64,
    /// Fields without fields of their own that are made for the request, and their points. All others of that kind
    /// come with their object.
    pub values: &'static [(&'static str, u64)],
    /// Arguments that cost something, with the way to find out how much.
    pub arguments: &'static [PricedArgument],
    /// Fields that work for each object that they are asked of, and their points, beside those of what they answer.
    pub work: &'static [(&'static str, u64)],
    /// Arguments whose length is that of the list that the field answers.
    pub lengths: &'static [&'static str],
}
