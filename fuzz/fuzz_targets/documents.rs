//! Requests of GraphQL, from the body of a POST up to the executor: the scan, the parser, the guard, the rules.
//!
//! The document stands before the first line `%%`, the variables as JSON behind it.

#![no_main]

use std::sync::LazyLock;

use api::graphql::fuzzing::Gate;
use api::graphql::guard::MAX_COST;
use api::graphql::scan::scan;
use libfuzzer_sys::fuzz_target;

static GATE: LazyLock<Gate> = LazyLock::new(Gate::new);

fuzz_target!(|text: &str| {
    let (document, variables) = text.split_once("\n%%\n").unwrap_or((text, "{}"));
    if let Ok(scanned) = scan(document) {
        assert_eq!(scanned.lines().count(), document.lines().count());
        // Of two descriptions in a row the first is left to be refused, so a second scan may find less.
        assert!(scan(&scanned).is_ok());
    }
    let cost = GATE.admit(document, variables);
    assert!(cost.is_none_or(|cost| cost <= MAX_COST));
    // What is remembered of a valid document changes nothing.
    assert_eq!(GATE.admit(document, variables), cost);
});
