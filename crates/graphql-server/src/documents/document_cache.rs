//! Documents that were admitted and found valid before.
//!
//! Programs send the same few documents again and again, with other variables. To parse one, collect its fields and
//! validate it takes longer than most answers do. What the guard made of a query is kept, therefore, and the next time
//! it is neither parsed nor validated; what depends on the variables alone, its price among them, is looked at as ever.
//!
//! Kept are only queries of which nothing else depends on the values of variables: no directives, and no variables that
//! are input objects, in which validation looks for fields that do not exist. Which variables have a value is part of
//! the key, because places without one are taken out. Where a value is not surely one of its variable's type the document
//! is validated as a new one, so that what is wrong is said as ever.

use std::sync::Arc;

use async_graphql::parser::types::{BaseType, OperationDefinition, OperationType, Type};
use async_graphql::{Name, Value, Variables};
use moka::sync::Cache;

use crate::documents::validate::CheckScalar;
use crate::guard::SchemaTypes;

/// The maximum number of bytes that all of them take up, as far as can be told.
const MAX_CACHED_BYTES: u64 = 8 << 20;

/// The maximum number of bytes in memory that a byte of a document makes: a field of one letter takes up some two hundred.
const WEIGHT: usize = 150;

/// Variables of a document that is kept.
const MAX_VARIABLES: usize = 30;

/// What tells a document, and what the guard makes of it, from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    query: Arc<str>,
    operation_name: Option<String>,
    /// The variables that have a value, by name.
    given: Vec<Name>,
}

impl Key {
    /// The key of a request; `None` if what the guard makes of it may depend on more.
    pub(crate) fn new(
        query: &Arc<str>,
        operation_name: Option<&String>,
        variables: &Variables,
    ) -> Option<Self> {
        if query.contains('@') || variables.len() > MAX_VARIABLES {
            return None;
        }
        let mut given: Vec<Name> = variables.keys().cloned().collect();
        given.sort_unstable();
        Some(Self { query: Arc::clone(query), operation_name: operation_name.cloned(), given })
    }

    /// Bytes that it and what is kept by it take up, as far as can be told.
    fn weight(&self) -> usize {
        let names =
            self.given.iter().map(|name| name.len()).chain(self.operation_name.iter().map(String::len));
        names.sum::<usize>() + (self.query.len() + self.given.len()) * WEIGHT
    }
}

/// The cache of valid documents.
#[derive(Clone, Debug)]
pub(crate) struct DocumentCache {
    operations: Cache<Key, Arc<OperationDefinition>>,
    check_scalar: CheckScalar,
}

impl DocumentCache {
    /// An empty cache.
    pub(crate) fn new(check_scalar: CheckScalar) -> Self {
        let weigh = |key: &Key, _: &Arc<OperationDefinition>| u32::try_from(key.weight()).unwrap_or(u32::MAX);
        let operations = Cache::builder().weigher(weigh).max_capacity(MAX_CACHED_BYTES).build();
        Self { operations, check_scalar }
    }

    /// What is known of a document, if the values of its variables are surely of their types.
    pub(crate) fn find(
        &self,
        types: &SchemaTypes,
        key: &Key,
        variables: &Variables,
    ) -> Option<Arc<OperationDefinition>> {
        self.operations.get(key).filter(|known| {
            known.variable_definitions.iter().map(|definition| &definition.node).all(|definition| {
                let value = variables.get(&definition.name.node);
                value.is_none_or(|value| is_of(types, self.check_scalar, &definition.var_type.node, value))
            })
        })
    }

    /// Keeps what the guard made of a document that was found valid, if it may be kept.
    pub(crate) fn keep(&self, types: &SchemaTypes, key: Key, operation: &Arc<OperationDefinition>) {
        let is_plain = operation
            .variable_definitions
            .iter()
            .all(|definition| !types.is_input_object(SchemaTypes::named(&definition.node.var_type.node)));
        if operation.ty == OperationType::Query && is_plain {
            self.operations.insert(key, Arc::clone(operation));
        }
    }
}

