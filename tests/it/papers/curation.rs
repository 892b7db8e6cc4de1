//! Curation of papers, and the roles that it requires.

use serde_json::{Value, json};

use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::NO_ERRORS;
use crate::support::journey::FEATURE;

const CREATE: &str = "mutation($input: PaperInput!) { createPaper(input: $input) {
    paper { id slug title authorCount organization { slug name } categories { code } keywords publishedOn featuredOn }
    userErrors { code field } } }";
const UPDATE: &str = "mutation($id: ID!, $input: PaperInput!) { updatePaper(paperId: $id, input: $input) {
    paper { title abstract keywords projectUrl slug } userErrors { code field } } }";
#[tokio::test(flavor = "multi_thread")]
async fn curation_requires_its_role() {
    let (stack, server) = stack_with_papers(1..4).await;
    let nobody = server.client();
    let reader = server.reader(&stack, "rita");
    let curator = server.curator(&stack);
    let id = nobody.paper_id("2601.00001").await;
    let input = json!({ "title": "T", "abstract": "A", "publishedOn": "2026-01-01" });
    let curators = [
        (CREATE, json!({ "input": input })),
        (UPDATE, json!({ "id": id, "input": { "title": "X" } })),
        (FEATURE, json!({ "id": id })),
        ("mutation($id: ID!) { unfeaturePaper(paperId: $id) { userErrors { code } } }", json!({ "id": id })),
    ];
    let administrators = [
        (
            "mutation { openEdition(cadence: DAILY, period: \"2026-01-06\") { userErrors { code } } }",
            json!({}),
        ),
        (
            "mutation { sendTestDigest(input: { email: \"a@example.org\", cadence: DAILY }) { userErrors { code } } }",
            json!({}),
        ),
    ];
    for (mutation, variables) in curators.iter().chain(&administrators) {
        assert_eq!(nobody.code(mutation, variables.clone()).await, "UNAUTHENTICATED", "{mutation}");
        assert_eq!(reader.code(mutation, variables.clone()).await, "FORBIDDEN", "{mutation}");
    }
    for (mutation, variables) in &administrators {
        assert_eq!(curator.code(mutation, variables.clone()).await, "FORBIDDEN", "{mutation}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action <> 'token create'").await, 0);
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 3);
    // An invalid token is refused, even for public queries.
    let wrong = server.client_with("dp_nonsense");
    assert_eq!(wrong.code("{ feed { period } }", json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_curator_creates_and_updates_a_paper() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let input = json!({
        "title": " A  paper\nwithout an identifier ", "abstract": "What it says.", "publishedOn": "2026-01-02",
        "authors": ["Ada Lovelace", " "], "organization": "The Institute", "categories": ["cs.CL", "cs.CL"],
        "keywords": ["One", "one", "two"], "idempotencyKey": "k1",
    });
    let made = curator.mutate(CREATE, json!({ "input": input })).await;
    assert_eq!(made.user_errors(), NO_ERRORS);
    insta::assert_json_snapshot!(made["paper"]);
    let again = curator.mutate(CREATE, json!({ "input": input })).await;
    assert_eq!(again, made);
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 4);

    let id = made.id("paper");
    let changed = curator
        .mutate(
            UPDATE,
            json!({ "id": id, "input": { "title": "Another title", "projectUrl": "https://example.org/p" } }),
        )
        .await;
    assert_eq!(
        changed["paper"],
        json!({ "title": "Another title", "abstract": "What it says.", "keywords": ["One", "two"],
            "projectUrl": "https://example.org/p", "slug": "a-paper-without-an-identifier" })
    );
    let audit = "SELECT action FROM audit_entry WHERE actor_id IS NOT NULL ORDER BY id";
    assert_eq!(stack.rows(audit).await, ["createPaper", "updatePaper"]);
    // Without a difference nothing changes, and nothing is logged.
    curator.ok(UPDATE, json!({ "id": id, "input": { "title": "Another title" } })).await;
    assert_eq!(stack.rows(audit).await.len(), 2);
    // Optional fields can be emptied.
    let empty = json!({ "keywords": [], "projectUrl": " ", "summary": null });
    let changed = curator.mutate(UPDATE, json!({ "id": id, "input": empty })).await;
    assert_eq!((&changed["paper"]["keywords"], &changed["paper"]["projectUrl"]), (&json!([]), &Value::Null));
    let changed = curator.mutate(UPDATE, json!({ "id": id, "input": { "title": "" } })).await;
    assert_eq!(changed.user_errors(), ["REQUIRED input.title"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_may_share_a_title_and_a_corrected_arxiv_id_changes_the_slug() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let input = |id: &str| json!({ "arxivId": id, "title": "Editorial", "abstract": "A", "publishedOn": "2026-01-01" });
    let made = curator.mutate(CREATE, json!({ "input": input("2601.70001") })).await;
    assert_eq!(made.user_errors(), NO_ERRORS);
    let other = curator.mutate(CREATE, json!({ "input": input("2601.70002") })).await;
    assert_eq!(other.user_errors(), NO_ERRORS);
    assert_ne!(made.id("paper"), other.id("paper"));
    let id = other.id("paper");
    let summary = json!({ "title": "Editorial", "summary": "Short." });
    let changed = curator.mutate(UPDATE, json!({ "id": id, "input": summary })).await;
    assert_eq!(changed.user_errors(), NO_ERRORS);
    let corrected = json!({ "arxivId": "2601.70003" });
    let changed = curator.mutate(UPDATE, json!({ "id": id, "input": corrected })).await;
    assert_eq!(changed["paper"]["slug"], "2601.70003");
    let status = async |path: &str| reqwest::get(server.url(path)).await.unwrap().status().as_u16();
    assert_eq!(status("/papers/2601.70003").await, 200);
    assert_eq!(status("/papers/2601.70002").await, 404);
    assert_eq!(status("/papers/2601.70001").await, 200);
    // Another paper may use the wrong identifier.
    let third = curator.mutate(CREATE, json!({ "input": input("2601.70002") })).await;
    assert_eq!(third["paper"]["slug"], "2601.70002");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_papers_get_user_errors() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let created = async |input: Value| {
        let answer = curator.mutate(CREATE, json!({ "input": input })).await;
        answer.user_errors()
    };
    assert_eq!(
        created(json!({})).await,
        ["REQUIRED input.title", "REQUIRED input.abstract", "REQUIRED input.publishedOn"]
    );
    let base = |extra: Value| {
        let mut input = json!({ "title": "T", "abstract": "A", "publishedOn": "2026-01-01" });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        input
    };
    assert_eq!(created(base(json!({ "arxivId": "nonsense" }))).await, ["INVALID input.arxivId"]);
    assert_eq!(created(base(json!({ "arxivId": "2601.00001" }))).await, ["TAKEN input.arxivId"]);
    assert_eq!(created(base(json!({ "title": "paper 2!" }))).await, ["TAKEN input.title"]);
    assert_eq!(created(json!({ "arxivId": "2601.09999" })).await, ["REQUIRED input.title"]);
    let of = async |id: &str| {
        curator.field(&format!("{{ paper(arxivId: \"{id}\") {{ id }} }}")).await["id"].clone()
    };
    let updated = async |id: &Value, input: Value| {
        curator.mutate(UPDATE, json!({ "id": id, "input": input })).await.user_errors()
    };
    let (first, second) = (of("2601.00001").await, of("2601.00002").await);
    // Papers with different identifiers may have the same title.
    assert_eq!(updated(&first, json!({ "title": "Paper 2" })).await, Vec::<String>::new());
    assert_eq!(updated(&first, json!({ "title": "PAPER 1" })).await, Vec::<String>::new());
    let marked = json!({ "summary": "S", "idempotencyKey": "k9" });
    assert_eq!(updated(&first, marked.clone()).await, Vec::<String>::new());
    assert_eq!(updated(&first, marked.clone()).await, Vec::<String>::new());
    assert_eq!(updated(&second, marked).await, ["CONFLICT input.idempotencyKey"]);
    assert_eq!(
        created(base(json!({ "projectUrl": "javascript:alert(1)", "categories": ["not one"], "keywords": vec!["k"; 51] }))).await,
        ["INVALID input.projectUrl", "TOO_MANY input.keywords", "INVALID input.categories"]
    );
    assert_eq!(created(base(json!({ "organization": "…" }))).await, ["INVALID input.organization"]);
    let unknown = curator.mutate(UPDATE, json!({ "id": "nonsense", "input": {} })).await;
    assert_eq!(unknown.user_errors(), ["NOT_FOUND paperId"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_featured_once() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let made = curator
        .mutate(CREATE, json!({ "input": { "title": "New", "abstract": "A", "publishedOn": "2026-01-01" } }))
        .await;
    let id = made.id("paper");
    let feature = async |on: Value| curator.mutate(FEATURE, json!({ "id": id, "on": on })).await;
    assert_eq!(feature(json!("2026-01-08")).await.user_errors(), ["INVALID on"]);
    let today = feature(Value::Null).await;
    assert_eq!(
        today["paper"],
        json!({ "featuredOn": "2026-01-07", "trending": { "since": "2026-01-07T12:00:00Z" } })
    );
    for again in [Value::Null, json!("2026-01-07")] {
        assert_eq!(feature(again).await, today);
    }
    assert_eq!(feature(json!("2026-01-06")).await.user_errors(), ["CONFLICT on"]);
    let unknown = curator.mutate(FEATURE, json!({ "id": "UGFwZXI6OTk5" })).await;
    assert_eq!(unknown.user_errors(), ["NOT_FOUND paperId"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'featurePaper'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_feature_a_paper_once() {
    let (stack, server) = stack_with_papers(1..4).await;
    let token = stack.token("curie", Some("--curator"));
    let curator = server.client_with(&token);
    let made = curator
        .mutate(CREATE, json!({ "input": { "title": "New", "abstract": "A", "publishedOn": "2026-01-01" } }))
        .await;
    let id = made.id("paper");
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let (curator, id) = (server.client_with(&token), id.clone());
            let day = if number % 2 == 0 { "2026-01-06" } else { "2026-01-07" };
            tokio::spawn(async move { curator.mutate(FEATURE, json!({ "id": id, "on": day })).await })
        })
        .collect();
    let mut days = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        days.extend(answer["paper"]["featuredOn"].as_str().map(ToOwned::to_owned));
    }
    days.sort();
    days.dedup();
    assert_eq!(days.len(), 1);
    assert_eq!(stack.count("SELECT COUNT(*) FROM featured_paper").await, 4);
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'featurePaper'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_does_not_feature_an_unfeatured_paper_again() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let paper = "{ paper(arxivId: \"2601.00001\") { id featuredOn upvoteCount trending { since } } }";
    let id = curator.field(paper).await["id"].clone();
    let remove = "mutation($id: ID!) { unfeaturePaper(paperId: $id) { userErrors { code } } }";
    curator.ok(remove, json!({ "id": id })).await;
    let since = curator.field(paper).await["trending"]["since"].clone();
    // The next import of the source has other votes.
    let again = [crate::support::fixtures::item(1, 77)];
    let path = crate::support::fixtures::write_day(&stack, "2026-01-06", &again);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let now = curator.field(paper).await;
    assert_eq!(
        now,
        json!({ "id": id, "featuredOn": null, "upvoteCount": 77, "trending": { "since": since } })
    );
    // No digest has had it, so a curator may feature it on any day.
    let put = json!({ "id": id, "on": "2026-01-05" });
    let answer = curator.mutate(FEATURE, put).await;
    assert_eq!((&answer["paper"]["featuredOn"], &answer["userErrors"]), (&json!("2026-01-05"), &json!([])));
}
