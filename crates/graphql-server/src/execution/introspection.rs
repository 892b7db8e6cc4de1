//! Answers to questions about the schema.
//!
//! The schema does not change while the process runs, and tools ask for the whole of it in the same few words. What was
//! answered once is answered again without being recomputed. It costs as much as the first time, because it is as
//! large.

use async_graphql::parser::types::{OperationDefinition, OperationType, Selection};
use async_graphql::{Value, Variables};
use moka::sync::Cache;

use crate::documents::document_cache::Key;

/// The maximum number of bytes that all answers take up, as far as can be told.
const MAX_CACHED_OCTETS: u64 = 16 << 20;

/// The maximum number of bytes in memory that a byte of JSON makes.
const WEIGHT: usize = 4;

/// The cache of answers to introspection.
#[derive(Clone, Debug)]
pub struct IntrospectionCache(Cache<Key, Value>);

impl Default for IntrospectionCache {
    fn default() -> Self {
        let weigh = |_: &Key, data: &Value| {
            let bytes = serde_json::to_vec(data).map_or(usize::MAX, |json| json.len().saturating_mul(WEIGHT));
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(MAX_CACHED_OCTETS).build())
    }
}

impl IntrospectionCache {
    /// What was answered before.
    pub(crate) fn find(&self, key: &Key) -> Option<Value> {
        self.0.get(key)
    }

    /// Keeps an answer without errors.
    pub(crate) fn keep(&self, key: Key, data: Value) {
        self.0.insert(key, data);
    }
}

/// Whether an operation asks for nothing but the schema, and always for the same of it.
pub(crate) fn is_introspection(operation: &OperationDefinition, variables: &Variables) -> bool {
    operation.ty == OperationType::Query
        && variables.is_empty()
        && operation.selection_set.node.items.iter().all(|item| match &item.node {
            Selection::Field(field) => field.node.name.node.starts_with("__"),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
        })
}