/// Whether a value is surely one of a type: if it is not, validation has the word. Null never is, because whether it
/// may stand depends on if the variable is used.
fn is_of(types: &SchemaTypes, check: CheckScalar, kind: &Type, value: &Value) -> bool {
    match (&kind.base, value) {
        (BaseType::List(inner), Value::List(items)) => {
            items.iter().all(|item| is_of(types, check, inner, item))
        }
        (BaseType::List(_), _) => false,
        (BaseType::Named(name), _) => match (name.as_str(), value) {
            ("Int", Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            ("Float", Value::Number(_))
            | ("String" | "ID", Value::String(_))
            | ("Boolean", Value::Boolean(_)) => true,
            (name, Value::String(text)) => types
                .values(name)
                .map(|values| values.contains(text))
                .or_else(|| check(name, Some(text)).map(|taken| taken.is_ok()))
                .unwrap_or(false),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;
    use crate::fixture::{PRICES, check_scalar};
    use crate::guard::admit::admit;

    const SDL: &str = "type Query { books(first: Int, filter: Filter): Books }
        type Mutation { vote(id: Int): Books }
        type Books { count: Int }
        input Filter { has: Int }";

    /// Whether a document is known once it was found valid.
    fn is_kept(query: &str, variables: serde_json::Value) -> bool {
        let types = SchemaTypes::read(SDL).unwrap();
        let documents = DocumentCache::new(check_scalar);
        let variables = Variables::from_json(variables);
        let query: Arc<str> = query.into();
        let Some(key) = Key::new(&query, None, &variables) else { return false };
        let admitted = admit(&types, &PRICES, parse_query(&query).unwrap(), None, &variables).unwrap();
        documents.keep(&types, key.clone(), &Arc::new(admitted.operation.node));
        documents.find(&types, &key, &variables).is_some()
    }

    #[test]
    fn queries_that_depend_on_no_value_are_cached() {
        let none = || serde_json::json!({});
        assert!(is_kept("{ books { count } }", none()));
        assert!(is_kept("query($n: Int) { books(first: $n) { count } }", serde_json::json!({ "n": 1 })));
        assert!(is_kept("query($n: Int) { books(filter: { has: $n }) { count } }", none()));
        let filter = "query($f: Filter) { books(filter: $f) { count } }";
        assert!(is_kept(filter, none()), "without a value the variable is taken out");
        assert!(!is_kept(filter, serde_json::json!({ "f": { "has": 1 } })));
        for query in ["mutation { vote(id: 1) { count } }", "{ books { count @include(if: true) } }"] {
            assert!(!is_kept(query, none()), "{query}");
        }
    }

    #[test]
    fn only_certainly_valid_values_skip_validation() {
        let types = SchemaTypes::read("type Query { a: Int } enum Order { NEWEST }").unwrap();
        for (kind, value, expected) in [
            ("Int!", serde_json::json!(1), true),
            ("Int", serde_json::json!(1.5), false),
            ("Int", serde_json::json!(3_000_000_000_u64), false),
            ("Int", serde_json::json!(null), false),
            ("String", serde_json::json!("x"), true),
            ("String", serde_json::json!(1), false),
            ("ID!", serde_json::json!("x"), true),
            ("[ID!]!", serde_json::json!(["x", "y"]), true),
            ("[ID!]!", serde_json::json!(["x", null]), false),
            ("[ID!]!", serde_json::json!("x"), false),
            ("Order", serde_json::json!("NEWEST"), true),
            ("Order", serde_json::json!("OLDEST"), false),
            ("ShelfMark", serde_json::json!("A2"), true),
            ("ShelfMark", serde_json::json!("soon"), false),
            ("Url", serde_json::json!("x"), false),
        ] {
            let value = Value::from_json(value).unwrap();
            assert_eq!(
                is_of(&types, check_scalar, &Type::new(kind).unwrap(), &value),
                expected,
                "{kind} {value}"
            );
        }
    }

    #[test]
    fn long_variable_names_count_towards_the_cache_size() {
        let query: Arc<str> = "{__typename}".into();
        let many: serde_json::Map<_, _> =
            (0..31).map(|number| (format!("v{number}"), serde_json::json!(1))).collect();
        assert!(Key::new(&query, None, &Variables::from_json(many.into())).is_none());
        let long = serde_json::json!({ "v".repeat(90_000): 1 });
        let key = Key::new(&query, None, &Variables::from_json(long)).unwrap();
        assert!(key.weight() > 90_000);
    }

    #[test]
    fn cached_documents_depend_on_which_variables_are_set() {
        let query: Arc<str> = "query($n: Int) { books(first: $n) { count } }".into();
        let key = |variables| Key::new(&query, None, &Variables::from_json(variables)).unwrap();
        assert_eq!(key(serde_json::json!({ "n": 1 })), key(serde_json::json!({ "n": 2 })));
        assert_ne!(key(serde_json::json!({ "n": 1 })), key(serde_json::json!({})));
    }
}
