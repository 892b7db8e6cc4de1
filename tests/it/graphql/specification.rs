//! What the GraphQL specification requires of every response: conditions, fragments, all spellings of values, and a
//! schema with a description of everything.

use serde_json::{Value, json};

use crate::support::fixtures::stack_with_papers;
use crate::support::{Client, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn include_and_skip_select_as_specified() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    for (query, variables, data) in [
        (
            "query($b: Boolean! = true) { feed { period @include(if: $b) } }",
            json!({}),
            json!({ "feed": { "period": "2026-01-06" } }),
        ),
        ("query($b: Boolean = true) { feed { period @skip(if: $b) } }", json!({}), json!({ "feed": {} })),
        (
            "query($b: Boolean! = true) { feed { period @skip(if: $b) startsOn } }",
            json!({ "b": false }),
            json!({ "feed": { "period": "2026-01-06", "startsOn": "2026-01-06" } }),
        ),
        (
            "query($b: Boolean! = true) { feed { ...F @include(if: $b) } } fragment F on Feed { period }",
            json!({}),
            json!({ "feed": { "period": "2026-01-06" } }),
        ),
        (
            "query($b: Boolean!) { feed { __typename @include(if: $b) period } }",
            json!({ "b": true }),
            json!({ "feed": { "__typename": "Feed", "period": "2026-01-06" } }),
        ),
        // An object without selected fields is an empty object.
        ("query($b: Boolean!) { feed @include(if: $b) { period } }", json!({ "b": false }), json!({})),
        ("{ __typename @skip(if: true) }", json!({}), json!({})),
        ("{ feed { ... on Feed @include(if: false) { period } } }", json!({}), json!({ "feed": {} })),
        (
            "query($b: Boolean!) { papers(first: 2) { pageInfo { hasNextPage @include(if: $b) } nodes { title @include(if: $b) }
                edges { node { organization { name @include(if: $b) } authors { name @include(if: $b) } } } } }",
            json!({ "b": false }),
            json!({ "papers": { "pageInfo": {}, "nodes": [{}, {}], "edges": [
                { "node": { "organization": {}, "authors": [{}] } }, { "node": { "organization": {}, "authors": [{}] } }
            ] } }),
        ),
        // A missing object is null.
        ("{ organization(slug: \"nobody\") { name @skip(if: true) } }", json!({}), json!({ "organization": null })),
    ] {
        let answer = client.execute(query, variables).await;
        let mut expected = data;
        if let Some(edges) = expected.pointer("/papers/edges").cloned() {
            // The number of authors, and whether there is an institution, differ from paper to paper.
            expected["papers"]["edges"] = same_shape(&edges, &answer.data()["papers"]["edges"]);
        }
        assert_eq!(*answer.data(), expected, "{query}: {answer}");
        assert!(!answer.has_errors(), "{query}: {answer}");
    }
}

