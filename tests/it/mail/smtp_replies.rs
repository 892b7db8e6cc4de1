//! Replies of a mail server, and their effect on the queue: a table of replies about the recipient or the message, and
//! one of replies about neither.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{SUBSCRIBE, subscribe};
use crate::support::{Reaction, Stack, Step, eventually};

/// The step, the reply, and the result for the digest: status, reason, and number of deferrals.
const RECIPIENT_REPLIES: [(At, Reaction, &str); 28] = [
    (RCPT, Reaction::Say("251 2.1.5 will forward"), "SENT - 0"),
    (RCPT, Reaction::Say("250-2.1.5 two\r\n250 2.1.5 lines"), "SENT - 0"),
    (RCPT, Reaction::Say("450 4.2.0 greylisted"), "DEFERRED - 1"),
    (RCPT, Reaction::Say("450 4.7.1 greylisted"), "DEFERRED - 1"),
    (RCPT, Reaction::Say("450 4.7.28 slow down"), "DEFERRED - 1"),
    (DATA, Reaction::Say("451 4.3.0 later"), "DEFERRED - 1"),
    (DATA, Reaction::Say("451 4.7.1 later"), "DEFERRED - 1"),
    (DATA, Reaction::Say("554 5.5.1 nobody"), "DEFERRED - 1"),
    (DOT, Reaction::Say("450 4.7.28 slow down"), "DEFERRED - 1"),
    (RCPT, Reaction::Say("451 try again"), "DEFERRED - 1"),
    (RCPT, Reaction::Say("550 5.2.1 disabled"), "DEFERRED - 1"),
    (RCPT, Reaction::Say("552 5.2.2 over quota"), "DEFERRED - 1"),
    (RCPT, Reaction::Say("550 5.1.1 no such user"), "FAILED BAD_RECIPIENT 0"),
    (RCPT, Reaction::Say("550 no such user here"), "FAILED BAD_RECIPIENT 0"),
    (RCPT, Reaction::Say("556 5.1.10 null MX"), "FAILED BAD_RECIPIENT 0"),
    (RCPT, Reaction::Say("550-5.7.1 not\r\n550 5.7.1 you"), "FAILED POLICY 0"),
    (RCPT, Reaction::Say("552 too big"), "FAILED TOO_LARGE 0"),
    (RCPT, Reaction::Say("550 mailbox unavailable"), "FAILED REJECTED 0"),
    (DOT, Reaction::Say("299 odd"), "SENT - 0"),
    (DOT, Reaction::Say("250-2.0.0 two\r\n250 2.0.0 lines"), "SENT - 0"),
    (DOT, Reaction::Say("452 4.3.1 full"), "DEFERRED - 1"),
    (DOT, Reaction::Say("552 5.3.4 too big"), "FAILED TOO_LARGE 0"),
    (DOT, Reaction::Say("554 5.6.0 what is this?"), "FAILED REJECTED 0"),
    (DOT, Reaction::Say("554 5.7.1 spam"), "FAILED POLICY 0"),
    (DOT, Reaction::Say("354 what?"), "IN_DOUBT - 0"),
    (DOT, Reaction::Say("fine"), "IN_DOUBT - 0"),
    (DOT, Reaction::TakeAndClose, "IN_DOUBT - 0"),
    (DOT, Reaction::Close, "IN_DOUBT - 0"),
];

/// The step of a reply about a recipient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Rcpt,
    Data,
    Dot,
}

const RCPT: At = At::Rcpt;
const DATA: At = At::Data;
const DOT: At = At::Dot;

