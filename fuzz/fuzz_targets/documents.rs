//! Requests of GraphQL, from the body of a POST up to the executor: the scan, the parser, the guard, the rules.
//!
//! The document stands before the first line `%%`, the variables as JSON behind it.

#![no_main]

use std::sync::LazyLock;

use api::contract;
use graphql_server::documents::scan::scan;
use graphql_server::{Guard, Variables};
use libfuzzer_sys::fuzz_target;

static GUARD: LazyLock<Guard> = LazyLock::new(|| contract::guard().expect("a schema"));

/// What a document costs with these variables, which are JSON; `None` if it is refused.
fn cost(document: &str, variables: &str) -> Option<u64> {
    let variables = Variables::from_json(serde_json::from_str(variables).ok()?);
    GUARD.admit(document, None, &variables).ok().map(|admitted| admitted.cost)
}

fuzz_target!(|text: &str| {
    let (document, variables) = text.split_once("\n%%\n").unwrap_or((text, "{}"));
    if let Ok(scanned) = scan(document) {
        assert_eq!(scanned.lines().count(), document.lines().count());
        // Of two descriptions in a row the first is left to be refused, so a second scan may find less.
        assert!(scan(&scanned).is_ok());
    }
    let price = cost(document, variables);
    assert!(price.is_none_or(|price| price <= GUARD.prices().max_operation));
    // What is remembered of a valid document changes nothing.
    assert_eq!(cost(document, variables), price);
});
