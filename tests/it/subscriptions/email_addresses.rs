//! Addresses as people enter them: cleaned if they are clear, else refused with a reason. The sender's address too.

use serde_json::json;

use crate::support::graphql::NO_ERRORS;
use crate::support::journey::{SUBSCRIBE, ask};
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn pasted_decoration_is_removed_from_addresses() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    for (number, around) in [
        ("<", ">"),
        ("mailto:", ""),
        ("Ada Lovelace <", ">,"),
        ("\u{200B}", "\u{FEFF}"),
        ("\u{A0}", "."),
        ("", ","),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("ada{number}@example.org");
        let typed = format!("{}{email}{}", around.0, around.1);
        let answer = server.client().mutate(SUBSCRIBE, json!({ "input": { "email": typed } })).await;
        assert_eq!(answer.user_errors(), NO_ERRORS, "{typed:?}");
        let mail = stack.smtp.nth_to(&email, 1).await;
        let token = mail.token("subscription/confirm");
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    }
    let answer =
        server.client().mutate(SUBSCRIBE, json!({ "input": { "email": "grace\u{FF20}example.org" } })).await;
    assert_eq!(answer.user_errors(), NO_ERRORS);
    stack.smtp.nth_to("grace@example.org", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_addresses_are_refused_with_a_specific_message() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    for (typed, words) in [
        ("example.org", "has an @"),
        ("ada@", "domain after the @ is missing"),
        ("a@b", "has a dot"),
        ("foo@localhost", "\"localhost\""),
        ("ada@printer.local", "\"local\""),
        ("ada@exam%70le.org", "with a %"),
        ("ada@@example.org", "only one @"),
        ("ada lovelace@example.org", "no spaces"),
        ("ada@[192.0.2.1]", "not an IP address"),
    ] {
        let answer = server.client().mutate(SUBSCRIBE, json!({ "input": { "email": typed } })).await;
        let error = &answer["userErrors"][0];
        assert_eq!(error["code"], "INVALID", "{typed}");
        assert_eq!(error["field"], json!(["input", "email"]), "{typed}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(words) && message.ends_with('.'), "{typed}: {message}");
    }
    for zone in ["Factory", "posixrules", "localtime", "right/Europe/Paris", "leapseconds"] {
        let input = json!({ "email": "ada@example.org", "timeZone": zone });
        let answer = server.client().mutate(SUBSCRIBE, json!({ "input": input })).await;
        assert_eq!(answer["userErrors"][0]["code"], "INVALID", "{zone}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_at_an_international_domain_is_sent_in_ascii() {
    let stack = Stack::new().await;
    stack.set("MAIL_FROM", "Bücher <digest@bücher.example>");
    stack.smtp.offer(&[]);
    let server = stack.serve().await;
    let mail = ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    assert_eq!(mail.sender, "digest@xn--bcher-kva.example");
    assert!(mail.header("From").unwrap().ends_with("<digest@xn--bcher-kva.example>"), "{}", mail.octets);
    let states = "SELECT status || ' ' || deferrals FROM delivery";
    eventually("the deliveries are sent", || async {
        (stack.rows(states).await == ["SENT 0"]).then_some(())
    })
    .await;
}