/// The edges of the response, after a check that their objects are empty as expected.
fn same_shape(expected: &Value, answered: &Value) -> Value {
    let is_empty = |value: &Value| value == &json!({}) || value.is_null();
    let nodes = answered.as_array().unwrap();
    assert_eq!(nodes.len(), expected.as_array().unwrap().len());
    for node in nodes {
        assert!(is_empty(&node["node"]["organization"]), "{node}");
        assert!(
            node["node"]["authors"].as_array().unwrap().iter().all(|author| author == &json!({})),
            "{node}"
        );
    }
    answered.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_on_interfaces_may_contain_fragments_on_any_type() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let paper = client.field("{ papers(first: 1) { nodes { id title } } }").await["nodes"][0].take();
    let card = "fragment Card on Node { id ... on Paper { title } ... on User { handle } ...Inner }
        fragment Inner on Node { __typename ... on Organization { name } }";
    let query = format!("{{ papers(first: 1) {{ nodes {{ ...Card }} }} }} {card}");
    let expected = json!({ "id": paper["id"], "title": paper["title"], "__typename": "Paper" });
    assert_eq!(client.field(&query).await["nodes"][0], expected);
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ...Card ... on User {{ id }} }} }} {card}");
    assert_eq!(client.field_with(&query, json!({ "id": paper["id"] })).await, expected);
    let query = "query($id: ID!) { node(id: $id) { ... on User { handle } } }";
    assert_eq!(client.field_with(query, json!({ "id": paper["id"] })).await, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_spellings_of_strings_and_documents_are_read() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let nobody = json!({ "organization": null });
    for written in ["\\u{1F4A5}", "\\uD83D\\uDCA5", "\\u0041\\u{0000042}", "💥"] {
        assert_eq!(client.get(&format!("{{ organization(slug: \"{written}\") {{ id }} }}")).await, nobody);
    }
    let query =
        "\"What it is for.\" query Nodes(\"Whose.\" $ids: [ ID # each\n ! ] !) { nodes(ids: $ids) { ...N } }
        \"\"\"\nThe type.\n\"\"\" fragment N on Node { __typename }";
    assert_eq!(client.ok(query, json!({ "ids": ["x"] })).await, json!({ "nodes": [null] }));
    // NUL is refused in every spelling.
    for written in ["\\u0000", "\\u{0}"] {
        let query = format!("{{ organization(slug: \"{written}\") {{ id }} }}");
        assert_eq!(client.code(&query, json!({})).await, "BAD_REQUEST");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_documents_and_variables_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let filter = "query($f: PaperFilter) { papers(filter: $f) { totalCount } }";
    for (query, variables) in [
        ("query($n: Int! = 3) { papers(first: $n) { totalCount } }", json!({ "n": null })),
        ("query($n: Int) { papers(first: $n) { totalCount } }", json!({ "n": 2_147_483_648_i64 })),
        ("query($i: [ID!]) { nodes(ids: $i) { id } }", json!({ "i": ["x"] })),
        ("query($i: Nope) { nodes(ids: $i) { id } }", json!({})),
        (filter, json!({ "f": "x" })),
        (filter, json!({ "f": [{}] })),
        (filter, json!({ "f": { "publishedFrom": "soon" } })),
        ("{ papers(orderBy: \"NEWEST\") { totalCount } }", json!({})),
        ("{ __typename @include }", json!({})),
        ("{ __typename @include(if: true, if: true) }", json!({})),
        ("{ __typename @include(if: $b) }", json!({ "b": true })),
        ("{ node(id: \"x\") { ... on Paper { a: title } ... on Comment { a: author { id } } } }", json!({})),
        ("{ ...on } fragment on on Query { __typename }", json!({})),
        ("query A() { __typename }", json!({})),
    ] {
        let answer = client.execute(query, variables).await;
        assert!(!answer.has_data(), "{query}: {answer}");
        assert_eq!(answer.error_code(), Some("BAD_REQUEST"), "{query}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_of_the_years_1_to_9999() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let query = "query($f: PaperFilter) { papers(filter: $f) { totalCount } }";
    for (from, to) in [("0001-01-01", "9999-12-31"), ("1850-02-28", "2400-02-29")] {
        let filter = json!({ "f": { "publishedFrom": from, "publishedTo": to } });
        assert_eq!(client.field_with(query, filter).await["totalCount"], 3);
    }
    for day in [
        "0000-01-01",
        "10000-01-01",
        "-0001-01-01",
        "2026-02-29",
        "2026-1-06",
        "2026-W02",
        "2026-01",
        "soon",
        "",
    ] {
        let answer = client.execute(query, json!({ "f": { "publishedFrom": day } })).await;
        let message = answer.error_message();
        assert!(message.contains("not a valid Date"), "{day}: {answer}");
    }
}

/// The lists of a type that have descriptions, and the arguments within.
fn described(kind: &Value) -> Vec<(String, &Value)> {
    let name = kind["name"].as_str().unwrap();
    let mut all = vec![(name.to_owned(), kind)];
    for list in ["fields", "inputFields", "enumValues"] {
        for member in kind[list].as_array().into_iter().flatten() {
            let path = format!("{name}.{}", member["name"].as_str().unwrap());
            for argument in member["args"].as_array().into_iter().flatten() {
                all.push((format!("{path}({})", argument["name"].as_str().unwrap()), argument));
            }
            all.push((path, member));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_schema_has_a_description() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let schema = server
        .client()
        .get(
            "{ __schema { types { name description fields(includeDeprecated: true) { name description args { name description } }
                inputFields { name description } enumValues(includeDeprecated: true) { name description } }
                directives { name description args { name description } } } }",
        )
        .await;
    let types = schema["__schema"]["types"].as_array().unwrap();
    // ID is defined by the specification.
    let is_ours = |name: &str| !name.starts_with("__") && name != "ID";
    let ours = types.iter().filter(|kind| is_ours(kind["name"].as_str().unwrap()));
    let all: Vec<_> = ours.flat_map(described).collect();
    assert!(all.len() > 500, "{} of them", all.len());
    let is_described =
        |value: &Value| value["description"].as_str().is_some_and(|text| !text.trim().is_empty());
    let missing: Vec<_> =
        all.iter().filter(|(_, value)| !is_described(value)).map(|(path, _)| path).collect();
    assert!(missing.is_empty(), "without a description: {missing:?}");
}

const LARGE_SELECTION: &str =
    "__schema { types { name description fields { name description args { name description } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn introspection_costs_points_by_the_size_of_its_response() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let client: Client = server.client();
    let one = client.execute(&format!("{{ {LARGE_SELECTION} }}"), json!({})).await;
    let points = one.cost();
    assert!((20..500).contains(&points), "{points}");
    // Asked again, the response and its cost are the same.
    assert_eq!(client.execute(&format!("{{ {LARGE_SELECTION} }}"), json!({})).await, one);
    let two = client.execute(&format!("{{ a: {LARGE_SELECTION} b: {LARGE_SELECTION} }}"), json!({})).await;
    assert_eq!(two.cost(), 2 * points);
    assert_eq!(two.data()["a"], one.data()["__schema"]);
    let many: String = (0..20).map(|number| format!("a{number}: {LARGE_SELECTION} ")).collect();
    assert_eq!(client.code(&format!("{{ {many} }}"), json!({})).await, "TOO_COMPLEX");
    assert!(client.execute("{ __type(name: \"Paper\") { fields { name } } }", json!({})).await.cost() <= 4);
    assert_eq!(client.execute("{ __typename }", json!({})).await.cost(), 1);
    // Beside other fields it costs the same.
    let beside = client.execute(&format!("{{ {LARGE_SELECTION} categories {{ code }} }}"), json!({})).await;
    assert!(beside.cost() > points && beside.data()["__schema"] == one.data()["__schema"]);
}
