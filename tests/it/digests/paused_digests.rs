//! What administrators do with digests and addresses.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::gql::problems;
use crate::support::journey::{SUBSCRIBE, manage_token, own, subscribe};
use crate::support::{Client, Process, Reaction, Stack, Step, eventually};

const EDITION: &str = "{ edition(cadence: DAILY, period: \"2026-01-07\") { id cancelledAt
    progress { planned queued sent failed cancelled expired inDoubt } } }";

async fn quiet() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

/// Three subscribers who have had the 6th, and papers of the 7th.
async fn stack_with_subscribers() -> (Stack, Process, Client) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    for number in 0..3 {
        let email = format!("a{number}@example.org");
        subscribe(&stack, &server.client(), json!({ "email": email })).await;
        stack.smtp.nth_to(&email, 2).await;
    }
    import_day(&stack, "2026-01-07", 10..12);
    (stack, server, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_are_kept_back_until_they_may_leave() {
    let (stack, server, admin) = stack_with_subscribers().await;
    let pause = "mutation { pauseSending(reason: \"wrong papers\") { sending { pausedAt reason queued } userErrors { code } } }";
    for _ in 0..2 {
        let paused = admin.get(pause).await["pauseSending"]["sending"].clone();
        assert_eq!((&paused["reason"], paused["pausedAt"].is_string()), (&json!("wrong papers"), true));
    }
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let waiting = "{ admin { sending { pausedAt queued oldestDueAt openCircuits } } }";
    eventually("planned", || async {
        (admin.get(waiting).await["admin"]["sending"]["queued"] == 3).then_some(())
    })
    .await;
    // A confirmation goes out all the same.
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": "new@example.org" } })).await;
    stack.smtp.nth_to("new@example.org", 1).await;
    quiet().await;
    assert_eq!(stack.smtp.mails_to("a0@example.org").len(), 2);
    let resumed = admin.get("mutation { resumeSending { sending { pausedAt reason } } }").await;
    assert_eq!(resumed["resumeSending"]["sending"], json!({ "pausedAt": null, "reason": null }));
    for number in 0..3 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
    }
    let actions = "SELECT action FROM audit_entry WHERE actor_id IS NOT NULL ORDER BY id";
    assert_eq!(stack.rows(actions).await, ["pauseSending", "resumeSending"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_sent_stops_when_digests_are_kept_back() {
    let (stack, _server, admin) = stack_with_subscribers().await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(_) => Reaction::Hold,
        _ => Reaction::Take,
    });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    let sending = "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'";
    eventually("being sent", || async { (stack.count(sending).await == 3).then_some(()) }).await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    stack.smtp.take_all();
    stack.smtp.go_on();
    eventually("given back", || async { (stack.count(sending).await == 0).then_some(()) }).await;
    assert_eq!(stack.smtp.mails().len(), 6);
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    for number in 0..3 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_mail_server_has_is_nobody_elses_while_digests_are_kept_back() {
    let (stack, _server, admin) = stack_with_subscribers().await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Hold,
        _ => Reaction::Take,
    });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    eventually("handed over", || async { (stack.smtp.mails().len() == 9).then_some(()) }).await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    // Longer than a lease in all. What is renewed is found to be kept back before it is renewed again.
    for (now, until) in [("08:15", "08:30"), ("08:20", "08:35"), ("08:27", "08:42")] {
        stack.set_clock(format!("2026-01-08T{now}:00Z").parse().unwrap());
        let renewed = format!(
            "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING' \
             AND SUBSTR(CAST(lease_until AS TEXT), 12, 5) = '{until}'"
        );
        eventually("renewed", || async { (stack.count(&renewed).await == 3).then_some(()) }).await;
    }
    stack.smtp.take_all();
    stack.smtp.go_on();
    stack.settle().await;
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    let sent = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'SENT'";
    assert_eq!(stack.count(sent).await, 6);
    assert_eq!(stack.smtp.mails().len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_is_cancelled_and_stays_so() {
    let (stack, _server, admin) = stack_with_subscribers().await;
    admin.get("mutation { pauseSending(reason: \"look first\") { userErrors { code } } }").await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("planned", || async {
        (admin.get(EDITION).await["edition"]["progress"]["queued"] == 3).then_some(())
    })
    .await;
    let id = admin.get(EDITION).await["edition"]["id"].clone();
    let cancel = "mutation($id: ID!) { cancelEdition(id: $id) {
        edition { cancelledAt progress { cancelled queued } } userErrors { code field } } }";
    for _ in 0..2 {
        let done = admin.ok(cancel, json!({ "id": id })).await["cancelEdition"]["edition"].clone();
        assert_eq!(done["progress"], json!({ "cancelled": 3, "queued": 0 }));
        assert!(done["cancelledAt"].is_string());
    }
    let none = admin.ok(cancel, json!({ "id": "x" })).await["cancelEdition"].clone();
    assert_eq!(problems(&none), ["NOT_FOUND id"]);
    let retry = "mutation($id: ID!) { retryDeliveries(editionId: $id, statuses: [FAILED]) { userErrors { code field } } }";
    let refused = admin.ok(retry, json!({ "id": id })).await["retryDeliveries"].clone();
    assert_eq!(problems(&refused), ["CONFLICT editionId"]);
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    quiet().await;
    assert_eq!(stack.smtp.mails().len(), 6);
    // The papers are not lost: the next edition brings them.
    import_day(&stack, "2026-01-08", 20..22);
    stack.advance_to("2026-01-09T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("a0@example.org", 3).await.papers().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_sent_again_under_the_same_name() {
    let (stack, server, admin) = stack_with_subscribers().await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Say("554 5.7.1 we do not like you"),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("failed", || async {
        (admin.get(EDITION).await["edition"]["progress"]["failed"] == 3).then_some(())
    })
    .await;
    let names =
        "SELECT message_id FROM delivery WHERE kind = 'DIGEST' AND cutoff_day = '2026-01-07' ORDER BY id";
    let before = stack.rows(names).await;
    stack.smtp.take_all();
    let gone = manage_token(&stack, &server.client(), "a2@example.org").await;
    server.client().ok(crate::support::journey::UPDATE, json!({ "token": gone, "input": {} })).await;
    let id = admin.get(EDITION).await["edition"]["id"].clone();
    let retry = "mutation($id: ID!, $statuses: [RetryableStatus!]!) {
        retryDeliveries(editionId: $id, statuses: $statuses) { userErrors { code field } } }";
    let none = admin.ok(retry, json!({ "id": id, "statuses": [] })).await["retryDeliveries"].clone();
    assert_eq!(problems(&none), ["REQUIRED statuses"]);
    admin.ok(retry, json!({ "id": id, "statuses": ["EXPIRED", "IN_DOUBT"] })).await;
    quiet().await;
    assert_eq!(admin.get(EDITION).await["edition"]["progress"]["failed"], 3);
    admin.ok(retry, json!({ "id": id, "statuses": ["FAILED"] })).await;
    for number in 0..2 {
        let mail = stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
        assert_eq!(mail.papers(), ["Paper 10", "Paper 11"]);
        assert!(before.iter().any(|name| mail.header("Message-ID").unwrap().contains(name)));
    }
    eventually("sent", || async {
        (admin.get(EDITION).await["edition"]["progress"]["sent"] == 3).then_some(())
    })
    .await;
    assert_eq!(stack.rows(names).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_suppressed_and_released() {
    let (stack, server, admin) = stack_with_subscribers().await;
    let client = server.client();
    let token = manage_token(&stack, &client, "a0@example.org").await;
    let suppress =
        "mutation($email: String!, $reason: String!) { suppressAddress(email: $email, reason: $reason) {
        suppression { email reason note } userErrors { code field } } }";
    let lift =
        "mutation($email: String!) { liftSuppression(email: $email) { lifted userErrors { code field } } }";
    let wrong = admin.ok(suppress, json!({ "email": "x", "reason": "r" })).await["suppressAddress"].clone();
    assert_eq!(problems(&wrong), ["INVALID email"]);
    for _ in 0..2 {
        let done = admin.ok(suppress, json!({ "email": "A0@example.org", "reason": "asked by post" })).await;
        assert_eq!(
            done["suppressAddress"]["suppression"],
            json!({ "email": "a0@example.org", "reason": "ADMINISTRATOR", "note": "asked by post" })
        );
    }
    assert_eq!(own(&client, &token).await["status"], "SUPPRESSED");
    // Its owner cannot lift it.
    stack.advance_to("2026-02-10T12:00:00Z").await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "a0@example.org" } })).await;
    quiet().await;
    assert_eq!(stack.smtp.mails_to("a0@example.org").len(), 3);
    let all = "{ admin { suppressions { totalCount nodes { email reason } } } }";
    assert_eq!(admin.get(all).await["admin"]["suppressions"]["totalCount"], 1);
    assert_eq!(admin.ok(lift, json!({ "email": "a0@example.org" })).await["liftSuppression"]["lifted"], true);
    assert_eq!(
        admin.ok(lift, json!({ "email": "a0@example.org" })).await["liftSuppression"]["lifted"],
        false
    );
    subscribe(&stack, &client, json!({ "email": "a0@example.org" })).await;

    let unsubscribe = "mutation($id: ID!) { unsubscribeSubscriber(id: $id) {
        emailSubscription { status } userErrors { code field } } }";
    let subscriptions =
        "query($email: String) { admin { emailSubscriptions(email: $email) { nodes { id } } } }";
    let found = admin.ok(subscriptions, json!({ "email": "a1@example.org" })).await;
    let id = found["admin"]["emailSubscriptions"]["nodes"][0]["id"].clone();
    // An address is looked for as it was understood, whichever way it is written.
    client.ok(SUBSCRIBE, json!({ "input": { "email": "Ada@Bücher.example" } })).await;
    for written in ["ada@bücher.example", "ADA@xn--bcher-kva.example."] {
        let found = admin.ok(subscriptions, json!({ "email": written })).await;
        assert_eq!(found["admin"]["emailSubscriptions"]["nodes"].as_array().unwrap().len(), 1, "{written}");
    }
    assert_eq!(admin.code(subscriptions, json!({ "email": "nonsense" })).await, "BAD_REQUEST");
    for _ in 0..2 {
        let done = admin.ok(unsubscribe, json!({ "id": id })).await["unsubscribeSubscriber"].clone();
        assert_eq!(done["emailSubscription"]["status"], "UNSUBSCRIBED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_data_can_be_taken_along_and_erased() {
    let (stack, server, admin) = stack_with_subscribers().await;
    let client = server.client();
    let export =
        "mutation($token: String!) { exportSubscription(token: $token) { json userErrors { code field } } }";
    let erase =
        "mutation($token: String!) { eraseSubscription(token: $token) { erased userErrors { code field } } }";
    for mutation in [export, erase] {
        let wrong = client.ok(mutation, json!({ "token": "x" })).await;
        assert_eq!(problems(wrong.as_object().unwrap().values().next().unwrap()), ["INVALID token"]);
    }
    let token = manage_token(&stack, &client, "a0@example.org").await;
    let sign_in = "mutation { requestSignIn(email: \"a0@example.org\") { userErrors { code } } }";
    client.get(sign_in).await;
    stack.smtp.nth_to("a0@example.org", 4).await;
    let json = client.ok(export, json!({ "token": token })).await["exportSubscription"]["json"].clone();
    let data: Value = serde_json::from_str(json.as_str().unwrap()).unwrap();
    assert_eq!((&data["email"], &data["status"]), (&json!("a0@example.org"), &json!("ACTIVE")));
    assert_eq!(data["mails"].as_array().unwrap().len(), 3);

    assert_eq!(client.ok(erase, json!({ "token": token })).await["eraseSubscription"]["erased"], true);
    let found = admin.ok(
        "query($email: String) { admin { emailSubscriptions(email: $email) { nodes { id } } } }",
        json!({ "email": "a1@example.org" }),
    );
    let id = found.await["admin"]["emailSubscriptions"]["nodes"][0]["id"].clone();
    let by_admin = "mutation($id: ID!) { eraseSubscriber(id: $id) { erased userErrors { code field } } }";
    assert_eq!(admin.ok(by_admin, json!({ "id": id })).await["eraseSubscriber"]["erased"], true);
    let again = admin.ok(by_admin, json!({ "id": id })).await["eraseSubscriber"].clone();
    assert_eq!((&again["erased"], problems(&again)), (&json!(false), vec!["NOT_FOUND id".to_owned()]));
    // Nothing names them any more, anywhere.
    for address in ["a0@example.org", "a1@example.org"] {
        for (table, column) in [
            ("subscription", "email"),
            ("subscription", "address_key"),
            ("sign_in", "email"),
            ("sign_in", "email_key"),
            ("delivery", "recipient"),
            ("suppression", "COALESCE(note, '')"),
            ("audit_entry", "COALESCE(detail, '')"),
        ] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{address}%'");
            assert_eq!(stack.count(&sql).await, 0, "{table}.{column}");
        }
    }
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["ERASED", "ERASED"]);
    assert!(own(&client, &token).await.is_null());
    // No stranger has mail sent there again, or the address kept.
    client.get(sign_in).await;
    quiet().await;
    assert_eq!(stack.smtp.mails_to("a0@example.org").len(), 4);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    stack.smtp.nth_to("a2@example.org", 3).await;
    assert_eq!(stack.smtp.mails_to("a1@example.org").len(), 2);
    // A month later its owner may come back.
    stack.advance(TimeDelta::days(31)).await;
    subscribe(&stack, &client, json!({ "email": "a0@example.org" })).await;
}
