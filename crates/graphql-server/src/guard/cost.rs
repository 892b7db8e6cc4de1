//! What an operation may cost, before it runs.
//!
//! In points, after Shopify's way of counting: a value costs nothing, but costs one under another name; an object that
//! is looked up costs one; a connection (Relay's Cursor Connections Specification, section 2: a type whose name ends in
//! `Connection`, with `first` or `last`, `nodes` and `edges`) costs what its price says, and its page as many times
//! what one entry costs as the page has entries at most; the objects of a plain list come with their owner and cost
//! what is asked of them. Mutations, values that are made for the request, and arguments cost what [`PriceList`] says. So
//! the price is known from the document and its variables alone.

use async_graphql::Variables;
use async_graphql::parser::types::{Field, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql_value::{ConstValue, Value};

use crate::guard::{PriceList, SchemaTypes, introspection_price};

/// The points of an operation, its fragments inlined.
#[must_use]
pub(crate) fn cost(
    types: &SchemaTypes,
    prices: &PriceList,
    operation: &OperationDefinition,
    variables: &Variables,
) -> u64 {
    let counting = Counting { types, prices, operation, variables };
    let root = SchemaTypes::root(operation.ty);
    let fields = counting.set(root, &operation.selection_set.node);
    if operation.ty == OperationType::Mutation {
        return fields
            .saturating_add(prices.mutation.saturating_mul(mutations(&operation.selection_set.node)));
    }
    fields
}

/// The mutations of an operation, those within fragments too.
fn mutations(set: &SelectionSet) -> u64 {
    let count = |selection: &Selection| match selection {
        Selection::Field(_) => 1,
        Selection::InlineFragment(fragment) => mutations(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    };
    set.items.iter().map(|item| count(&item.node)).sum()
}

struct Counting<'a> {
    types: &'a SchemaTypes,
    prices: &'a PriceList,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

impl Counting<'_> {
    fn set(&self, of: &str, set: &SelectionSet) -> u64 {
        let cost = |selection: &Selection| match selection {
            Selection::Field(field) => self.field(of, &field.node),
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref();
                let of = condition.map_or(of, |condition| condition.node.on.node.as_str());
                self.set(of, &fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(_) => 0,
        };
        set.items.iter().fold(0, |sum, item| sum.saturating_add(cost(&item.node)))
    }

    fn field(&self, of: &str, field: &Field) -> u64 {
        let cost = |(argument, cost): &(&str, fn(&ConstValue) -> u64)| {
            self.argument(field, argument).as_ref().map_or(0, cost)
        };
        let arguments = self.prices.arguments.iter().map(cost);
        let name = field.name.node.as_str();
        let work = self.prices.work.iter().find(|(worked, _)| *worked == name).map_or(0, |(_, price)| *price);
        arguments.fold(self.selected(of, field).saturating_add(work), u64::saturating_add)
    }

    fn selected(&self, of: &str, field: &Field) -> u64 {
        let name = field.name.node.as_str();
        if name.starts_with("__") {
            return introspection_price::price(self.types.sizes(), field);
        }
        if field.selection_set.node.items.is_empty() {
            // Values come with their object, once; what is made of them, or asked for again, is not free.
            let price =
                self.prices.values.iter().find(|(value, _)| *value == name).map_or(0, |(_, price)| *price);
            return price.max(u64::from(field.alias.is_some()));
        }
        let Some(kind) = self.types.field_type(of, name) else { return 0 };
        let named = SchemaTypes::named(kind);
        let inner = self.set(named, &field.selection_set.node);
        if named.ends_with("Connection") {
            let page = self.number(field, "first").or_else(|| self.number(field, "last"));
            // The entries are counted where they are selected, in nodes and in edges. They are read either way.
            return self.prices.connection.saturating_add(
                inner
                    .max(1)
                    .saturating_mul(page.unwrap_or(self.prices.default_page).min(self.prices.max_page)),
            );
        }
        if of.ends_with("Connection") && matches!(name, "nodes" | "edges") {
            return if name == "nodes" { inner.saturating_add(1) } else { inner };
        }
        if SchemaTypes::is_list(kind) {
            let given = |argument: &&str| self.length(field, argument);
            let length = self.number(field, "first").or_else(|| self.prices.lengths.iter().find_map(given));
            return inner.saturating_mul(length.unwrap_or(self.prices.list)).saturating_add(1);
        }
        inner.saturating_add(u64::from(named != "PageInfo"))
    }

    fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        match self.argument(field, argument)? {
            ConstValue::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    fn length(&self, field: &Field, argument: &str) -> Option<u64> {
        match self.argument(field, argument)? {
            ConstValue::List(values) => Some(values.len() as u64),
            _ => None,
        }
    }

    /// The value that an argument has: its own, its variable's, or the variable's default.
    fn argument(&self, field: &Field, argument: &str) -> Option<ConstValue> {
        let value = field.get_argument(argument)?.node.clone();
        let variable = |name: async_graphql::Name| {
            let given = self.variables.get(&name).cloned();
            let definitions = &self.operation.variable_definitions;
            let default = || {
                let definition = definitions.iter().find(|definition| definition.node.name.node == name)?;
                definition.node.default_value.as_ref().map(|value| value.node.clone())
            };
            given.or_else(default).ok_or(())
        };
        match value {
            Value::Variable(name) => variable(name).ok(),
            other => other.into_const_with(variable).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::DocumentOperations;

    use super::*;
    use crate::fixture::PRICES;

    const SDL: &str = "type Query { shelf: Shelf books(first: Int, last: Int): BookConnection! nodes(ids: [ID!]!): [Book]! }
        type Mutation { vote(id: ID!): Payload }
        type Payload { book: Book }
        type Shelf { period: String books(first: Int): BookConnection! }
        type BookConnection { nodes: [Book!]! edges: [BookEdge!]! pageInfo: PageInfo! totalCount: Int }
        type BookEdge { cursor: String! node: Book! }
        type PageInfo { hasNextPage: Boolean! }
        type Book { title: String authors(first: Int! = 20): [Author!]! organization: Organization comments(first: Int): CommentConnection! }
        type Author { name: String books(first: Int): BookConnection! }
        type Organization { name: String }
        type CommentConnection { nodes: [Comment!]! }
        type Comment { body: String author: Author }";

    fn points(query: &str, variables: serde_json::Value) -> u64 {
        let document = parse_query(query).unwrap();
        let DocumentOperations::Single(operation) = &document.operations else { panic!("one operation") };
        let types = SchemaTypes::read(SDL).unwrap();
        cost(&types, &PRICES, &operation.node, &Variables::from_json(variables))
    }

    #[test]
    fn page_sizes_multiply_the_cost_of_an_entry() {
        let none = serde_json::json!({});
        for (query, expected) in [
            ("{ __typename }", 0),
            // Twelve types, thirteen that every schema has, and the schema: twenty-five of them cost one.
            ("{ __typename __schema { types { name } } }", 2),
            ("{ shelf { period } }", 1),
            ("{ books(first: 5) { nodes { title } } }", 7),
            ("{ books { edges { cursor node { title } } pageInfo { hasNextPage } totalCount } }", 22),
            ("{ books(last: 3) { nodes { authors { name } organization { name } } } }", 11),
            (
                "{ shelf { books(first: 20) { nodes { comments(first: 10) { nodes { body author { name } } } } } } }",
                463,
            ),
            (
                "{ books(first: 10) { nodes { authors(first: 10) { books(first: 10) { nodes { title } } } } } }",
                1222,
            ),
            ("{ nodes(ids: [1, 2, 3]) { organization { name } } }", 4),
            ("mutation { a: vote(id: 1) { book { title } } b: vote(id: 2) { book { title } } }", 24),
            ("query($n: Int = 7) { books(first: $n) { nodes { title } } }", 9),
            ("{ books(first: 30) { edges { cursor } } }", 32),
            ("{ books(first: 30) { totalCount } }", 32),
            ("{ books(first: 10) { nodes { a: title b: title title } } }", 32),
            (
                "mutation { ... { a: vote(id: 1) { book { title } } } ... @include(if: true) { vote(id: 2) { book { title } } } }",
                24,
            ),
        ] {
            assert_eq!(points(query, none.clone()), expected, "{query}");
        }
        let query = "query($n: Int = 7) { books(first: $n) { nodes { title } } }";
        assert_eq!(points(query, serde_json::json!({ "n": 50 })), 52);
    }

    #[test]
    fn filter_entries_are_priced() {
        let query = "query($f: BookFilter) { books(first: 1, filter: $f) { nodes { title } } }";
        for (filter, expected) in [
            (serde_json::json!({ "keywords": [], "publishedFrom": "2026-01-01", "featured": true }), 3),
            (serde_json::json!({ "keywords": ["rag", "chain of thought"], "authors": ["Ada Lovelace"] }), 6),
            (serde_json::json!({ "excludeKeywords": "chain of thought", "categories": ["…"] }), 4),
            (serde_json::json!({ "keywords": vec!["word other words"; 100] }), 103),
        ] {
            assert_eq!(points(query, serde_json::json!({ "f": filter })), expected, "{filter}");
        }
        let nested = "query($k: [String!] = [\"a b\"]) { books(first: 10) { nodes { authors(first: 2) { books(first: 1, filter: { keywords: $k }) { nodes { title } } } } } }";
        let plain = nested.replace(", filter: { keywords: $k }", "");
        let none = serde_json::json!({});
        assert_eq!(points(nested, none.clone()), points(&plain, none) + 10 * 2);
    }
}
