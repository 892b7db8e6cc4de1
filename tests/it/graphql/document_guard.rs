//! Hostile documents, and fields that are selected twice.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Process;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::NO_ERRORS;

/// The code of the refusal, which must come long before the deadline.
async fn refused(server: &Process, query: &str) -> String {
    let start = Instant::now();
    let code = server.client().code(query, json!({})).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?} for {query:.80}", start.elapsed());
    code
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_expand_too_much_are_refused_at_once() {
    let (_stack, server) = stack_with_papers(1..6).await;
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
    // A chain of fragments does not fan out.
    let chain: String =
        (0..40).map(|level| format!("fragment F{level} on Query {{ ...F{} }} ", level + 1)).collect();
    let chain = format!("{{ ...F0 }} {chain} fragment F40 on Query {{ __typename }}");
    assert_eq!(server.client().get(&chain).await, json!({ "__typename": "Query" }));
    // The server still answers other requests.
    assert_eq!(server.client().get("{ __typename }").await, json!({ "__typename": "Query" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn nul_characters_are_refused() {
    let (_stack, server) = stack_with_papers(1..6).await;
    assert_eq!(refused(&server, "{ organization(slug: \"a\\u0000b\") { id } }").await, "BAD_REQUEST");
    let query = "query($slug: String!) { organization(slug: $slug) { id } }";
    assert_eq!(server.client().code(query, json!({ "slug": "a\u{0}b" })).await, "BAD_REQUEST");
    for query in [
        "query($slug: String! = \"a\\u0000b\") { organization(slug: $slug) { id } }",
        "{ feed @include(if: \"a\\u0000b\") { period } }",
    ] {
        assert_eq!(refused(&server, query).await, "BAD_REQUEST");
    }
    assert_eq!(reqwest::get(server.url("/papers/a%00b")).await.unwrap().status(), 404);
    for slug in ["'; DROP TABLE paper; --", "%", "\u{202E}", "🦀".repeat(1000).as_str()] {
        assert!(server.client().field_with(query, json!({ "slug": slug })).await.is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_introspection_query_of_common_tools_is_answered() {
    let (_stack, server) = stack_with_papers(1..6).await;
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
    // Every type, field, argument and value has a description.
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
async fn a_mutation_selected_twice_runs_once() {
    let (stack, server) = stack_with_papers(1..6).await;
    let admin = server.admin(&stack);
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
             fragment F on Mutation {{ {c} }}"
        ),
    ] {
        let answer = admin.execute(&mutation, json!({ "yes": true, "no": false })).await;
        assert!(!answer.has_errors(), "{answer}");
    }
    // With two aliases it runs twice.
    admin.ok(&format!("mutation {{ one: {a} two: {a} }}"), json!({})).await;
    for (email, count) in [("a@example.org", 3), ("b@example.org", 1), ("c@example.org", 1)] {
        stack.smtp.nth_to(email, count).await;
        assert_eq!(stack.smtp.mails_to(email).len(), count, "{email}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_fields_give_one_response() {
    let (_stack, server) = stack_with_papers(1..6).await;
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
    // One name with different arguments is an error.
    let conflict = "{ papers(first: 1) { totalCount } papers(first: 2) { totalCount } }";
    assert_eq!(client.code(conflict, json!({})).await, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_directives_are_refused() {
    let (_stack, server) = stack_with_papers(1..6).await;
    for query in ["{ __typename @foo }", "{ feed @foo { period } }", "query @foo { feed { period } }"] {
        assert_eq!(refused(&server, query).await, "BAD_REQUEST", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_variable_is_an_absent_argument() {
    let (stack, server) = stack_with_papers(1..6).await;
    let client = server.client();
    let query = "query($order: PaperOrder, $filter: PaperFilter, $featured: Boolean) {
        papers(orderBy: $order, filter: $filter) { nodes { title } }
        more: papers(filter: { featured: $featured, keywords: [\"even numbers\"] }) { totalCount } }";
    let plain = client.get("{ papers { nodes { title } } }").await;
    let answer = client.ok(query, json!({})).await;
    assert_eq!(answer["papers"], plain["papers"]);
    assert_eq!(answer["more"]["totalCount"], 2);
    // Null is a value.
    assert_eq!(client.code(query, json!({ "order": null })).await, "BAD_REQUEST");

    let subscribe = "mutation($email: String!, $cadence: Cadence, $zone: String) {
        subscribe(input: { email: $email, cadence: $cadence, timeZone: $zone }) { userErrors { code } } }";
    let asked = client.mutate(subscribe, json!({ "email": "ada@example.org" })).await;
    assert_eq!(asked.user_errors(), NO_ERRORS);
    let mail = stack.smtp.nth_to("ada@example.org", 1).await;
    crate::support::journey::confirm(&client, &mail).await;
    let token = crate::support::journey::manage_token(&stack, &client, "ada@example.org").await;
    let update = "mutation($token: String!, $filter: DigestFilterInput, $day: Date, $papers: Int) {
        updateSubscription(token: $token, input: { filter: $filter, pausedUntil: $day, maxPapers: $papers }) {
            emailSubscription { maxPapers pausedUntil filter { keywords } } userErrors { code } } }";
    let all = json!({ "token": token, "filter": { "keywords": ["k"] }, "day": "2026-02-01", "papers": 5 });
    client.ok(update, all).await;
    let kept = client.mutate(update, json!({ "token": token, "papers": 7 })).await;
    assert_eq!(
        kept["emailSubscription"],
        json!({ "maxPapers": 7, "pausedUntil": "2026-02-01", "filter": { "keywords": ["k"] } })
    );
    let cleared = client.mutate(update, json!({ "token": token, "filter": null, "day": null })).await;
    assert_eq!(
        cleared["emailSubscription"],
        json!({ "maxPapers": 7, "pausedUntil": null, "filter": { "keywords": [] } })
    );
    // An unused variable, and one for a required argument, are still errors.
    assert_eq!(refused(&server, "query($never: Int) { feed { period } }").await, "BAD_REQUEST");
    assert_eq!(
        refused(&server, "query($slug: String) { organization(slug: $slug) { id } }").await,
        "BAD_REQUEST"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_values_are_refused_before_execution() {
    let (stack, server) = stack_with_papers(1..6).await;
    let curator = server.curator(&stack);
    let id = curator.paper_id("2601.00001").await;
    let mutation = "mutation($id: ID!, $on: Date) {
        unfeaturePaper(paperId: $id) { userErrors { code } }
        featurePaper(paperId: $id, on: $on) { userErrors { code } } }";
    let answer = curator.execute(mutation, json!({ "id": id, "on": "tomorrow" })).await;
    assert!(!answer.has_data(), "{answer}");
    assert_eq!(refused(&server, "{ __typename feed(period: \"x\") { period } }").await, "BAD_REQUEST");
    assert_eq!(stack.count("SELECT COUNT(*) FROM featured_paper WHERE removed_at IS NULL").await, 5);
}
