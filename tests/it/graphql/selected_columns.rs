//! Only selected columns are read, and each field has the same value as if all columns were read.
//!
//! Each field of each object is selected alone, at every place of the schema that has such objects, and compared
//! with the same field of `node`, which reads all columns. The fields are those of introspection, so that new fields
//! are included.

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::graphql::{NO_ERRORS, PageInfo, nodes};
use crate::support::{Client, Stack, eventually};

/// The selectable fields of each type: for an object each of its leaves.
struct Types(BTreeMap<String, Vec<(String, String)>>);

impl Types {
    async fn read(client: &Client) -> Self {
        let query = "{ __schema { types { name fields { name type { kind name ofType { kind name \
                     ofType { kind name ofType { kind name } } } } } } } }";
        let schema = client.get(query).await;
        let mut types = BTreeMap::new();
        for kind in schema["__schema"]["types"].as_array().unwrap() {
            let fields = kind["fields"].as_array().into_iter().flatten().map(|field| {
                let mut inner = &field["type"];
                while !inner["ofType"].is_null() {
                    inner = &inner["ofType"];
                }
                let is_object = inner["kind"] == "OBJECT";
                let named = if is_object { inner["name"].as_str().unwrap() } else { "" };
                (field["name"].as_str().unwrap().to_owned(), named.to_owned())
            });
            types.insert(kind["name"].as_str().unwrap().to_owned(), fields.collect());
        }
        Self(types)
    }

    /// All selections of a type, a leaf at a time: `title`, `organization { slug }`.
    fn selections(&self, name: &str) -> Vec<String> {
        let mut all = vec!["__typename".to_owned()];
        for (field, named) in &self.0[name] {
            if named.is_empty() {
                all.push(field.clone());
            } else if named.ends_with("Connection") {
                all.push(format!("{field}(first: 2) {{ nodes {{ id }} }}"));
            } else {
                all.push(format!("{field} {{ __typename }}"));
                let leaves = self.0[named].iter().filter(|(_, named)| named.is_empty());
                all.extend(leaves.map(|(leaf, _)| format!("{field} {{ {leaf} }}")));
            }
        }
        all
    }
}

