//! Bounces, complaints and answers that come back, by the pipe of a mail server and over HTTP.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::{Value, json};

use super::{TOKEN, deliveries, digest, pipe, stack_with_papers, state};
use crate::support::fixtures::import_day;
use crate::support::journey::{SUBSCRIBE, ask, confirm, manage_token};
use crate::support::returned::{away, complaint, dsn, headers, in_words, nobody};
use crate::support::{Mail, Reaction, Stack, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_is_not_there_gets_no_more() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    assert!(
        mail.sender.starts_with("b+") && mail.sender.ends_with("@bounces.example.org"),
        "{}",
        mail.sender
    );
    assert!(mail.sender.find('@').unwrap() <= 64);
    let returned = nobody(&mail);
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "BOUNCED"]);
    let kept = stack.rows("SELECT kind || ' ' || diagnostic FROM bounce").await;
    assert_eq!(kept, ["HARD 5.1.1 550 5.1.1 no such user"]);
    // Again, and by another way: nothing changes.
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(pipe(&stack, &format!("Received: by another\r\n{returned}")), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let query = "{ admin { deliveries(status: BOUNCED) { nodes { status bouncedAt reply } }
        suppressions { nodes { reason note email } } } }";
    let answer = admin.get(query).await;
    let bounced = &answer["admin"]["deliveries"]["nodes"][0];
    assert_eq!(bounced["bouncedAt"], "2026-01-07T12:00:00Z");
    assert_eq!(bounced["reply"], "5.1.1 550 5.1.1 no such user");
    assert_eq!(answer["admin"]["suppressions"]["nodes"][0]["email"], "ada@example.org");
    // No digest comes any more; its owner may ask for one anew.
    import_day(&stack, "2026-01-08", 20..24);
    stack.advance(TimeDelta::days(40)).await;
    let again = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    confirm(&client, &again).await;
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mark_counts_wherever_it_comes_back() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    // In the address that the report came to, in capitals, as the mail server's pipe says it.
    let mail = digest(&stack, &client, "a@example.org").await;
    let returned = dsn(&mail, "failed", "5.1.1", "550 5.1.1 no such user", "Subject: something");
    let returned = returned.replace(&mail.sender, "postmaster@bounces.example.org");
    let sender = mail.sender.to_uppercase();
    let output = stack.pipe(&["bounce", "--recipient", &sender], returned.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(state(&stack, "a@example.org").await, "SUPPRESSED HARD_BOUNCE");
    // In a header that the server wrote down.
    let mail = digest(&stack, &client, "b@example.org").await;
    let returned = dsn(&mail, "failed", "5.1.1", "550 5.1.1 no such user", "Subject: something");
    let returned = returned.replace("To: ", "Delivered-To: ");
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(state(&stack, "b@example.org").await, "SUPPRESSED HARD_BOUNCE");
    // In the header of the mail itself.
    let mail = digest(&stack, &client, "c@example.org").await;
    let returned = nobody(&mail).replace(&mail.sender, "postmaster@bounces.example.org");
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(state(&stack, "c@example.org").await, "SUPPRESSED HARD_BOUNCE");
    // In words.
    let mail = digest(&stack, &client, "d@example.org").await;
    assert_eq!(pipe(&stack, &in_words(&mail, "550 5.1.1 no such user")), 0);
    assert_eq!(state(&stack, "d@example.org").await, "SUPPRESSED HARD_BOUNCE");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_mark_nothing_follows() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let other = digest(&stack, &client, "bob@example.org").await;
    let header = |mail: &Mail| mail.header("X-Delivery").unwrap();
    assert_eq!(format!("b+{}@bounces.example.org", header(&mail)), mail.sender);
    // Named, but not proved; and with a mark that was put together.
    let unproved = dsn(&mail, "failed", "5.1.1", "550 5.1.1 no such user", "Subject: yours");
    let unproved = unproved.replace(&mail.sender, "digest@papers.example.org");
    assert_eq!(pipe(&stack, &unproved), 0);
    let (mine, theirs) = (header(&mail), header(&other));
    let forged = format!("{}{}", &mine[..13], &theirs[13..]);
    assert_eq!(pipe(&stack, &nobody(&mail).replace(&mine, &forged)), 0);
    assert_eq!(pipe(&stack, &complaint(&mail, "abuse").replace(&mine, &forged)), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "SENT"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce WHERE delivery_id IS NULL").await, 3);
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_soft_bounces_in_a_month_are_enough() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let full = |mail: &Mail| dsn(mail, "failed", "5.2.2", "552 5.2.2 mailbox full", &headers(mail));
    assert_eq!(pipe(&stack, &full(&mail)), 0);
    for (day, number) in [("08", 3), ("09", 4)] {
        import_day(&stack, &format!("2026-01-{day}"), number * 100..number * 100 + 3);
        assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
        let next = if day == "08" { "2026-01-09T12:00:00Z" } else { "2026-01-12T12:00:00Z" };
        stack.advance_to(next).await;
        let mail = stack.smtp.nth_to("ada@example.org", number as usize).await;
        stack.settle().await;
        assert_eq!(pipe(&stack, &full(&mail)), 0);
    }
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED SOFT_BOUNCES");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "BOUNCED", "BOUNCED", "BOUNCED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_soft_bounces_in_a_row_are_enough_where_mail_is_rare() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let full = |mail: &Mail| dsn(mail, "failed", "5.2.2", "552 5.2.2 mailbox full", &headers(mail));
    assert_eq!(pipe(&stack, &full(&mail)), 0);
    for (number, day, next) in
        [(3, "2026-02-06", "2026-02-09T12:00:00Z"), (4, "2026-03-13", "2026-03-16T12:00:00Z")]
    {
        // Longer apart than a month: only that it is three in a row tells.
        stack.advance_to(&format!("{day}T11:00:00Z")).await;
        import_day(&stack, day, 100 * number..100 * number + 3);
        assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
        stack.advance_to(next).await;
        let mail = stack.smtp.nth_to("ada@example.org", number as usize).await;
        stack.settle().await;
        assert_eq!(pipe(&stack, &full(&mail)), 0);
    }
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED SOFT_BOUNCES");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_by_mail_is_unsubscribed() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let address = |mail: &Mail| {
        let header = mail.header("List-Unsubscribe").unwrap();
        let (_, mailto) = header.split_once("<mailto:").unwrap();
        mailto.strip_suffix("?subject=unsubscribe>").unwrap().to_owned()
    };
    // The address counts, whatever is written: by the envelope, or by the header alone.
    let mail = digest(&stack, &client, "ada@example.org").await;
    let written =
        "From: ada@example.org\r\nTo: x@example.org\r\nSubject: Please stop\r\n\r\nI have enough.\r\n";
    let output = stack.pipe(&["bounce", "--recipient", &address(&mail)], written.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(state(&stack, "ada@example.org").await, "UNSUBSCRIBED UNSUBSCRIBED");
    // A program of the reader says that it answers by itself.
    let mail = digest(&stack, &client, "bob@example.org").await;
    let written = format!(
        "From: Bob <bob@example.org>\r\nTo: {}\r\nAuto-Submitted: auto-replied\r\nSubject: unsubscribe\r\n\r\n\
         Sent by a mail program to unsubscribe from a list.\r\n",
        address(&mail)
    );
    assert_eq!(pipe(&stack, &written), 0);
    assert_eq!(state(&stack, "bob@example.org").await, "UNSUBSCRIBED UNSUBSCRIBED");
    assert_eq!(deliveries(&stack, "bob@example.org").await, ["SENT", "SENT"]);
    // Of a made-up mark nothing follows.
    let mail = digest(&stack, &client, "cy@example.org").await;
    let mut invented = address(&mail);
    let put = if &invented[25..26] == "a" { "b" } else { "a" };
    invented.replace_range(25..26, put);
    let written = format!("From: cy@example.org\r\nTo: {invented}\r\nSubject: unsubscribe\r\n\r\n");
    assert_eq!(pipe(&stack, &written), 0);
    assert_eq!(state(&stack, "cy@example.org").await, "ACTIVE -");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_for_good() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    // That a mail was no spam is no complaint.
    assert_eq!(pipe(&stack, &complaint(&mail, "not-spam")), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    assert_eq!(pipe(&stack, &complaint(&mail, "abuse")), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED COMPLAINT");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "COMPLAINED"]);
    stack.advance(TimeDelta::days(60)).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "bob@example.org" } })).await;
    stack.smtp.nth_to("bob@example.org", 1).await;
    assert_eq!(stack.smtp.mails_to("ada@example.org").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_final_is_kept_and_changes_nothing() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let delayed = dsn(&mail, "delayed", "4.4.1", "451 4.4.1 no answer", &headers(&mail));
    let refused = dsn(&mail, "failed", "5.7.1", "550 5.7.1 looks like spam", &headers(&mail));
    let huge = "x".repeat(2_000_000);
    for message in [delayed.as_str(), &away(&mail), "", "\u{0}\u{1}", "no header at all", &huge, &refused] {
        // EX_NOINPUT: nothing came in.
        assert_eq!(pipe(&stack, message), if message.is_empty() { 66 } else { 0 });
        assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    }
    let kinds = stack.rows("SELECT kind FROM bounce ORDER BY id").await;
    assert_eq!(kinds, ["DELAYED", "REPLY", "UNKNOWN", "UNKNOWN", "UNKNOWN", "REFUSED"]);
    assert_eq!(stack.count("SELECT MAX(LENGTH(message)) FROM bounce").await, 65_536);
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "BOUNCED"]);
    // All of it for ninety days.
    stack.advance(TimeDelta::days(89)).await;
    client.get("{ __typename }").await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 6);
    stack.advance(TimeDelta::days(2)).await;
    eventually("what came back is forgotten", || async {
        (stack.count("SELECT COUNT(*) FROM bounce").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_overtakes_its_mail_comes_again() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let confirmation = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Hold,
        _ => Reaction::Take,
    });
    confirm(&client, &confirmation).await;
    let mail = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(pipe(&stack, &nobody(&mail)), 75);
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 0);
    stack.smtp.take_all();
    stack.smtp.go_on();
    stack.settle().await;
    assert_eq!(pipe(&stack, &nobody(&mail)), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_cannot_write_is_tried_again() {
    let stack = Stack::new().await;
    stack.set("SECRET_KEY", "short");
    assert_eq!(pipe(&stack, "Subject: x\r\n\r\nx"), 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_needs_no_key_of_signatures() {
    let (stack, server) = stack_with_papers().await;
    let mail = digest(&stack, &server.client(), "ada@example.org").await;
    stack.set("DKIM_KEY", "/nowhere/dkim.pem");
    stack.set("DKIM_SELECTOR", "papers2026");
    assert_eq!(pipe(&stack, &nobody(&mail)), 0);
    stack.done(&["migrate"]);
    // Who shows mail signs it.
    assert_eq!(stack.run(&["doctor"]).status.code(), Some(1));
    assert_eq!(stack.run(&["digest", "preview"]).status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_mark_locks_nothing() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let other = digest(&stack, &client, "bob@example.org").await;
    if stack.is_embedded() {
        // It has no locks of rows.
        return;
    }
    let database = stack.database().await;
    let held = database.begin().await.unwrap();
    let lock = "UPDATE delivery SET reply = reply WHERE recipient = 'bob@example.org'";
    held.execute_unprepared(lock).await.unwrap();
    // The mark of a delivery that is held, with a code that is not its own; then a good one.
    let mut invented = other.header("X-Delivery").unwrap();
    let put = if &invented[25..26] == "a" { "b" } else { "a" };
    invented.replace_range(25..26, put);
    let returned = format!("X-Delivery: {invented}\r\n{}", nobody(&mail));
    let stack = std::sync::Arc::new(stack);
    let piped = tokio::task::spawn_blocking({
        let stack = stack.clone();
        move || pipe(&stack, &returned)
    });
    let taken = tokio::time::timeout(std::time::Duration::from_secs(20), piped).await;
    assert_eq!(taken.expect("nothing waits for a lock").unwrap(), 0);
    held.rollback().await.unwrap();
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_forgets_what_came_back() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    let full = dsn(&mail, "failed", "5.2.2", "552 5.2.2 mailbox full", &headers(&mail));
    assert_eq!(pipe(&stack, &full), 0);
    // One without a good mark that names the address, too.
    let named = nobody(&mail)
        .replace(&mail.header("X-Delivery").unwrap(), "x")
        .replace(&mail.sender, "x@example.org");
    assert_eq!(pipe(&stack, &named), 0);
    let export =
        "mutation($token: String!) { exportSubscription(token: $token) { json userErrors { code } } }";
    let export = client.ok(export, json!({ "token": token })).await;
    let export: Value = serde_json::from_str(export["exportSubscription"]["json"].as_str().unwrap()).unwrap();
    assert_eq!(export["returned"][0]["kind"], "SOFT");
    assert_eq!(export["returned"].as_array().unwrap().len(), 2);
    let erase =
        "mutation($token: String!) { eraseSubscription(token: $token) { erased userErrors { code } } }";
    client.ok(erase, json!({ "token": token })).await;
    assert_eq!(
        stack.count("SELECT COUNT(*) FROM bounce WHERE LENGTH(message) > 0 OR diagnostic IS NOT NULL").await,
        0
    );
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["ERASED"]);
    // What comes back of a mail to nobody is kept, and suppresses nobody.
    let late = format!("Received: by another\r\n{}", nobody(&mail));
    assert_eq!(pipe(&stack, &late), 0);
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["ERASED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_may_post_what_came_back() {
    let stack = Stack::new().await;
    stack.set("BOUNCE_TOKEN", TOKEN);
    stack.set("BOUNCE_DOMAIN", "bounces.example.org");
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    let mail = digest(&stack, &server.client(), "ada@example.org").await;
    let http = reqwest::Client::new();
    let post = |token: &str, kind: &str, body: String| {
        let request = http.post(server.url("/mail/bounces?recipient=x%40example.org"));
        request.bearer_auth(token).header("content-type", kind).body(body).send()
    };
    for (token, kind, body, status) in [
        ("wrong", "message/rfc822", nobody(&mail), 401),
        ("", "message/rfc822", nobody(&mail), 401),
        (TOKEN, "text/plain", nobody(&mail), 415),
        (TOKEN, "application/json", nobody(&mail), 400),
        ("wrong", "application/json", nobody(&mail), 401),
        (TOKEN, "message/rfc822", "x".repeat(1_100_000), 413),
    ] {
        assert_eq!(post(token, kind, body).await.unwrap().status(), status);
    }
    assert_eq!(http.get(server.url("/mail/bounces")).send().await.unwrap().status(), 405);
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 0);
    let answer = post(TOKEN, "message/rfc822; charset=utf-8", nobody(&mail)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        json!({ "kind": "HARD", "marked": true, "known": false })
    );
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
    let answer = post(TOKEN, "message/rfc822", nobody(&mail)).await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "known": true }));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nobody_may_post() {
    let (_stack, server) = stack_with_papers().await;
    let request = reqwest::Client::new().post(server.url("/mail/bounces")).bearer_auth("");
    assert_eq!(request.body("x").send().await.unwrap().status(), 404);
}