fn recipient(index: usize) -> String {
    format!("r{index}@example.org")
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_about_a_recipient_or_a_message_decide_its_status() {
    for extensions in [&["PIPELINING"] as &[&str], &[]] {
        let stack = Stack::new().await;
        stack.smtp.offer(extensions);
        import_day(&stack, "2026-01-06", 1..4);
        let server = stack.serve().await;
        for index in 0..RECIPIENT_REPLIES.len() {
            subscribe(&stack, &server.client(), json!({ "email": recipient(index) })).await;
            stack.smtp.nth_to(&recipient(index), 2).await;
        }
        import_day(&stack, "2026-01-07", 10..12);
        stack.smtp.script(|step| {
            let (at, to) = match step {
                Step::Rcpt(to) => (RCPT, to),
                Step::Data(to) => (DATA, to),
                Step::Dot(to) => (DOT, to),
                _ => return Reaction::Take,
            };
            let told = (0..RECIPIENT_REPLIES.len()).find(|&index| *to == recipient(index));
            match told.map(|index| &RECIPIENT_REPLIES[index]) {
                Some((place, reaction, _)) if *place == at => reaction.clone(),
                _ => Reaction::Take,
            }
        });
        stack.advance_to("2026-01-08T08:10:00Z").await;
        let states = "SELECT recipient || ' ' || status || ' ' || COALESCE(reason, '-') || ' ' || deferrals || \
                      ' ' || attempt FROM delivery WHERE kind = 'DIGEST' AND cutoff_day = '2026-01-07' \
                      AND status NOT IN ('QUEUED', 'SENDING')";
        let states = eventually("every digest has a status", || async {
            Some(stack.rows(states).await).filter(|states| states.len() == RECIPIENT_REPLIES.len())
        })
        .await;
        for (index, (_, reaction, state)) in RECIPIENT_REPLIES.iter().enumerate() {
            let expected = format!("{} {state} 1", recipient(index));
            assert!(states.contains(&expected), "{reaction:?}, {extensions:?}: {expected}\n{states:#?}");
        }
        let bad = RECIPIENT_REPLIES.iter().filter(|(.., state)| state.contains("BAD_RECIPIENT")).count();
        assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, i64::try_from(bad).unwrap());
        assert!(!server.log().contains("mail is held back"), "{}", server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_about_the_connection_use_up_no_attempt() {
    let to = || "ada@example.org".to_owned();
    let sender = || "digest@papers.example.org".to_owned();
    let table = [
        (Step::Connect, Reaction::Say("554 5.3.2 go away")),
        (Step::Connect, Reaction::Say("hello")),
        (Step::Ehlo, Reaction::Say("451 4.3.0 later")),
        (Step::Ehlo, Reaction::Close),
        (Step::Mail(sender()), Reaction::Say("421 4.3.2 closing")),
        (Step::Mail(sender()), Reaction::Say("451 4.3.0 later")),
        (Step::Mail(sender()), Reaction::Say("550 5.7.1 not you")),
        (Step::Mail(sender()), Reaction::Say("354 what?")),
        (Step::Mail(sender()), Reaction::Close),
        (Step::Rcpt(to()), Reaction::Say("421 4.7.0 closing")),
        (Step::Rcpt(to()), Reaction::Say("25")),
        (Step::Rcpt(to()), Reaction::Close),
        (Step::Data(to()), Reaction::Say("250 odd")),
        (Step::Data(to()), Reaction::Close),
        (Step::Dot(to()), Reaction::Say("421 4.3.2 closing")),
    ];
    let stack = Stack::new().await;
    let (first_step, first) = table[0].clone();
    stack.smtp.script(move |at| if *at == first_step { first.clone() } else { Reaction::Take });
    let server = stack.serve().await;
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": to() } })).await;
    let held = || server.log().matches("mail is held back").count();
    for (round, (step, reaction)) in table.into_iter().enumerate() {
        if round > 0 {
            let told = reaction.clone();
            stack.smtp.offer(if round % 2 == 0 { &["PIPELINING"] } else { &[] });
            let place = step.clone();
            stack.smtp.script(move |at| if *at == place { told.clone() } else { Reaction::Take });
            // Longer than any hold; holds grow with each failure in a row.
            stack.advance(TimeDelta::minutes(7)).await;
        }
        eventually(&format!("held by {reaction:?} at {step:?}"), || async { (held() > round).then_some(()) })
            .await;
        stack.settle().await;
        assert_eq!(stack.smtp.mails().len(), 0, "{reaction:?} at {step:?}");
        let state = "SELECT status || ' ' || deferrals FROM delivery";
        assert_eq!(stack.rows(state).await, ["QUEUED 0"], "{reaction:?} at {step:?}");
    }
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(7)).await;
    stack.smtp.nth_to(&to(), 1).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn greylisting_defers_one_recipient_only() {
    let stack = Stack::new().await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(to) if to.ends_with("@grey.example") => Reaction::Say("450 4.7.1 come back later"),
        Step::Dot(to) if to.ends_with("@dot.example") => Reaction::Say("451 4.7.1 come back later"),
        _ => Reaction::Take,
    });
    let server = stack.serve().await;
    let put_off: Vec<String> =
        (0..6).map(|n| format!("a{n}@{}.example", if n % 2 == 0 { "grey" } else { "dot" })).collect();
    let others: Vec<String> = (0..6).map(|n| format!("b{n}@other{n}.example")).collect();
    for email in put_off.iter().chain(&others) {
        server.client().ok(SUBSCRIBE, json!({ "input": { "email": email } })).await;
    }
    for email in &others {
        stack.smtp.nth_to(email, 1).await;
    }
    let states = "SELECT DISTINCT status || ' ' || deferrals FROM delivery WHERE domain NOT LIKE 'other%'";
    eventually("the delivery is deferred", || async {
        (stack.rows(states).await == ["DEFERRED 1"]).then_some(())
    })
    .await;
    assert!(!server.log().contains("mail is held back"), "{}", server.log());
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(7)).await;
    for email in &put_off {
        stack.smtp.nth_to(email, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_by_several_domains_in_a_row_holds_the_lane() {
    let stack = Stack::new().await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(_) => Reaction::Say("450 4.7.28 slow down"),
        _ => Reaction::Take,
    });
    let server = stack.serve().await;
    let emails: Vec<String> = (0..4).map(|n| format!("ada@domain{n}.example")).collect();
    let ask = async |email: &String| {
        server.client().ok(SUBSCRIBE, json!({ "input": { "email": email } })).await;
    };
    for email in &emails[..2] {
        ask(email).await;
    }
    let states = "SELECT status || ' ' || deferrals FROM delivery ORDER BY id";
    eventually("two deliveries are deferred", || async {
        (stack.rows(states).await == ["DEFERRED 1"; 2]).then_some(())
    })
    .await;
    assert!(!server.log().contains("mail is held back"), "{}", server.log());
    ask(&emails[2]).await;
    eventually("the lane is held", || async { server.log().contains("mail is held back").then_some(()) })
        .await;
    ask(&emails[3]).await;
    stack.settle().await;
    assert_eq!(stack.rows(states).await, ["DEFERRED 1", "DEFERRED 1", "DEFERRED 1", "QUEUED 0"]);
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(7)).await;
    for email in &emails {
        stack.smtp.nth_to(email, 1).await;
    }
}
