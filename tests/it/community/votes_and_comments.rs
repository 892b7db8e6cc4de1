//! Votes, comments and submissions.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::Client;
use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::gql::problems;
use crate::support::journey::subscribe;

const VOTE: &str = "mutation($id: ID!) { upvotePaper(paperId: $id) {
    paper { upvoteCount viewerHasUpvoted trending { score upvotes } } userErrors { code field } } }";
const UNVOTE: &str = "mutation($id: ID!) { removeUpvote(paperId: $id) {
    paper { upvoteCount viewerHasUpvoted } userErrors { code field } } }";
const ADD: &str = "mutation($input: AddCommentInput!) { addComment(input: $input) {
    comment { id body bodyHtml author { handle } parent { id } paper { arxivId commentCount } }
    userErrors { code field } } }";
const THREAD: &str = "query($id: String!) { paper(arxivId: $id) { commentCount comments(first: 30) {
    totalCount nodes { id body author { handle } parent { id } replies { nodes { body } } editedAt } } } }";
const SUBMIT: &str = "mutation($input: SubmitPaperInput!) { submitPaper(input: $input) {
    paper { arxivId featuredOn submittedBy { handle } projectUrl commentCount } userErrors { code field } } }";

async fn id_of(client: &Client, arxiv_id: &str) -> Value {
    client.get(&format!("{{ paper(arxivId: \"{arxiv_id}\") {{ id }} }}")).await["paper"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_counts_once_however_often_it_is_given() {
    let (stack, server) = stack_with_papers(1..6).await;
    let id = id_of(&server.client(), "2601.00001").await;
    let readers: Vec<Client> =
        (0..4).map(|number| server.client_with(&stack.token(&format!("reader{number}"), None))).collect();
    // Five from the source; each reader votes twenty times at once.
    let votes = readers.iter().flat_map(|reader| (0..20).map(move |_| reader.clone())).map(|reader| {
        let id = id.clone();
        tokio::spawn(async move { reader.ok(VOTE, json!({ "id": id })).await["upvotePaper"].clone() })
    });
    for vote in votes.collect::<Vec<_>>() {
        assert_eq!(problems(&vote.await.unwrap()), Vec::<String>::new());
    }
    let paper = "{ paper(arxivId: \"2601.00001\") { upvoteCount viewerHasUpvoted trending { upvotes } } }";
    let expected =
        |voted: bool| json!({ "upvoteCount": 9, "viewerHasUpvoted": voted, "trending": { "upvotes": 9 } });
    assert_eq!(readers[0].get(paper).await["paper"], expected(true));
    assert_eq!(server.client().get(paper).await["paper"], expected(false));
    let mine = readers[0].get("{ viewer { upvotedPapers { totalCount nodes { arxivId } } } }").await;
    assert_eq!(mine["viewer"]["upvotedPapers"]["nodes"], json!([{ "arxivId": "2601.00001" }]));

    // Taken back by two of them at once, many times.
    let taken = readers[..2].iter().flat_map(|reader| (0..10).map(move |_| reader.clone())).map(|reader| {
        let id = id.clone();
        tokio::spawn(async move { reader.ok(UNVOTE, json!({ "id": id })).await })
    });
    for vote in taken.collect::<Vec<_>>() {
        vote.await.unwrap();
    }
    let counts = "SELECT upvotes - (SELECT COUNT(*) FROM upvote WHERE paper_id = paper.id) FROM paper \
                  WHERE arxiv_id = '2601.00001'";
    assert_eq!(stack.count(counts).await, 0);
    assert_eq!(server.client().get(paper).await["paper"]["upvoteCount"], 7);
    let none = readers[0].ok(VOTE, json!({ "id": "nonsense" })).await["upvotePaper"].clone();
    assert_eq!(problems(&none), ["NOT_FOUND paperId"]);
    assert_eq!(server.client().code(VOTE, json!({ "id": id })).await, "UNAUTHENTICATED");
    // The source's votes change, and the local ones stay.
    let again = [crate::support::fixtures::item(1, 100)];
    let path = crate::support::fixtures::write_day(&stack, "2026-01-06", &again);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(server.client().get(paper).await["paper"]["upvoteCount"], 102);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_make_threads() {
    let (stack, server) = stack_with_papers(1..6).await;
    let (ada, eve) =
        (server.client_with(&stack.token("ada", None)), server.client_with(&stack.token("eve", None)));
    let paper = id_of(&ada, "2601.00003").await;
    let add =
        async |who: &Client, input: Value| who.ok(ADD, json!({ "input": input })).await["addComment"].clone();
    let text = "**Bold** <script>alert(1)</script> [x](javascript:alert(1))";
    let first = add(&ada, json!({ "paperId": paper, "body": text, "idempotencyKey": "k" })).await;
    let html = first["comment"]["bodyHtml"].as_str().unwrap();
    assert!(
        html.contains("<strong>Bold</strong>") && !html.contains("<script") && !html.contains("javascript"),
        "{html}"
    );
    // A request that is repeated gets the first one's answer.
    let repeated = add(&ada, json!({ "paperId": paper, "body": text, "idempotencyKey": "k" })).await;
    assert_eq!(repeated["comment"]["id"], first["comment"]["id"]);
    let parent = first["comment"]["id"].clone();
    let reply = add(&eve, json!({ "paperId": paper, "body": "Indeed.", "parentId": parent })).await;
    assert_eq!(reply["comment"]["parent"]["id"], parent);
    let other = id_of(&ada, "2601.00004").await;
    let elsewhere = add(&eve, json!({ "paperId": other, "body": "x", "parentId": parent })).await;
    assert_eq!(problems(&elsewhere), ["NOT_FOUND input.parentId"]);
    assert_eq!(
        problems(&add(&eve, json!({ "paperId": paper, "body": " \n " })).await),
        ["REQUIRED input.body"]
    );
    let long = json!({ "paperId": paper, "body": "x".repeat(10_001) });
    assert_eq!(problems(&add(&eve, long).await), ["TOO_LONG input.body"]);

    let thread = async || server.client().ok(THREAD, json!({ "id": "2601.00003" })).await["paper"].clone();
    let paper_now = thread().await;
    assert_eq!((&paper_now["commentCount"], &paper_now["comments"]["totalCount"]), (&json!(2), &json!(2)));
    assert_eq!(paper_now["comments"]["nodes"][0]["replies"]["nodes"], json!([{ "body": "Indeed." }]));

    let edit = "mutation($id: ID!, $body: String!) { updateComment(id: $id, body: $body) {
        comment { body editedAt } userErrors { code field } } }";
    let changed = ada.ok(edit, json!({ "id": parent, "body": "Changed." })).await["updateComment"].clone();
    assert!(changed["comment"]["editedAt"].is_string());
    let stolen = eve.ok(edit, json!({ "id": parent, "body": "Mine." })).await["updateComment"].clone();
    assert_eq!(problems(&stolen), ["NOT_FOUND id"]);
    let delete = "mutation($id: ID!) { deleteComment(id: $id) { comment { body author { handle } } userErrors { code } } }";
    assert_eq!(problems(&eve.ok(delete, json!({ "id": parent })).await["deleteComment"]), ["NOT_FOUND"]);
    let deleted = ada.ok(delete, json!({ "id": parent })).await["deleteComment"].clone();
    assert_eq!(deleted["comment"], json!({ "body": null, "author": null }));
    assert_eq!(problems(&ada.ok(delete, json!({ "id": parent })).await["deleteComment"]), ["NOT_FOUND"]);
    // Its place stays for the answer; what was written is gone.
    let paper_now = thread().await;
    assert_eq!((&paper_now["commentCount"], &paper_now["comments"]["totalCount"]), (&json!(1), &json!(1)));
    assert_eq!(paper_now["comments"]["nodes"][0]["body"], Value::Null);
    assert_eq!(stack.rows("SELECT body FROM comment ORDER BY id").await, ["", "Indeed."]);
    // Without the answer the place goes too.
    eve.ok(delete, json!({ "id": reply["comment"]["id"] })).await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let shown = add(&ada, json!({ "paperId": paper, "body": "Again." })).await["comment"]["id"].clone();
    let hide = "mutation($id: ID!) { hideComment(id: $id) { comment { body } userErrors { code } } }";
    let restore = "mutation($id: ID!) { restoreComment(id: $id) { comment { body } userErrors { code } } }";
    for _ in 0..2 {
        assert!(curator.ok(hide, json!({ "id": shown })).await["hideComment"]["comment"]["body"].is_null());
    }
    assert_eq!(thread().await["commentCount"], 0);
    for _ in 0..2 {
        let back = curator.ok(restore, json!({ "id": shown })).await;
        assert_eq!(back["restoreComment"]["comment"]["body"], "Again.");
    }
    assert_eq!(thread().await["commentCount"], 1);
    assert_eq!(ada.code(hide, json!({ "id": shown })).await, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_does_not_write_without_end() {
    let (stack, server) = stack_with_papers(1..6).await;
    let ada = server.client_with(&stack.token("ada", None));
    let paper = id_of(&ada, "2601.00001").await;
    for number in 0..60 {
        let body = format!("Comment {number}");
        let answer = ada.ok(ADD, json!({ "input": { "paperId": paper, "body": body } })).await;
        assert_eq!(problems(&answer["addComment"]), Vec::<String>::new());
    }
    let input = json!({ "input": { "paperId": paper, "body": "One more." } });
    assert_eq!(problems(&ada.ok(ADD, input.clone()).await["addComment"]), ["LIMIT_REACHED"]);
    stack.advance(TimeDelta::hours(1)).await;
    assert_eq!(problems(&ada.ok(ADD, input).await["addComment"]), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_submit_papers_within_their_limits() {
    let (stack, server) = stack_with_papers(1..6).await;
    stack.set("SUBMISSIONS_PER_DAY", "2");
    server.stop();
    let server = stack.serve().await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let create = "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } userErrors { message } } }";
    for (number, published) in
        [(1, "2026-01-05"), (2, "2026-01-05"), (3, "2026-01-05"), (4, "2025-12-20"), (5, "2025-12-24")]
    {
        let input = json!({ "title": format!("New {number}"), "abstract": "A", "publishedOn": published,
            "arxivId": format!("2601.1000{number}") });
        assert_eq!(
            curator.ok(create, json!({ "input": input })).await["createPaper"]["userErrors"],
            json!([])
        );
    }
    let ada = server.client_with(&stack.token("ada", None));
    let submit = async |who: &Client, input: Value| {
        who.ok(SUBMIT, json!({ "input": input })).await["submitPaper"].clone()
    };
    let done = submit(
        &ada,
        json!({ "arxivId": "https://arxiv.org/abs/2601.10001v2", "comment": "Read this.",
        "projectUrl": "https://example.org/p" }),
    )
    .await;
    assert_eq!(
        done["paper"],
        json!({ "arxivId": "2601.10001", "featuredOn": "2026-01-07", "submittedBy": { "handle": "ada" },
            "projectUrl": "https://example.org/p", "commentCount": 1 })
    );
    for (input, expected) in [
        (json!({ "arxivId": "2601.10001" }), "CONFLICT input.arxivId"),
        (json!({ "arxivId": "2601.00001" }), "CONFLICT input.arxivId"),
        (json!({ "arxivId": "nonsense" }), "INVALID input.arxivId"),
        (json!({ "arxivId": "2601.99999" }), "NOT_FOUND input.arxivId"),
        (json!({ "arxivId": "2601.10004" }), "INVALID input.arxivId"),
        (json!({ "arxivId": "2601.10002", "projectUrl": "javascript:x" }), "INVALID input.projectUrl"),
        (json!({ "arxivId": "2601.10002", "comment": "x".repeat(10_001) }), "TOO_LONG input.comment"),
    ] {
        assert_eq!(problems(&submit(&ada, input.clone()).await), [expected], "{input}");
    }
    // Fourteen days old is young enough; then the day's two are used up.
    assert_eq!(problems(&submit(&ada, json!({ "arxivId": "2601.10005" })).await), Vec::<String>::new());
    assert_eq!(problems(&submit(&ada, json!({ "arxivId": "2601.10002" })).await), ["LIMIT_REACHED"]);
    assert_eq!(problems(&submit(&curator, json!({ "arxivId": "2601.10004" })).await), Vec::<String>::new());
    // The next feed day.
    stack.advance(TimeDelta::days(1)).await;
    assert_eq!(problems(&submit(&ada, json!({ "arxivId": "2601.10002" })).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_paper_is_gone_everywhere() {
    let (stack, server) = stack_with_papers(1..6).await;
    let client = server.client();
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let reader = server.client_with(&stack.token("rita", None));
    let id = id_of(&client, "2601.00002").await;
    let comment = json!({ "input": { "paperId": id, "body": "Seen." } });
    let comment = reader.ok(ADD, comment).await["addComment"]["comment"]["id"].clone();
    reader.ok(VOTE, json!({ "id": id })).await;
    let hide = "mutation($id: ID!) { hidePaper(paperId: $id) { paper { hiddenAt featuredOn } userErrors { code } } }";
    let restore = "mutation($id: ID!) { restorePaper(paperId: $id) { paper { hiddenAt featuredOn } userErrors { code } } }";
    assert_eq!(reader.code(hide, json!({ "id": id })).await, "FORBIDDEN");
    for _ in 0..2 {
        let hidden = curator.ok(hide, json!({ "id": id })).await["hidePaper"]["paper"].clone();
        assert!(hidden["hiddenAt"].is_string() && hidden["featuredOn"].is_null(), "{hidden}");
    }
    let seen = async |client: &Client| {
        let query = "query($id: ID!, $comment: ID!) {
            node(id: $id) { id } about: node(id: $comment) { id } paper(arxivId: \"2601.00002\") { id }
            papers { totalCount } feed { papers { totalCount nodes { arxivId } } }
            trending { totalCount } edition(cadence: DAILY, period: \"2026-01-06\") { papers { totalCount } }
            organization(slug: \"nobody\") { id } }";
        let answer = client.ok(query, json!({ "id": id, "comment": comment })).await;
        let count = |list: &Value| list["totalCount"].as_i64().unwrap();
        let numbers = [
            count(&answer["papers"]),
            count(&answer["feed"]["papers"]),
            count(&answer["trending"]),
            count(&answer["edition"]["papers"]),
        ];
        let found = ["node", "about", "paper"].map(|name| !answer[name].is_null());
        (numbers, found)
    };
    for client in [&client, &reader] {
        assert_eq!(seen(client).await, ([4, 4, 4, 4], [false; 3]));
    }
    assert_eq!(seen(&curator).await, ([4, 4, 4, 4], [true; 3]));
    assert_eq!(reqwest::get(server.url("/papers/2601.00002")).await.unwrap().status(), 404);
    for mutation in [VOTE, UNVOTE] {
        let answer = reader.ok(mutation, json!({ "id": id })).await;
        let payload = answer.as_object().unwrap().values().next().unwrap();
        assert_eq!(problems(payload), ["NOT_FOUND paperId"]);
    }
    // What hangs on it does not lead to it, and does not change.
    let edit = "mutation($id: ID!) { updateComment(id: $id, body: \"x\") { comment { paper { title } } userErrors { code } } }";
    let edited = reader.ok(edit, json!({ "id": comment })).await["updateComment"].clone();
    assert_eq!(problems(&edited), ["NOT_FOUND"]);
    // It is in no digest, and no import brings it back.
    import_day(&stack, "2026-01-06", 1..6);
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let papers = stack.smtp.nth_to("ada@example.org", 2).await.papers();
    assert!(papers.len() == 4 && !papers.contains(&"Paper 2".to_owned()), "{papers:?}");
    let back = curator.ok(restore, json!({ "id": id })).await["restorePaper"]["paper"].clone();
    assert_eq!(back, json!({ "hiddenAt": null, "featuredOn": "2026-01-06" }));
    assert_eq!(seen(&reader).await, ([5, 5, 5, 5], [true; 3]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_names_no_edition_and_comes_to_no_feed() {
    let (stack, server) = stack_with_papers(1..6).await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let subject = "{ edition(cadence: DAILY, period: \"2026-01-06\") { subject } }";
    let edition =
        async || curator.get(subject).await["edition"]["subject"].as_str().unwrap_or_default().to_owned();
    crate::support::eventually("published", || async { (!edition().await.is_empty()).then_some(()) }).await;
    assert!(edition().await.starts_with("Paper 1 ("));
    let first = id_of(&curator, "2601.00001").await;
    let score = "{ paper(arxivId: \"2601.00001\") { trending { score since } } }";
    let before = curator.get(score).await;
    let hide = "mutation($id: ID!) { hidePaper(paperId: $id) { userErrors { code } } }";
    let restore = "mutation($id: ID!) { restorePaper(paperId: $id) { userErrors { code } } }";
    curator.ok(hide, json!({ "id": first })).await;
    assert!(edition().await.starts_with("Paper 2 ("), "{}", edition().await);
    curator.ok(restore, json!({ "id": first })).await;
    assert!(edition().await.starts_with("Paper 1 ("));
    assert_eq!(curator.get(score).await, before);
    // A paper that was hidden before any source featured it stays off, too.
    let create = "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } } }";
    let input =
        json!({ "title": "Paper 50", "abstract": "A", "publishedOn": "2026-01-05", "arxivId": "2601.00050" });
    let made = curator.ok(create, json!({ "input": input })).await["createPaper"]["paper"]["id"].clone();
    curator.ok(hide, json!({ "id": made })).await;
    import_day(&stack, "2026-01-07", 50..51);
    assert_eq!(server.client().get("{ feed { period } }").await["feed"]["period"], "2026-01-06");
}
