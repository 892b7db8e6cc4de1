//! Every mutation as nobody, reader, curator and administrator; and the filters of deliveries.

use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::graphql::nodes;
use crate::support::journey::subscribe;
use crate::support::{Client, Stack};

/// The minimum role of each mutation: 0 nobody, 1 reader, 2 curator, 3 administrator.
const MUTATIONS: [(&str, usize); 43] = [
    ("subscribe", 0),
    ("confirmSubscription", 0),
    ("updateSubscription", 0),
    ("unsubscribe", 0),
    ("requestManageLink", 0),
    ("exportSubscription", 0),
    ("eraseSubscription", 0),
    ("requestSignIn", 0),
    ("signIn", 0),
    ("signOut", 1),
    ("createAccessToken", 1),
    ("revokeAccessToken", 1),
    ("updateProfile", 1),
    ("upvotePaper", 1),
    ("removeUpvote", 1),
    ("submitPaper", 1),
    ("addComment", 1),
    ("updateComment", 1),
    ("deleteComment", 1),
    ("featurePaper", 2),
    ("unfeaturePaper", 2),
    ("createPaper", 2),
    ("updatePaper", 2),
    ("hidePaper", 2),
    ("restorePaper", 2),
    ("hideComment", 2),
    ("restoreComment", 2),
    ("setUserRole", 3),
    ("banUser", 3),
    ("unbanUser", 3),
    ("openEdition", 3),
    ("pauseSending", 3),
    ("resumeSending", 3),
    ("cancelEdition", 3),
    ("retryDeliveries", 3),
    ("sendTestDigest", 3),
    ("unsubscribeSubscriber", 3),
    ("eraseSubscriber", 3),
    ("suppressAddress", 3),
    ("liftSuppression", 3),
    ("startImport", 3),
    ("readSource", 3),
    ("cancelImport", 3),
];

pub const SCHEMA: &str = "{ __schema { mutationType { fields { name args { name type { ...T } } } }
    queryType { fields { name args { name type { ...T } } type { ...T } } }
    types { kind name enumValues { name } inputFields { name defaultValue type { ...T } } fields { name } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// A value for a type, valid or not: access is checked before arguments.
fn value(kind: &Value, types: &[Value]) -> Option<String> {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => Some(required(&kind["ofType"], types)),
        _ => None,
    }
}

