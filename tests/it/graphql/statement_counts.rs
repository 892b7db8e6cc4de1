//! The number of database statements of an operation, which does not grow with page sizes.
//!
//! The log shows each statement (`sqlx=debug`). A statement per object would give the same response, many times
//! slower.

use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::graphql::NO_ERRORS;
use crate::support::journey::subscribe;
use crate::support::{Client, Process, Stack, eventually};

/// An operation of one statement that nothing else here sends.
const MARK_QUERY: &str = "{ category(code: \"none\") { code } }";

/// Its statement in the log.
const MARK_IN_LOG: &str = r#"FROM \"category\" WHERE \"category\".\"code\" = "#;

struct Counted {
    server: Process,
    marks: std::cell::Cell<usize>,
}

impl Counted {
    /// The statements of one operation.
    async fn statements(&self, client: &Client, query: &str) -> Vec<String> {
        self.mark().await;
        let answer = client.execute(query, json!({})).await;
        assert!(!answer.has_errors(), "{query}: {answer:#}");
        self.mark().await;
        let log = self.server.log();
        // A pool may open and set up a connection in between, and the search index looks for changes.
        let is_others = |line: &str| {
            ["PRAGMA", "sqlite_version", "search_generation", "paper_change"]
                .iter()
                .any(|name| line.contains(name))
        };
        let statements: Vec<&str> =
            log.lines().filter(|line| line.contains("sqlx::query") && !is_others(line)).collect();
        let marks: Vec<usize> =
            (0..statements.len()).filter(|&place| statements[place].contains(MARK_IN_LOG)).collect();
        let [.., from, to] = marks[..] else { panic!("no marks in {log}") };
        statements[from + 1..to].iter().map(|&line| line.to_owned()).collect()
    }

    /// Leaves a mark in the log, after everything that was logged before.
    async fn mark(&self) {
        self.marks.set(self.marks.get() + 1);
        self.server.client().get(MARK_QUERY).await;
        eventually("the mark is logged", || async {
            (self.server.log().matches(MARK_IN_LOG).count() == self.marks.get()).then_some(())
        })
        .await;
    }
}

