//! A small schema for tests.

use async_graphql_value::ConstValue;

use crate::guard::PriceList;

/// Prices for tests.
pub(crate) const PRICES: PriceList = PriceList {
    max_operation: 1_000,
    refusal: 5,
    mutation: 10,
    connection: 2,
    default_page: 20,
    max_page: 100,
    list: 20,
    values: &[("bodyHtml", 1)],
    arguments: &[("filter", entries)],
    lengths: &["ids"],
    work: &[],
};

/// The entries of all lists of a filter.
fn entries(filter: &ConstValue) -> u64 {
    let ConstValue::Object(fields) = filter else { return 0 };
    let length = |value: &ConstValue| if let ConstValue::List(values) = value { values.len() } else { 0 };
    fields.values().map(|value| length(value) as u64).sum()
}

/// Its text.
pub(crate) const SDL: &str = "
type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  shelf(mark: ShelfMark): Shelf!
  books(first: Int, filter: BookFilter): BookConnection!
  publisher(slug: String!): Publisher
}
type Subscription { bookAdded: Book! }
scalar ShelfMark
interface Node { id: ID! }
type Shelf { mark: ShelfMark! }
type Publisher implements Node { id: ID! name: String! }
type Author implements Node { id: ID! name: String! handle: String! }
type Book implements Node { id: ID! title: String! authors(first: Int): [Author!]! }
type BookConnection { nodes: [Book!]! totalCount: Int }
input BookFilter { keywords: [String!] from: ShelfMark }
";

/// A shelf mark is a letter and digits.
pub(crate) fn check_scalar(name: &str, text: Option<&str>) -> Option<Result<(), &'static str>> {
    (name == "ShelfMark").then(|| {
        let mut chars = text.unwrap_or_default().chars();
        let is_mark = chars.next().is_some_and(|first| first.is_ascii_uppercase())
            && chars.all(|digit| digit.is_ascii_digit());
        if is_mark { Ok(()) } else { Err("This is not a valid ShelfMark.") }
    })
}
