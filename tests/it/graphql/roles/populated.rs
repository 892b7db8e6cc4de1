//! A stack with data in every field of the schema, and the people who read it.

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::search::{install_tiny_cross_encoder, install_tiny_model};
use crate::support::fixtures::{item, write_day};
use crate::support::graphql::{NO_ERRORS, Payload, nodes};
use crate::support::journey::{manage_token, sending_state, sign_in, subscribe};
use crate::support::{Client, Process, Stack, eventually};

/// A client with a role.
pub struct Person {
    pub name: &'static str,
    pub client: Client,
    /// 0 nobody, 1 reader, 2 curator, 3 administrator.
    pub role: usize,
    /// The identifiers of their own objects.
    pub own: BTreeSet<String>,
    /// The token that they use for a subscription.
    pub manage_token: String,
}

/// Secrets, and the only people who may read each, in any field.
pub const SECRETS: [(&str, &[&str]); 13] = [
    ("rita@example.org", &["rita", "root"]),
    ("eve@example.org", &["eve", "root"]),
    ("mallory@example.org", &["root"]),
    ("ada@example.org", &["holder", "root"]),
    ("bob@example.org", &["root"]),
    ("the name of a token", &["rita"]),
    ("The title that is hidden", &["curie", "root"]),
    ("Said of what is hidden", &["curie", "root"]),
    ("The comment that is hidden", &[]),
    ("the reason of the ban", &["root"]),
    ("the reply of the server", &["root"]),
    ("the note of the suppression", &["root"]),
    ("the reason of the pause", &["root"]),
];

/// The stack, its people, and the identifiers of its objects.
pub struct Populated {
    pub stack: Stack,
    pub server: Process,
    pub people: Vec<Person>,
    /// Identifiers, with the names of their types, and whether only curators see the object.
    pub ids: Vec<(&'static str, String, bool)>,
}

const COMMENT: &str = "mutation($input: AddCommentInput!) {
    addComment(input: $input) { comment { id } userErrors { code field } } }";

/// Runs a mutation that must succeed, and answers its payload.
async fn change(client: &Client, mutation: &str, variables: Value) -> Payload {
    let payload = client.mutate(mutation, variables).await;
    assert_eq!(payload.user_errors(), NO_ERRORS, "{mutation}");
    payload
}

async fn comment(who: &Client, paper: &str, body: &str, parent: Option<&str>) -> String {
    let input = json!({ "paperId": paper, "body": body, "parentId": parent });
    change(who, COMMENT, json!({ "input": input })).await.id("comment")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn import(stack: &Stack) {
    let mut full = item(1, 8);
    full["paper"]["githubRepo"] = json!("https://github.com/ada/engine");
    full["paper"]["githubStars"] = json!(12);
    full["paper"]["projectPage"] = json!("https://ada.example.org/");
    full["paper"]["ai_summary"] = json!("In short.");
    full["paper"]["organization"] =
        json!({ "name": "nvidia", "fullname": "NVIDIA", "avatar": "https://example.org/n.png" });
    full["paper"]["submittedOnDailyBy"] =
        json!({ "user": "taylor", "fullname": "Taylor", "avatarUrl": "https://example.org/a.png" });
    full["paper"]["authors"] = json!([{ "name": "Author 1", "user": { "user": "author-1", "fullname": "Author 1", "avatarUrl": "https://example.org/b.png" } }, { "name": "Ada Lovelace" }]);
    full["mediaUrls"] = json!(["https://example.org/film.mp4"]);
    full["thumbnail"] = json!("https://example.org/t.png");
    let mut flawed = item(2, 4);
    flawed["paper"]["githubStars"] = json!("many");
    let mut hidden = item(3, 1);
    hidden["title"] = json!("The title that is hidden");
    hidden["paper"]["title"] = json!("The title that is hidden");
    write_day(stack, "2026-01-05", &[item(5, 1)]);
    let path = write_day(stack, "2026-01-06", &[full, flawed, hidden, json!(17)]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.parent().unwrap().to_str().unwrap()]);
    // The same paper at arXiv, with a version.
    let line = json!({ "id": "2601.00001", "title": "Paper 1", "abstract": "What paper 1 is about.",
        "authors": "Author 1, Ada Lovelace",
        "versions": [{ "version": "v1", "created": "Fri, 2 Jan 2026 12:00:00 GMT" }] });
    std::fs::write(stack.path("snapshot.jsonl"), line.to_string()).unwrap();
    stack.done(&["import", "arxiv-snapshot", stack.path("snapshot.jsonl").to_str().unwrap()]);
}

