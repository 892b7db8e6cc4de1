//! Papers that readers submit.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::Client;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::NO_ERRORS;
use crate::support::journey::create_paper;

const SUBMIT: &str = "mutation($input: SubmitPaperInput!) { submitPaper(input: $input) {
    paper { arxivId featuredOn submittedBy { handle } projectUrl commentCount } userErrors { code field } } }";

#[tokio::test(flavor = "multi_thread")]
async fn readers_submit_papers_within_their_limits() {
    let (stack, server) = stack_with_papers(1..6).await;
    stack.set("SUBMISSIONS_PER_DAY", "2");
    server.stop();
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    for (number, published) in
        [(1, "2026-01-05"), (2, "2026-01-05"), (3, "2026-01-05"), (4, "2025-12-20"), (5, "2025-12-24")]
    {
        let input = json!({ "title": format!("New {number}"), "abstract": "A", "publishedOn": published,
            "arxivId": format!("2601.1000{number}") });
        create_paper(&curator, input).await;
    }
    let ada = server.reader(&stack, "ada");
    let submit = async |who: &Client, input: Value| who.mutate(SUBMIT, json!({ "input": input })).await;
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
        assert_eq!(submit(&ada, input.clone()).await.user_errors(), [expected], "{input}");
    }
    // A paper may be fourteen days old; then the two submissions of the day are used up.
    assert_eq!(submit(&ada, json!({ "arxivId": "2601.10005" })).await.user_errors(), NO_ERRORS);
    assert_eq!(submit(&ada, json!({ "arxivId": "2601.10002" })).await.user_errors(), ["LIMIT_REACHED"]);
    assert_eq!(submit(&curator, json!({ "arxivId": "2601.10004" })).await.user_errors(), NO_ERRORS);
    // The next feed day.
    stack.advance(TimeDelta::days(1)).await;
    assert_eq!(submit(&ada, json!({ "arxivId": "2601.10002" })).await.user_errors(), NO_ERRORS);
}
