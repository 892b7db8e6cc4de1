//! Documents that are made to hurt, and fields that are asked for twice.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::{Process, Stack};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..6);
    let server = stack.serve().await;
    (stack, server)
}

/// The code of the refusal, which must come at once.
async fn refused(server: &Process, query: &str) -> String {
    let start = Instant::now();
    let code = server.client().code(query, json!({})).await;
    assert!(start.elapsed() < Duration::from_millis(500), "{:?} for {query:.80}", start.elapsed());
    code
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_expand_to_too_much_are_refused_at_once() {
    let (_stack, server) = stack_with_papers().await;
    let fan_out: String = (0..28)
        .map(|level| format!("fragment F{level} on Query {{ ...F{0} ...F{0} }} ", level + 1))
        .collect();
    let fan_out = format!("{{ ...F0 }} {fan_out} fragment F28 on Query {{ __typename }}");
    let aliases: String = (0..1_000).map(|number| format!("a{number}: __typename ")).collect();
    let repeated = "id ".repeat(2_100);
    let deep = format!("{{ feed {}{} }}", "{ papers { nodes { authors ".repeat(5), "}}}".repeat(5));
    let directives: String = (0..60).map(|_| "... @include(if: true) { __typename } ").collect();
    let lists = format!("{{ nodes(ids: {}{}) {{ id }} }}", "[".repeat(40), "]".repeat(40));
    let roots: String = (0..25).map(|number| format!("a{number}: feed {{ period }} ")).collect();
    for query in [
        fan_out,
        format!("{{ {aliases} }}"),
        format!("{{ papers {{ nodes {{ {repeated} }} }} }}"),
        deep,
        format!("{{ {directives} }}"),
        lists,
        format!("{{ {roots} }}"),
    ] {
        assert_eq!(refused(&server, &query).await, "TOO_COMPLEX", "{query:.100}");
    }
    let cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    assert_eq!(refused(&server, cycle).await, "BAD_REQUEST");
    assert_eq!(refused(&server, "{ ...Missing }").await, "BAD_REQUEST");
    // A chain of fragments is no fan-out.
    let chain: String =
        (0..100).map(|level| format!("fragment F{level} on Query {{ ...F{} }} ", level + 1)).collect();
    let chain = format!("{{ ...F0 }} {chain} fragment F100 on Query {{ __typename }}");
    assert_eq!(server.client().get(&chain).await, json!({ "__typename": "Query" }));
    // And the server still answers others.
    assert_eq!(server.client().get("{ __typename }").await, json!({ "__typename": "Query" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_is_no_character() {
    let (_stack, server) = stack_with_papers().await;
    assert_eq!(refused(&server, "{ organization(slug: \"a\\u0000b\") { id } }").await, "BAD_REQUEST");
    let query = "query($slug: String!) { organization(slug: $slug) { id } }";
    assert_eq!(server.client().code(query, json!({ "slug": "a\u{0}b" })).await, "BAD_REQUEST");
    for slug in ["'; DROP TABLE paper; --", "%", "\u{202E}", "🦀".repeat(1000).as_str()] {
        assert!(server.client().ok(query, json!({ "slug": slug })).await["organization"].is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_introspection_of_common_tools_is_answered() {
    let (_stack, server) = stack_with_papers().await;
    let query = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType } directives { name description locations args { ...InputValue } } } }
        fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description
            args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
            inputFields { ...InputValue } interfaces { ...TypeRef }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
        fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
    let data = server.client().get(query).await;
    let types = data["__schema"]["types"].as_array().unwrap();
    assert!(types.iter().any(|kind| kind["name"] == "Paper"));
    // Every type, field, argument and value says what it is.
    for kind in types {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        let said = |value: &Value, what: &str| {
            assert!(
                value["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{what} has no description"
            );
        };
        if !["Query", "Mutation"].contains(&name) {
            said(kind, name);
        }
        for list in ["fields", "inputFields", "enumValues"] {
            for member in kind[list].as_array().into_iter().flatten() {
                said(member, &format!("{name}.{}", member["name"]));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_that_is_selected_twice_runs_once() {
    let (stack, server) = stack_with_papers().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let send = |email: &str| format!("sendTestDigest(input: {{ email: \"{email}\", cadence: DAILY }})");
    let with = |email: &str, directive: &str| {
        format!("{} {directive} {{ delivery {{ id }} userErrors {{ code }} }}", send(email))
    };
    let (a, b, c) = (with("a@example.org", ""), with("b@example.org", ""), with("c@example.org", ""));
    let included = with("c@example.org", "@include(if: $yes)");
    for mutation in [
        format!("mutation {{ {a} {a} }}"),
        format!("mutation {{ ...F ...G }} fragment F on Mutation {{ {b} }} fragment G on Mutation {{ {b} }}"),
        format!(
            "mutation($yes: Boolean!, $no: Boolean!) {{ {included} ... on Mutation @skip(if: $no) {{ {c} }} ...F @skip(if: $yes) }} \
             fragment F on Mutation {{ {a} }}"
        ),
    ] {
        let answer = admin.raw(&mutation, json!({ "yes": true, "no": false })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    // Under two names it is two.
    admin.ok(&format!("mutation {{ one: {a} two: {a} }}"), json!({})).await;
    for (email, count) in [("a@example.org", 3), ("b@example.org", 1), ("c@example.org", 1)] {
        stack.smtp.nth_to(email, count).await;
        assert_eq!(stack.smtp.mails_to(email).len(), count, "{email}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_fields_answer_as_one() {
    let (_stack, server) = stack_with_papers().await;
    let client = server.client();
    let data = client
        .ok(
            "query($yes: Boolean!) {
                feed { ...Head papers(first: 1) { nodes { title } } }
                feed { period ...Tail @include(if: $yes) papers(first: 1) { nodes { slug ... on Node { id } ... on Paper { title } } } }
                ...Root
                node(id: \"UGFwZXI6MQ\") { id ... on Paper { title slug } ... on Organization { name } ... on Paper { title } }
             }
             fragment Head on Feed { period startsOn }
             fragment Tail on Feed { endsOn @skip(if: $yes) isComplete }
             fragment Root on Query { __typename feed { period } }",
            json!({ "yes": true }),
        )
        .await;
    assert_eq!(
        data,
        json!({
            "feed": {
                "period": "2026-01-06", "startsOn": "2026-01-06", "isComplete": true,
                "papers": { "nodes": [{ "title": "Paper 1", "slug": "2601.00001", "id": "UGFwZXI6MQ" }] },
            },
            "__typename": "Query",
            "node": { "id": "UGFwZXI6MQ", "title": "Paper 1", "slug": "2601.00001" },
        })
    );
    // One name with different arguments is an error, not two answers merged.
    let conflict = "{ papers(first: 1) { totalCount } papers(first: 2) { totalCount } }";
    assert_eq!(client.code(conflict, json!({})).await, "BAD_REQUEST");
}