/// Thirty papers with organizations, comments and replies of several users, editions and deliveries.
async fn filled() -> (Stack, Counted, Client) {
    let stack = Stack::new().await;
    for (day, numbers) in [("2026-01-04", 40..44), ("2026-01-05", 50..54), ("2026-01-06", 1..31)] {
        import_day(&stack, day, numbers);
    }
    stack.set("LOG", "info,sqlx=debug,worker::jobs=debug");
    // Statements of a worker would mix with those of an operation.
    let busy = stack.serve().await;
    let admin_token = stack.token("root", Some("--admin"));
    let admin = busy.client_with(&admin_token);
    let papers = admin.field("{ papers(first: 40) { nodes { id slug } } }").await["nodes"].clone();
    let tokens = ["ada", "bob", "eve"].map(|name| stack.token(name, None));
    let people = tokens.map(|token| busy.client_with(&token));
    for (number, paper) in papers.as_array().unwrap().iter().enumerate() {
        let update = "mutation($id: ID!, $input: PaperInput!) { updatePaper(paperId: $id, input: $input) { userErrors { message } } }";
        let input = json!({ "organization": format!("Institute {}", number % 9) });
        let updated = admin.mutate(update, json!({ "id": paper["id"], "input": input })).await;
        assert_eq!(updated.user_errors(), NO_ERRORS, "{updated}");
        let comment = "mutation($input: AddCommentInput!) { addComment(input: $input) { comment { id } userErrors { message } } }";
        let mut parent = Value::Null;
        for person in &people {
            let input = json!({ "paperId": paper["id"], "parentId": parent, "body": "Well." });
            let added = person.mutate(comment, json!({ "input": input })).await;
            parent = added["comment"]["id"].clone();
            assert!(parent.is_string(), "{added}");
        }
        people[0]
            .ok(
                "mutation($id: ID!) { upvotePaper(paperId: $id) { userErrors { code } } }",
                json!({ "id": paper["id"] }),
            )
            .await;
    }
    for number in 0..12 {
        let email = format!("a{number}@example.org");
        subscribe(&stack, &busy.client(), json!({ "email": email })).await;
        stack.smtp.nth_to(&email, 2).await;
    }
    drop(busy);
    let server = if stack.is_embedded() { stack.serve().await } else { stack.role("api").await };
    if stack.is_embedded() {
        // The sweeper runs once at the start; then the clock stands still, and nothing else runs.
        server.wait_for_sweep(stack.now()).await;
    }
    // Its search index reads what has changed, and from then on only whether anything has.
    let paper_count = papers.as_array().unwrap().len();
    eventually("the papers are indexed", || async {
        let query = "{ search(query: \"institute\", mode: KEYWORD, first: 0) { totalCount } }";
        (server.client().field(query).await["totalCount"] == paper_count).then_some(())
    })
    .await;
    let admin = server.client_with(&admin_token);
    (stack, Counted { server, marks: 0.into() }, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_statements_does_not_depend_on_the_page_size() {
    let (_stack, counted, admin) = filled().await;
    let anyone = counted.server.client();
    // An administrator's token costs two more, which look up the token and its user.
    let operations: [(&Client, usize, &str); 13] = [
        (
            &anyone,
            2,
            "{ feed(period: \"2026-01-06\") { papers(first: N) { totalCount nodes { title authors { name } organization { name } } } } }",
        ),
        (
            &anyone,
            3,
            "{ papers(first: N) { nodes { categories { code } keywords submittedBy { handle } } } }",
        ),
        (&anyone, 3, "{ papers(first: N) { nodes { comments(first: 2) { totalCount } } } }"),
        (
            &anyone,
            2,
            "{ papers(first: N) { nodes { comments(first: 2) { nodes { bodyHtml author { handle } } } } } }",
        ),
        (
            &anyone,
            4,
            "{ papers(first: N) { nodes { comments(first: 1) { nodes { replies(first: 1) { totalCount nodes { body } } } } } } }",
        ),
        (
            &anyone,
            2,
            "{ papers(first: N) { nodes { authors(first: 2) { papers(first: 2) { nodes { title } } } } } }",
        ),
        // Lists of the same objects with different arguments and columns.
        (
            &anyone,
            2,
            "{ papers(first: N) { nodes { authors(first: 1) { a: papers(first: 1) { nodes { title } } b: papers(first: 2) { nodes { slug doi } } } } } }",
        ),
        (
            &anyone,
            2,
            "{ papers(first: N) { nodes { organization { papers(first: 2) { nodes { title } } } } } }",
        ),
        (
            &anyone,
            3,
            "{ editions(first: N) { nodes { papers(first: 2) { nodes { title } } previous { period } next { period } } } }",
        ),
        (
            &admin,
            6,
            "{ admin { users(first: N) { totalCount nodes { handle upvotedPapers(first: 2) { nodes { title viewerHasUpvoted } } } } } }",
        ),
        (
            &admin,
            6,
            "{ admin { deliveries(first: N) { nodes { edition { period } subscription { email } papers { title } } } } }",
        ),
        (
            &admin,
            4,
            "{ admin { emailSubscriptions(first: N) { nodes { deliveries(first: 2) { nodes { status } } } } } }",
        ),
        (
            &admin,
            6,
            "{ editions(first: N) { nodes { progress { sent } } } admin { auditLog(first: N) { nodes { action actor { handle } } } } }",
        ),
    ];
    for (client, expected, query) in operations {
        for size in ["3", "11"] {
            let query = query.replace('N', size);
            let statements = counted.statements(client, &query).await;
            let said: Vec<_> =
                statements.iter().filter_map(|line| line.split(" db.statement=").next()).collect();
            assert_eq!(said.len(), expected, "{query}:\n{}", said.join("\n"));
        }
    }
}
