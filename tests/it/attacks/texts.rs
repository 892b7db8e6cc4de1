//! Texts that would be more than text: headers of mails, markup in digests and on pages.

use serde_json::json;

use crate::support::Stack;
use crate::support::fixtures::{import_items, item};
use crate::support::journey::{SUBSCRIBE, subscribe};

const REQUEST: &str = "mutation($email: String!) { requestSignIn(email: $email) { userErrors { code } } }";

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_titles_cannot_inject_mail_headers() {
    let stack = Stack::new().await;
    let mut forged = item(1, 9);
    forged["title"] = json!("Title\r\nBcc: eve@example.org\r\n\r\n<b>body</b>");
    forged["paper"]["title"] = forged["title"].clone();
    forged["paper"]["authors"] = json!([{ "name": "Ada\r\nBcc: eve@example.org" }]);
    import_items(&stack, "2026-01-06", &[forged]);
    let server = stack.serve().await;
    let client = server.client();
    let long = format!("{}@example.org", "a".repeat(320));
    for email in [
        "a@b\r\nBcc: eve@example.org",
        "a@example.org\nBcc: eve@example.org",
        "a@example.org%0d%0aBcc:eve@example.org",
        "\"a@b\"\r\nBcc: eve@example.org",
        "\"a\"@example.org",
        "a@example.org,eve@example.org",
        "a@example.org eve@example.org",
        "a\u{0}@example.org",
        "a@ex\u{2028}ample.org",
        long.as_str(),
    ] {
        for (mutation, variables, name) in [
            (SUBSCRIBE, json!({ "input": { "email": email } }), "subscribe"),
            (REQUEST, json!({ "email": email }), "requestSignIn"),
        ] {
            let answer = client.execute(mutation, variables).await;
            let is_refused = answer.error_code() == Some("BAD_REQUEST")
                || answer.payload(name).user_errors()[0].starts_with("INVALID");
            assert!(is_refused, "{email:?}: {answer}");
        }
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery").await, 0);
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!((digest.header("Bcc"), digest.header("To")), (None, Some("ada@example.org".to_owned())));
    assert_eq!(digest.text().matches("Bcc: eve@example.org").count(), 2, "{}", digest.text());
    assert!(stack.smtp.mails_to("eve@example.org").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_titles_and_comments_is_escaped_in_digests_and_pages() {
    let stack = Stack::new().await;
    let mut hostile = item(1, 9);
    hostile["title"] = json!("<script>alert(1)</script>");
    hostile["paper"]["title"] = hostile["title"].clone();
    hostile["paper"]["summary"] = json!("</td><img src=x onerror=alert(2)>");
    hostile["paper"]["authors"] = json!([{ "name": "<b onclick=alert(3)>Mallory</b>" }]);
    import_items(&stack, "2026-01-06", &[hostile]);
    let server = stack.serve().await;
    let reader = server.reader(&stack, "rita");
    let id = reader.paper_id("2601.00001").await;
    let body = "<img src=x onerror=alert(4)> [x](javascript:alert(5)) ![y](data:text/html,<script>) \
        <a href=\"javascript:alert(6)\">z</a> [a]( <javascript:alert(7)> \"t\" )";
    let add = "mutation($id: ID!, $body: String!) { addComment(input: { paperId: $id, body: $body }) { comment { bodyHtml } } }";
    let html = reader.mutate(add, json!({ "id": id, "body": body })).await["comment"]["bodyHtml"].clone();
    subscribe(&stack, &reader, json!({ "email": "ada@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await.html();
    let mut texts = vec![html.as_str().unwrap().to_owned(), digest];
    for path in ["/", "/papers/2601.00001", "/editions/daily/2026-01-06"] {
        texts.push(reqwest::get(server.url(path)).await.unwrap().text().await.unwrap());
    }
    for text in &texts {
        for markup in ["<script", "<img", "<b ", "<a href=\"javascript:", "<a href=\"data:"] {
            assert!(!text.contains(markup), "{markup} in {text}");
        }
    }
    assert!(texts[1].contains("script&#62;alert(1)"), "{}", texts[1]);
}
