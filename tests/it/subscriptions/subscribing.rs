//! Subscribing, confirming, changing and leaving, as a program and as a person does it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::Stack;
use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::gql::problems;
use crate::support::journey::{
    CONFIRM, REQUEST_LINK, SUBSCRIBE, UNSUBSCRIBE, UPDATE, ask, confirm, manage_token, own, subscribe,
};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_request_to_the_last_mail() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let input =
        json!({ "email": " Ada.Lovelace@Example.ORG ", "timeZone": "europe/paris", "sendTime": "07:30" });
    let answer = client.ok(SUBSCRIBE, json!({ "input": input })).await;
    assert_eq!(answer["subscribe"]["email"], "Ada.Lovelace@example.org");
    let confirmation = stack.smtp.nth_to("Ada.Lovelace@example.org", 1).await;

    // Nothing but the confirmation goes out before it is used, whatever the time.
    stack.advance(TimeDelta::days(1)).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(stack.smtp.mails().len(), 1);

    let subscription = confirm(&client, &confirmation).await;
    assert_eq!(subscription["status"], "ACTIVE");
    assert_eq!(subscription["timeZone"], "Europe/Paris");
    assert_eq!(subscription["weekdays"].as_array().unwrap().len(), 5);
    let digest = stack.smtp.nth_to("Ada.Lovelace@example.org", 2).await;
    assert_eq!(digest.papers().len(), 10);

    // The next one comes at the local time of the next workday: Friday, 07:30 in Paris.
    let next = subscription["nextDigestAt"].as_str().unwrap();
    assert!(("2026-01-09T06:30:00Z".."2026-01-09T06:40:00Z").contains(&next), "{next}");
    import_day(&stack, "2026-01-07", 20..24);
    stack.advance_to("2026-01-09T06:29:59Z").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance_to("2026-01-09T06:40:00Z").await;
    let second = stack.smtp.nth_to("Ada.Lovelace@example.org", 3).await;
    assert_eq!(second.papers(), ["Paper 20", "Paper 21", "Paper 22", "Paper 23"]);

    // One click ends it: the mail program's own request, without asking anybody.
    let header = second.header("List-Unsubscribe").unwrap();
    assert_eq!(second.header("List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    let path = header.trim_matches(['<', '>']).strip_prefix("https://papers.example.org").unwrap();
    let one_click = reqwest::Client::new()
        .post(server.url(path))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    assert_eq!(one_click.send().await.unwrap().status(), 200);
    import_day(&stack, "2026-01-08", 30..34);
    stack.advance_to("2026-01-12T12:00:00Z").await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(stack.smtp.mails().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_input_is_said_all_at_once() {
    let (stack, server) = stack_with_papers(1..16).await;
    let input = json!({
        "email": "nobody", "timeZone": "Mars/Olympus", "sendTime": "8", "weekdays": [], "maxPapers": 0,
        "filter": { "keywords": ["x".repeat(101)] },
    });
    let payload = server.client().ok(SUBSCRIBE, json!({ "input": input })).await["subscribe"].clone();
    assert!(payload["email"].is_null());
    assert_eq!(
        problems(&payload),
        [
            "INVALID input.email",
            "INVALID input.timeZone",
            "INVALID input.sendTime",
            "REQUIRED input.weekdays",
            "INVALID input.maxPapers",
            "TOO_LONG input.filter.keywords",
        ]
    );
    for email in [
        "a@b\r\nBcc: c@example.org",
        "ada@[127.0.0.1]",
        "\"ada\"@example.org",
        "\"a b\"@example.org",
        "a\\da@example.org",
        "ada@example.org, b@example.org",
    ] {
        let payload =
            server.client().ok(SUBSCRIBE, json!({ "input": { "email": email } })).await["subscribe"].clone();
        assert_eq!(problems(&payload), ["INVALID input.email"], "{email}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_does_not_tell_whether_an_address_is_known() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "known@example.org" })).await;
    for (mutation, variables) in [
        (SUBSCRIBE, |email: &str| json!({ "input": { "email": email } })),
        (REQUEST_LINK, |email: &str| json!({ "email": email })),
    ] as [(&str, fn(&str) -> Value); 2]
    {
        let known = client.raw(mutation, variables("known@example.org")).await.to_string();
        let unknown = client.raw(mutation, variables("other@example.org")).await.to_string();
        assert_eq!(known.replace("known@", "other@"), unknown);
    }
    // The mail decides: the unknown one gets a confirmation, and no link to preferences that are not there.
    stack.smtp.nth_to("other@example.org", 1).await;
    stack.smtp.nth_to("known@example.org", 3).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(stack.smtp.mails_to("other@example.org").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_changes_nobodys_settings() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org", "maxPapers": 3 })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    stack.advance(TimeDelta::hours(25)).await;

    let mail =
        ask(&stack, &client, json!({ "email": "ADA@example.org", "maxPapers": 50, "cadence": "MONTHLY" }))
            .await;
    assert!(mail.subject().contains("changes"), "{}", mail.subject());
    let token = manage_token(&stack, &client, "ada@example.org").await;
    let before = own(&client, &token).await;
    assert_eq!((before["cadence"].clone(), before["status"].clone()), (json!("DAILY"), json!("ACTIVE")));

    let changed = confirm(&client, &mail).await;
    assert_eq!((changed["cadence"].clone(), changed["maxPapers"].clone()), (json!("MONTHLY"), json!(50)));
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_changes_nothing() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let mail = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let get = async |link: String| {
        let url = link.replace("https://papers.example.org", &server.url(""));
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    };
    for _ in 0..3 {
        let page = get(mail.link("subscription/confirm")).await;
        assert_eq!(page.matches("<button").count(), 1, "{page}");
    }
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["PENDING"]);
    confirm(&client, &mail).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    for _ in 0..3 {
        let page = get(digest.link("/unsubscribe/")).await;
        assert_eq!(page.matches("<button").count(), 1, "{page}");
        get(digest.link("subscription/manage?request")).await;
    }
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["ACTIVE"]);
    assert_eq!(stack.smtp.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_not_flooded() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let request = json!({ "input": { "email": "victim@example.org" } });
    ask(&stack, &client, request["input"].clone()).await;
    // Once a day, also by another spelling; and nothing changes, so that the first link goes on working.
    for email in ["victim@example.org", "Victim+news@example.org", "VICTIM+x@example.org"] {
        let answer = client.ok(SUBSCRIBE, json!({ "input": { "email": email } })).await;
        assert_eq!(answer["subscribe"]["userErrors"], json!([]));
    }
    // Three times a month.
    for day in 1..=5 {
        stack.advance(TimeDelta::hours(25)).await;
        client.ok(SUBSCRIBE, request.clone()).await;
        if day <= 2 {
            stack.smtp.nth_to("victim@example.org", 1 + day).await;
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(stack.smtp.mails().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_not_flooded_by_many_at_once() {
    let (stack, server) = stack_with_papers(1..16).await;
    let requests = (0..20).map(|number| {
        let client = server.client();
        let input = json!({ "email": format!("victim+{number}@example.org") });
        tokio::spawn(async move { client.ok(SUBSCRIBE, json!({ "input": input })).await })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
    let queued = "SELECT COUNT(*) FROM delivery WHERE kind = 'CONFIRMATION'";
    assert_eq!(stack.count(queued).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_for_too_much_is_told() {
    let stack = Stack::new().await;
    stack.set("MAILS_PER_MINUTE", "3");
    let server = stack.serve().await;
    let client = server.client();
    let ask = |number: u32| json!({ "input": { "email": format!("a{number}@example.org") } });
    for number in 0..3 {
        client.ok(SUBSCRIBE, ask(number)).await;
    }
    assert_eq!(client.code(SUBSCRIBE, ask(3)).await, "RATE_LIMITED");
    assert_eq!(client.code(REQUEST_LINK, json!({ "email": "a1@example.org" })).await, "RATE_LIMITED");
    let page = reqwest::Client::new().post(server.url("/subscribe")).form(&[("email", "a4@example.org")]);
    assert_eq!(page.send().await.unwrap().status(), 429);
    // A proxy that nobody trusts cannot speak for others.
    let forwarded = reqwest::Client::new()
        .post(server.url("/subscribe"))
        .header("x-forwarded-for", "198.51.100.7")
        .form(&[("email", "a5@example.org")]);
    assert_eq!(forwarded.send().await.unwrap().status(), 429);
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_of_one_purpose_and_end() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let mail = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let token = mail.token("subscription/confirm");
    let mut forged = token.clone();
    // Another letter, not the same in another case: tokens are read in any case.
    forged.replace_range(30..31, if &token[30..31] == "a" { "b" } else { "a" });
    for wrong in ["", "nothing", &forged] {
        let payload = client.ok(CONFIRM, json!({ "token": wrong })).await["confirmSubscription"].clone();
        assert_eq!(problems(&payload), ["INVALID token"]);
    }
    for (mutation, name) in [(UNSUBSCRIBE, "unsubscribe"), (UPDATE, "updateSubscription")] {
        let payload =
            client.ok(mutation, json!({ "token": token, "input": { "maxPapers": 1 } })).await[name].clone();
        assert_eq!(problems(&payload), ["INVALID token"]);
    }
    assert!(own(&client, &token).await.is_null());

    stack.advance(TimeDelta::hours(48)).await;
    let payload = client.ok(CONFIRM, json!({ "token": token })).await["confirmSubscription"].clone();
    assert_eq!(problems(&payload), ["EXPIRED token"]);

    let mail = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    assert_eq!(confirm(&client, &mail).await["status"], "ACTIVE");
    // Again is as good as once, and shows nothing.
    assert!(confirm(&client, &mail).await.is_null());
    stack.smtp.nth_to("ada@example.org", 3).await;

    let token = manage_token(&stack, &client, "ada@example.org").await;
    assert_eq!(own(&client, &token).await["email"], "ada@example.org");
    stack.advance(TimeDelta::hours(24)).await;
    assert!(own(&client, &token).await.is_null());
    let payload =
        client.ok(UPDATE, json!({ "token": token, "input": {} })).await["updateSubscription"].clone();
    assert_eq!(problems(&payload), ["EXPIRED token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_key_signs_and_the_old_one_still_verifies() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let mail = ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    server.stop();
    let new = "another secret key that only the tests know";
    stack.set("SECRET_KEY", &format!("{new},{}", crate::support::stack::SECRET));
    let server = stack.serve().await;
    confirm(&server.client(), &mail).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    server.stop();
    stack.set("SECRET_KEY", new);
    let server = stack.serve().await;
    let payload = server.client().ok(UNSUBSCRIBE, json!({ "token": digest.token("/unsubscribe/") })).await;
    assert_eq!(payload["unsubscribe"]["unsubscribed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_change_what_comes_next() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    let update = async |input: Value| {
        let answer = client.ok(UPDATE, json!({ "token": token, "input": input })).await;
        answer["updateSubscription"].clone()
    };
    let changed = update(json!({
        "timeZone": "Asia/Tokyo", "sendTime": "20:00", "weekdays": ["SATURDAY"],
        "filter": { "keywords": ["even numbers"] }, "pausedUntil": "2026-01-12",
    }))
    .await;
    assert_eq!(changed["userErrors"], json!([]));
    let subscription = &changed["emailSubscription"];
    assert_eq!(subscription["filter"]["keywords"], json!(["even numbers"]));
    let next = subscription["nextDigestAt"].as_str().unwrap();
    assert!(("2026-01-17T11:00:00Z".."2026-01-17T11:10:00Z").contains(&next), "{next}");

    let cleared = update(json!({ "pausedUntil": null, "filter": null })).await["emailSubscription"].clone();
    assert_eq!(cleared["filter"]["keywords"], json!([]));
    assert!(cleared["pausedUntil"].is_null());
    let next = cleared["nextDigestAt"].as_str().unwrap();
    assert!(("2026-01-10T11:00:00Z".."2026-01-10T11:10:00Z").contains(&next), "{next}");
    assert_eq!(cleared["timeZone"], "Asia/Tokyo");

    let wrong = update(json!({ "sendTime": "25:00", "maxPapers": 99 })).await;
    assert_eq!(problems(&wrong), ["INVALID input.sendTime", "INVALID input.maxPapers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_can_come_back_by_confirming_anew() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    let token = digest.token("/unsubscribe/");
    for _ in 0..2 {
        let answer = client.ok(UNSUBSCRIBE, json!({ "token": token })).await;
        assert_eq!(answer["unsubscribe"], json!({ "unsubscribed": true, "userErrors": [] }));
    }
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["UNSUBSCRIBED"]);
    // Known as a keyed hash only.
    assert!(!stack.rows("SELECT address_hash FROM suppression").await[0].contains("ada"));

    // Suppressed addresses get one confirmation a month.
    stack.advance(TimeDelta::days(2)).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance(TimeDelta::days(31)).await;
    import_day(&stack, "2026-02-06", 40..44);
    let back = subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    assert_eq!(back["status"], "ACTIVE");
    assert!(back["suppression"].is_null());
    let digest = stack.smtp.nth_to("ada@example.org", 4).await;
    assert_eq!(digest.papers(), ["Paper 40", "Paper 41", "Paper 42", "Paper 43"]);
}