/// Requests every selection at every place, marked `SELECTION`, at the first also within fragments, and compares the
/// values at the pointer. Answers the selections without a value.
async fn compare(
    client: &Client,
    types: &Types,
    name: &str,
    id: &Value,
    places: &[(&str, &str)],
) -> Vec<String> {
    let selections = types.selections(name);
    assert!(selections.len() > 5, "{selections:?}");
    let mut without = Vec::new();
    for selection in selections {
        let whole = format!("query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {selection} }} }} }}");
        let whole = client.execute(&whole, json!({ "id": id })).await.data()["node"].clone();
        let values = whole.as_object().unwrap().values();
        let mut values =
            values.flat_map(|value| value.as_object().map_or(vec![value], |map| map.values().collect()));
        if values.all(Value::is_null) {
            without.push(selection.clone());
        }
        let in_fragment = format!("... on {name} {{ {selection} }}");
        let conditional = format!("... @include(if: true) {{ {selection} }}");
        let in_other_ways = [in_fragment, conditional].map(|selection| (places[0], selection));
        let plain = places.iter().map(|&place| (place, selection.clone()));
        for ((place, pointer), selection) in plain.chain(in_other_ways) {
            let query = place.replace("SELECTION", &selection);
            let answer = client.execute(&query, json!({})).await;
            assert!(!answer.has_errors(), "{query}: {answer:#}");
            assert_eq!(answer.data().pointer(pointer), Some(&whole), "{query}: {answer:#}");
        }
    }
    without
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_selected_alone_has_the_same_value_as_among_all() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..2);
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let papers = admin.field("{ papers(first: 1) { nodes { id arxivId } } }").await;
    let paper = &nodes(&papers)[0];
    let update = "mutation($id: ID!, $input: PaperInput!) { updatePaper(paperId: $id, input: $input) { userErrors { message } } }";
    let input = json!({ "organization": "The Institute", "repositoryUrl": "https://code.example.org/x" });
    let updated = admin.mutate(update, json!({ "id": paper["id"], "input": input })).await;
    assert_eq!(updated.user_errors(), NO_ERRORS);
    let add = "mutation($input: AddCommentInput!) { addComment(input: $input) { comment { id } userErrors { message } } }";
    let mut comments = Vec::new();
    for parent in [Value::Null, Value::Null] {
        let parent = comments.first().cloned().unwrap_or(parent);
        let input = json!({ "paperId": paper["id"], "parentId": parent, "body": "*Well.*" });
        let added = admin.mutate(add, json!({ "input": input })).await;
        comments.push(json!(added.id("comment")));
    }
    eventually("the edition is published", || async {
        let editions = admin.field("{ editions { totalCount } }").await;
        (editions["totalCount"] == 1).then_some(())
    })
    .await;
    let edit = "mutation($id: ID!) { updateComment(id: $id, body: \"Better.\") { userErrors { message } } }";
    for comment in &comments {
        admin.ok(edit, json!({ "id": comment })).await;
    }
    let database = stack.database().await;
    for sql in [
        "UPDATE paper SET summary = 'In short.', project_url = 'https://p.example.org/', repository_stars = 7, \
         thumbnail_url = 'https://t.example.org/', doi = '10.1000/1', withdrawn_on = '2026-01-07', looked_up_at = '2026-01-07 12:00:00+00:00', updated_on = '2026-01-06'",
        "UPDATE organization SET logo_url = 'https://l.example.org/'",
        "UPDATE featured_paper SET featured_by = (SELECT id FROM \"user\" LIMIT 1)",
    ] {
        database.execute_unprepared(sql).await.unwrap();
    }
    database.close().await.unwrap();
    let types = Types::read(&admin).await;

    let by_id = format!("{{ paper(arxivId: {}) {{ SELECTION }} }}", paper["arxivId"]);
    let in_replies = format!(
        "{{ node(id: {}) {{ ... on Comment {{ replies(first: 1) {{ nodes {{ SELECTION }} }} }} }} }}",
        comments[0]
    );
    let places = [
        ("{ papers(first: 1) { nodes { SELECTION } } }", "/papers/nodes/0"),
        ("{ papers(first: 1, orderBy: UPVOTES) { edges { node { SELECTION } } } }", "/papers/edges/0/node"),
        (
            "{ trending(first: 1) { edges { cursor } ... on PaperConnection { nodes { SELECTION } } } }",
            "/trending/nodes/0",
        ),
        (
            "{ feed(period: \"2026-01-05\") { papers(first: 1) { nodes { SELECTION } } } }",
            "/feed/papers/nodes/0",
        ),
        (
            "{ feed(period: \"2026-W02\") { papers(first: 1, orderBy: NEWEST) { ...Some } } } \
             fragment Some on PaperConnection { edges { ... { node { SELECTION } } } }",
            "/feed/papers/edges/0/node",
        ),
        (
            "{ organization(slug: \"the-institute\") { papers(first: 1, orderBy: COMMENTS) { nodes { SELECTION } } } }",
            "/organization/papers/nodes/0",
        ),
        (
            "{ editions(first: 1) { nodes { papers(first: 1) { nodes { SELECTION } } } } }",
            "/editions/nodes/0/papers/nodes/0",
        ),
        (
            "{ editions(first: 1) { edges { node { papers(first: 1) { edges { node { SELECTION } } } } } } }",
            "/editions/edges/0/node/papers/edges/0/node",
        ),
        (by_id.as_str(), "/paper"),
    ];
    let without = compare(&admin, &types, "Paper", &paper["id"], &places).await;
    let never = ["submittedBy { email }", "submittedBy { bannedAt }", "hiddenAt", "pdfUrl"];
    let (never_here, of_the_source) = without.split_at(never.len());
    assert_eq!(never_here, never);
    assert!(of_the_source.iter().all(|field| field.starts_with("sourceSubmitter")), "{of_the_source:?}");

    let places = [
        (
            "{ papers(first: 1) { nodes { comments(first: 1) { nodes { SELECTION } } } } }",
            "/papers/nodes/0/comments/nodes/0",
        ),
        (
            "{ papers(first: 1) { nodes { comments(first: 1) { edges { node { SELECTION } } } } } }",
            "/papers/nodes/0/comments/edges/0/node",
        ),
    ];
    let without = compare(&admin, &types, "Comment", &comments[0], &places).await;
    assert!(without.contains(&"author { bannedAt }".to_owned()) && !without.contains(&"editedAt".to_owned()));
    let answers = [(in_replies.as_str(), "/node/replies/nodes/0")];
    let without = compare(&admin, &types, "Comment", &comments[1], &answers).await;
    assert!(!without.contains(&"parent { id }".to_owned()), "{without:?}");
    // A deleted comment stays in the list, without text and author.
    let delete = "mutation($id: ID!) { deleteComment(id: $id) { userErrors { message } } }";
    admin.ok(delete, json!({ "id": comments[0] })).await;
    let without = compare(&admin, &types, "Comment", &comments[0], &places).await;
    assert!(without.contains(&"body".to_owned()) && without.contains(&"author { id }".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_one_level_may_select_different_columns() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..4);
    let server = stack.serve().await;
    let client = server.client();
    let query = "{ feed(period: \"2026-01-05\") { \
                 a: papers(first: 2) { nodes { title } } \
                 b: papers(first: 2) { nodes { abstract } } \
                 c: papers(first: 1, orderBy: NEWEST) { nodes { title } pageInfo { hasNextPage } } \
                 d: papers(first: 2) { nodes { title abstract } } } }";
    let feed = client.field(query).await;
    for place in 0..2 {
        let (both, a, b) = (&nodes(&feed["d"])[place], &nodes(&feed["a"])[place], &nodes(&feed["b"])[place]);
        assert!(both["title"].is_string() && both["abstract"].is_string(), "{feed:#}");
        assert_eq!((&both["title"], &both["abstract"]), (&a["title"], &b["abstract"]));
    }
    assert!(PageInfo::of(&feed["c"]).has_next_page);
}