fn required(kind: &Value, types: &[Value]) -> String {
    let name = kind["name"].as_str().unwrap_or_default();
    let known = types.iter().find(|known| known["name"] == name);
    match kind["kind"].as_str().unwrap() {
        "LIST" => format!("[{}]", value(&kind["ofType"], types).unwrap_or_default()),
        "ENUM" => known.unwrap()["enumValues"][0]["name"].as_str().unwrap().to_owned(),
        "INPUT_OBJECT" => {
            let fields = known.unwrap()["inputFields"].as_array().unwrap().iter();
            let fields = fields.filter(|field| field["defaultValue"].is_null());
            let fields = fields.filter_map(|field| {
                Some(format!("{}: {}", field["name"].as_str().unwrap(), value(&field["type"], types)?))
            });
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        _ => match name {
            "Int" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            "Date" | "FeedPeriod" => "\"2026-01-06\"".to_owned(),
            _ => "\"nonsense\"".to_owned(),
        },
    }
}

/// A mutation with values for its required arguments.
pub fn document(field: &Value, types: &[Value]) -> String {
    let name = field["name"].as_str().unwrap();
    let arguments = field["args"].as_array().unwrap().iter().filter_map(|argument| {
        Some(format!("{}: {}", argument["name"].as_str().unwrap(), value(&argument["type"], types)?))
    });
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
    format!("mutation {{ {name}{arguments} {{ userErrors {{ code }} }} }}")
}

async fn clients(stack: &Stack) -> (crate::support::Process, Vec<Client>) {
    let server = stack.serve().await;
    let clients =
        vec![server.client(), server.reader(stack, "rita"), server.curator(stack), server.admin(stack)];
    (server, clients)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mutation_requires_its_role() {
    let stack = Stack::new().await;
    let (_server, clients) = clients(&stack).await;
    let schema = clients[0].get(SCHEMA).await["__schema"].clone();
    let types = schema["types"].as_array().unwrap();
    let fields = schema["mutationType"]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), MUTATIONS.len(), "a mutation is missing in the table");
    for field in fields {
        let name = field["name"].as_str().unwrap();
        let known = MUTATIONS.iter().find(|(known, _)| *known == name);
        let &(_, least) = known.unwrap_or_else(|| panic!("{name} is missing in the table"));
        let mutation = document(field, types);
        for (role, client) in clients.iter().enumerate().filter(|&(role, _)| role <= least) {
            let answer = client.execute(&mutation, json!({})).await;
            let code = answer.error_code();
            let expected = match role {
                role if role >= least => None,
                0 => Some("UNAUTHENTICATED"),
                _ => Some("FORBIDDEN"),
            };
            assert_eq!(code, expected, "{mutation} as {role}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_fields_are_null_for_others() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let (server, clients) = clients(&stack).await;
    let mine = subscribe(&stack, &clients[0], json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    stack.settle().await;
    let admin = &clients[3];
    let all = "{ admin { deliveries { totalCount nodes { id email reply kind } } stats { papers users activeSubscriptions
        pendingSubscriptions featuredPapers deliveriesDue lastEditions { period } } sending { pausedAt queued }
        emailSubscriptions(status: ACTIVE, email: \"ADA@example.org\") { nodes { id email } }
        importRuns { nodes { id source status created problems } } suppressions { totalCount } } }";
    let seen = admin.field(all).await;
    let (delivery, run) = (&nodes(&seen["deliveries"])[0], &nodes(&seen["importRuns"])[0]);
    assert_eq!(seen["deliveries"]["totalCount"], 2);
    assert_eq!(delivery["email"], "ada@example.org");
    assert_eq!(nodes(&seen["emailSubscriptions"]), [json!({ "id": mine.id, "email": "ada@example.org" })]);
    let stats = json!({ "papers": 3, "users": 3, "activeSubscriptions": 1, "pendingSubscriptions": 0,
        "featuredPapers": 3, "deliveriesDue": 0,
        "lastEditions": [{ "period": "2026-01-06" }] });
    assert_eq!(seen["stats"], stats);
    assert_eq!(run["source"], "HF_DAILY");
    for client in &clients[..3] {
        assert!(client.field(all).await.is_null());
    }
    let root = admin.viewer().await.unwrap().id;
    let node = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { email accessTokens { id } } } }";
    let ids = json!({ "ids": [mine.id, delivery["id"], run["id"], root] });
    for client in &clients[..3] {
        let found = client.field_with(node, ids.clone()).await;
        assert_eq!(found, json!([null, null, null, { "id": root, "email": null, "accessTokens": null }]));
    }
    let found = admin.field_with(node, ids).await;
    assert!(found.as_array().unwrap().iter().all(|node| !node.is_null()), "{found}");
    // By every filter.
    let edition = admin
        .field("{ edition(cadence: DAILY, period: \"2026-01-06\") { id papers { nodes { id } } } }")
        .await;
    let (edition, paper) = (&edition["id"], &nodes(&edition["papers"])[0]["id"]);
    let count = "query($e: ID, $s: ID, $p: ID, $st: DeliveryStatus, $m: String, $f: Date, $t: Date) { admin {
        deliveries(editionId: $e, subscriptionId: $s, paperId: $p, status: $st, email: $m, from: $f, to: $t) {
            totalCount } } }";
    for (variables, expected) in [
        (json!({ "e": edition }), 1),
        (json!({ "s": mine.id }), 2),
        (json!({ "p": paper }), 1),
        (json!({ "p": root }), -1),
        (json!({ "st": "SENT" }), 2),
        (json!({ "st": "FAILED" }), 0),
        (json!({ "m": "ADA@example.org" }), 2),
        (json!({ "m": "eve@example.org" }), 0),
        (json!({ "f": "2026-01-07", "t": "2026-01-07" }), 2),
        (json!({ "f": "2026-01-08" }), 0),
    ] {
        if expected < 0 {
            assert_eq!(admin.code(count, variables).await, "BAD_REQUEST");
            continue;
        }
        let found = admin.field_with(count, variables.clone()).await["deliveries"]["totalCount"].clone();
        assert_eq!(found, expected, "{variables}");
    }
    assert!(server.stop().success());
}