impl Populated {
    #[expect(clippy::too_many_lines, reason = "a sequence of simple steps")]
    pub async fn new() -> Self {
        let stack = Stack::new().await;
        import(&stack);
        install_tiny_model(&stack);
        install_tiny_cross_encoder(&stack);
        stack.set("SEARCH_RERANKED_PAPERS", "2");
        let server = stack.serve().await;
        let nobody = server.client();
        let root = server.admin(&stack);
        let curie = server.curator(&stack);
        let [rita, eve, mallory] = ["rita", "eve", "mallory"].map(|name| format!("{name}@example.org"));
        let rita = server.client_with(&sign_in(&stack, &nobody, &rita).await);
        let eve = server.client_with(&sign_in(&stack, &nobody, &eve).await);
        let mallory = server.client_with(&sign_in(&stack, &nobody, &mallory).await);
        let id_of = async |client: &Client, field: &str| {
            let answer = client.get(&format!("{{ {field} {{ id }} }}")).await;
            text(&answer.as_object().unwrap().values().next().unwrap()["id"])
        };
        let [paper, hidden] = [1, 3].map(|number| format!("paper(arxivId: \"2601.0000{number}\")"));
        let (paper, hidden) = (id_of(&nobody, &paper).await, id_of(&nobody, &hidden).await);

        // The community.
        let input = json!({ "categories": ["cs.CL"] });
        let update = "mutation($id: ID!, $input: PaperInput!) {
            updatePaper(paperId: $id, input: $input) { userErrors { code field } } }";
        change(&curie, update, json!({ "id": paper, "input": input })).await;
        let first = comment(&rita, &paper, "First.", None).await;
        let edit = "mutation($id: ID!) { updateComment(id: $id, body: \"Second.\") { userErrors { code } } }";
        change(&rita, edit, json!({ "id": first })).await;
        let answer = comment(&eve, &paper, "Indeed.", Some(&first)).await;
        let bad = comment(&mallory, &paper, "The comment that is hidden.", None).await;
        comment(&eve, &paper, "Why?", Some(&bad)).await;
        let hide = "mutation($id: ID!) { hideComment(id: $id) { userErrors { code } } }";
        change(&curie, hide, json!({ "id": bad })).await;
        let vote = "mutation($id: ID!) { upvotePaper(paperId: $id) { userErrors { code } } }";
        for id in [&paper, &hidden] {
            change(&rita, vote, json!({ "id": id })).await;
        }
        let about_hidden = comment(&rita, &hidden, "Said of what is hidden.", None).await;
        let input =
            json!({ "title": "New", "abstract": "A.", "publishedOn": "2026-01-05", "arxivId": "2601.10001" });
        let create =
            "mutation($input: PaperInput!) { createPaper(input: $input) { userErrors { code field } } }";
        change(&curie, create, json!({ "input": input })).await;
        let submit = "mutation { submitPaper(input: { arxivId: \"2601.10001\" }) { userErrors { code } } }";
        change(&rita, submit, json!({})).await;
        let create = "mutation($input: CreateAccessTokenInput!) {
            createAccessToken(input: $input) { secret accessToken { id } userErrors { code } } }";
        let input = json!({ "name": "the name of a token", "expiresOn": "2026-02-01" });
        let token = change(&rita, create, json!({ "input": input })).await;

        // Subscribers, who get the hidden paper before it is hidden.
        let filter = json!({ "categories": ["cs.CL"], "minUpvotes": 1 });
        subscribe(&stack, &nobody, json!({ "email": "ada@example.org", "filter": filter })).await;
        subscribe(&stack, &nobody, json!({ "email": "bob@example.org" })).await;
        stack.smtp.nth_to("ada@example.org", 2).await;
        stack.smtp.nth_to("bob@example.org", 2).await;
        let suppress = "mutation { suppressAddress(email: \"bob@example.org\", \
            reason: \"the note of the suppression\") { userErrors { code } } }";
        change(&root, suppress, json!({})).await;
        let hide = "mutation($id: ID!) { hidePaper(paperId: $id) { userErrors { code } } }";
        change(&curie, hide, json!({ "id": hidden })).await;
        let mallory_id = id_of(&mallory, "viewer").await;
        let ban = "mutation($id: ID!) { banUser(userId: $id, reason: \"the reason of the ban\") { userErrors { code } } }";
        change(&root, ban, json!({ "id": mallory_id })).await;
        let pause = "mutation { pauseSending(reason: \"the reason of the pause\") { userErrors { code } } }";
        change(&root, pause, json!({})).await;
        // A digest is due, and waits because digests are paused.
        stack.advance_to("2026-01-08T08:10:00Z").await;
        eventually("a digest waits", || async { (sending_state(&root).await.queued != 0).then_some(()) })
            .await;
        let manage = manage_token(&stack, &nobody, "ada@example.org").await;
        stack.settle().await;
        // Values that no source sets today, and no worker set here.
        let database = stack.database().await;
        for sql in [
            "UPDATE paper SET doi = '10.1000/1', withdrawn_on = '2026-01-06', updated_on = '2026-01-06', \
             looked_up_at = '2026-01-07 12:00:00+00:00' WHERE arxiv_id = '2601.00001'",
            "INSERT INTO paper_history (paper_id, day, upvotes, comments) \
             SELECT id, '2026-01-06', 8, 0 FROM paper WHERE arxiv_id = '2601.00001'",
            "INSERT INTO source_reading \
             (source, part, day, due_at, status, attempt, attempted_at, read_at, next_read_at, error, found) VALUES \
             ('HF_DAILY', '', '2026-01-06', '2026-01-06 00:00:00+00:00', 'READ', 0, '2026-01-07 12:00:00+00:00', \
             '2026-01-07 12:00:00+00:00', '2026-01-09 12:00:00+00:00', 'the problem of a source', 3)",
            "INSERT INTO source_circuit (host, failures, open_until, reason) \
             VALUES ('huggingface.co', 1, '2027-01-01 00:00:00+00:00', 'the reason of a circuit')",
            "UPDATE import_run SET path = 'the path', request = 'the request'",
            "UPDATE edition SET cancelled_at = '2026-01-07 12:00:00+00:00' WHERE period = '2026-01-06'",
            "UPDATE subscription SET paused_until = '2026-01-01'",
            "UPDATE delivery SET reply = '250 the reply of the server', reason = 'REJECTED', \
             bounced_at = '2026-01-07 12:00:00+00:00' WHERE status = 'SENT'",
        ] {
            assert!(database.execute_unprepared(sql).await.unwrap().rows_affected() > 0, "{sql}");
        }
        database.close().await.unwrap();
        // The search index has read all of this.
        eventually("papers are found by words and by meaning", || async {
            let query = "{ a: search(query: \"paper\", mode: SEMANTIC) { nodes { id } }
                b: search(query: \"10.1000/1\", mode: KEYWORD) { totalCount } }";
            let found = nobody.get(query).await;
            (nodes(&found["a"]).len() == 4 && found["b"]["totalCount"] == 1).then_some(())
        })
        .await;

        let listed = root
            .field("{ admin { emailSubscriptions(email: \"ada@example.org\") { nodes { id deliveries { nodes { id kind } } } }
                importRuns { nodes { id } } auditLog(first: 1) { nodes { id } } } }")
            .await;
        let subscription = &nodes(&listed["emailSubscriptions"])[0];
        let deliveries = nodes(&subscription["deliveries"]);
        let digest = deliveries.iter().rfind(|delivery| delivery["kind"] == "DIGEST").unwrap();
        let (rita_id, eve_id, root_id) =
            (id_of(&rita, "viewer").await, id_of(&eve, "viewer").await, id_of(&root, "viewer").await);
        let ids = [
            ("Paper", json!(paper), false),
            ("Paper", json!(hidden), true),
            ("Organization", json!(id_of(&nobody, "organization(slug: \"nvidia\")").await), false),
            (
                "Edition",
                json!(id_of(&nobody, "edition(cadence: DAILY, period: \"2026-01-06\")").await),
                false,
            ),
            ("User", json!(rita_id), false),
            ("User", json!(mallory_id), false),
            ("User", json!(root_id), false),
            ("Comment", json!(answer), false),
            ("Comment", json!(bad), false),
            ("Comment", json!(about_hidden), true),
            ("AccessToken", json!(token.id("accessToken")), false),
            ("EmailSubscription", subscription["id"].clone(), false),
            ("Delivery", digest["id"].clone(), false),
            ("ImportRun", nodes(&listed["importRuns"])[0]["id"].clone(), false),
            ("Category", json!(id_of(&nobody, "category(code: \"cs.CL\")").await), false),
            ("AuditEntry", nodes(&listed["auditLog"])[0]["id"].clone(), false),
        ]
        .map(|(kind, id, is_hidden)| (kind, text(&id), is_hidden))
        .to_vec();
        // Rita uses her access token, so that it has a time of use.
        let by_token = server.client_with(&text(&token["secret"]));
        by_token.get("{ viewer { id } }").await;
        let token_id = token.id("accessToken");
        let person = |name, client, role, own: &[&String], manage_token: &str| {
            let own = own.iter().map(|id| (*id).clone()).collect();
            Person { name, client, role, own, manage_token: manage_token.to_owned() }
        };
        let people = vec![
            person("nobody", nobody.clone(), 0, &[], "nonsense"),
            person("holder", nobody, 0, &[], &manage),
            person("rita", by_token, 1, &[&rita_id, &token_id], "nonsense"),
            person("eve", eve, 1, &[&eve_id], "nonsense"),
            person("curie", curie.clone(), 2, &[&id_of(&curie, "viewer").await], "nonsense"),
            person("root", root, 3, &[&root_id], "nonsense"),
        ];
        Self { stack, server, people, ids }
    }
}
