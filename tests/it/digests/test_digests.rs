//! Test digests, which administrators send themselves.

use serde_json::json;

use crate::support::fixtures::stack_with_papers;

#[tokio::test(flavor = "multi_thread")]
async fn a_test_digest_is_sent_once_and_counts_nowhere() {
    let (stack, server) = stack_with_papers(1..4).await;
    let admin = server.admin(&stack);
    let send = "mutation($input: TestDigestInput!) { sendTestDigest(input: $input) {
        delivery { id kind email papers { title } } userErrors { code field } } }";
    let input = json!({
        "email": "me@example.org", "cadence": "DAILY", "filter": { "keywords": ["odd numbers"] },
        "idempotencyKey": "once",
    });
    let first = admin.mutate(send, json!({ "input": input })).await;
    assert_eq!(first["delivery"]["kind"], "TEST");
    let again = admin.mutate(send, json!({ "input": input })).await;
    assert_eq!(first.id("delivery"), again.id("delivery"));
    let mail = stack.smtp.nth_to("me@example.org", 1).await;
    assert!(mail.subject().starts_with("[Test] "), "{}", mail.subject());
    assert_eq!(mail.papers(), ["Paper 1", "Paper 3"]);
    assert!(mail.header("List-Unsubscribe").is_none());
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails().len(), 1);
    for (input, problem) in [
        (json!({ "email": "nobody", "cadence": "DAILY" }), "INVALID input.email"),
        (
            json!({ "email": "a@example.org", "cadence": "WEEKLY", "period": "2026-01-06" }),
            "INVALID input.period",
        ),
        (
            json!({ "email": "a@example.org", "cadence": "DAILY", "period": "2026-01-05" }),
            "NOT_FOUND input.period",
        ),
        (
            json!({ "email": "a@example.org", "cadence": "DAILY", "filter": { "authors": ["Nobody"] } }),
            "NOT_FOUND input.period",
        ),
    ] {
        let answer = admin.mutate(send, json!({ "input": input })).await;
        assert_eq!(answer.user_errors(), [problem]);
    }
}
