//! What a question about the schema costs.
//!
//! It is answered from memory, but the answer may be large: a list of types holds lists of fields, and those lists of
//! arguments. So the objects of the answer are counted, as many as the schema has on average.

use async_graphql::parser::types::{Field, Selection, SelectionSet};

use crate::guard::schema_types::Sizes;

/// Objects of a schema that cost one point together. They are small: a name, a kind, a line of description.
const OBJECTS_PER_POINT: u64 = 20;

/// The points of `__schema` or `__type`, its fragments inlined.
pub(crate) fn price(sizes: Sizes, field: &Field) -> u64 {
    objects(sizes, field).div_ceil(OBJECTS_PER_POINT)
}

fn objects(sizes: Sizes, field: &Field) -> u64 {
    let set = &field.selection_set.node;
    if set.items.is_empty() {
        return 0;
    }
    let entry = within(sizes, set).saturating_add(1);
    let count = match field.name.node.as_str() {
        "types" => sizes.types,
        "fields" => sizes.fields,
        "args" => sizes.arguments,
        "inputFields" => sizes.input_fields,
        "enumValues" => sizes.values,
        // Most types are of none: what is asked for of one counts.
        "ofType" => return within(sizes, set),
        _ => 1,
    };
    count.saturating_mul(entry)
}

fn within(sizes: Sizes, set: &SelectionSet) -> u64 {
    let count = |selection: &Selection| match selection {
        Selection::Field(field) => objects(sizes, &field.node),
        Selection::InlineFragment(fragment) => within(sizes, &fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    };
    set.items.iter().fold(0, |sum, item| sum.saturating_add(count(&item.node)))
}
