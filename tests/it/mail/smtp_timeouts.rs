//! A mail server that does not answer: at each step of the session, in the middle of a message, and while the worker
//! stops. A message that the server cannot have in full uses up no attempt; one that it may have is in doubt.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::fixtures::{import_day, import_items, item, stack_with_papers};
use crate::support::journey::{SUBSCRIBE, subscribe};
use crate::support::{Mail, Process, Reaction, Stack, Step, eventually};

/// Longer than any hold after a failure.
const LONGEST_HOLD: TimeDelta = TimeDelta::minutes(7);

/// A stack whose service waits four seconds for the reply to a command, and eight for that to a message.
async fn stack_with_short_timeout() -> Stack {
    let stack = Stack::new().await;
    stack.set("SMTP_TIMEOUT_SECONDS", "4");
    stack
}

/// Subscribers who have had their first digest, and papers for the next one.
async fn subscribers(stack: &Stack, server: &Process, papers: &[Value], count: usize) -> Vec<String> {
    let emails: Vec<String> = (0..count).map(|number| format!("a{number}@example.org")).collect();
    for email in &emails {
        subscribe(stack, &server.client(), json!({ "email": email, "maxPapers": 50 })).await;
        stack.smtp.nth_to(email, 2).await;
    }
    import_items(stack, "2026-01-07", papers);
    emails
}

/// The states of the digests of the 7th, in their order.
async fn states(stack: &Stack) -> Vec<String> {
    let states = "SELECT status || ' ' || deferrals FROM delivery \
                  WHERE kind = 'DIGEST' AND cutoff_day = '2026-01-07' ORDER BY id";
    stack.rows(states).await
}

async fn wait_for_states(stack: &Stack, expected: &[&str]) {
    eventually(&format!("{expected:?}"), || async { (states(stack).await == expected).then_some(()) }).await;
}

async fn silence_before_a_message(extensions: &[&'static str]) {
    let to = || "ada@example.org".to_owned();
    let sender = || "digest@papers.example.org".to_owned();
    let table = [
        (Step::Connect, "Connect: no answer within 4s"),
        (Step::Ehlo, "Hello: no answer within 4s"),
        (Step::Mail(sender()), "Mail: no answer within 4s"),
        (Step::Rcpt(to()), "Rcpt: no answer within 4s"),
        (Step::Data(to()), "Data: no answer within 1.6s"),
    ];
    let stack = stack_with_short_timeout().await;
    stack.smtp.offer(extensions);
    let hold = |step: Step| {
        stack.smtp.script(move |at| if *at == step { Reaction::Hold } else { Reaction::Take });
    };
    hold(Step::Connect);
    let server = stack.serve().await;
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": to() } })).await;
    for (round, (step, why)) in table.iter().enumerate() {
        if round > 0 {
            hold(step.clone());
            stack.advance(LONGEST_HOLD).await;
        }
        eventually(why, || async { server.log().contains(why).then_some(()) }).await;
        stack.settle().await;
        assert_eq!(stack.rows("SELECT status || ' ' || deferrals FROM delivery").await, ["QUEUED 0"]);
        assert_eq!(stack.smtp.mails().len(), 0, "{step:?}");
    }
    stack.smtp.take_all();
    stack.advance(LONGEST_HOLD).await;
    stack.smtp.nth_to(&to(), 1).await;
    stack.settle().await;
    assert_eq!(stack.smtp.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_before_the_message_uses_up_no_attempt() {
    silence_before_a_message(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_amid_pipelined_commands_uses_up_no_attempt() {
    silence_before_a_message(&["PIPELINING"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partly_transmitted_message_is_sent_again() {
    // Some 80 kB, twice what the buffers of both sides hold.
    let long = |number| {
        let mut item = item(number, number);
        item["paper"]["summary"] = json!("李雷 & <marked> ".repeat(100));
        item
    };
    let papers: Vec<Value> = (20..70).map(long).collect();
    let stack = stack_with_short_timeout().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let ada = subscribers(&stack, &server, &papers, 1).await.pop().unwrap();
    stack.smtp.shrink_buffers();
    let said = |what: &str| server.log().matches(what).count();
    for (round, reaction) in [Reaction::HoldMessage, Reaction::CutMessage].into_iter().enumerate() {
        stack.smtp.script(move |at| match at {
            Step::Data(_) => reaction.clone(),
            _ => Reaction::Take,
        });
        if round == 0 {
            stack.advance_to("2026-01-08T08:10:00Z").await;
        } else {
            stack.advance(LONGEST_HOLD).await;
        }
        eventually("the lane is held", || async { (said("why=\"Dot: ") > round).then_some(()) }).await;
        wait_for_states(&stack, &["QUEUED 0"]).await;
    }
    assert_eq!(said("Dot: nothing was taken within 2.4s"), 1, "{}", server.log());
    assert_eq!(stack.smtp.mails_to(&ada).len(), 2);
    stack.smtp.take_all();
    stack.advance(LONGEST_HOLD).await;
    assert_eq!(stack.smtp.nth_to(&ada, 3).await.papers().len(), 50);
    wait_for_states(&stack, &["SENT 0"]).await;
    assert_eq!(stack.smtp.mails_to(&ada).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_after_the_final_dot_leaves_the_delivery_in_doubt() {
    let stack = stack_with_short_timeout().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let ada = subscribers(&stack, &server, &[item(20, 1)], 1).await.pop().unwrap();
    stack.smtp.script(|at| if matches!(at, Step::Dot(_)) { Reaction::Hold } else { Reaction::Take });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    wait_for_states(&stack, &["IN_DOUBT 0"]).await;
    assert!(server.log().contains("no answer within 8s"), "{}", server.log());
    // Other deliveries do not wait.
    assert!(!server.log().contains("mail is held back"), "{}", server.log());
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(29)).await;
    stack.settle().await;
    assert_eq!(stack.smtp.mails_to(&ada).len(), 3);
    stack.advance(TimeDelta::minutes(2)).await;
    let again = stack.smtp.nth_to(&ada, 4).await;
    wait_for_states(&stack, &["SENT 0"]).await;
    let mails = stack.smtp.mails_to(&ada);
    assert_eq!((mails.len(), &mails[2].octets), (4, &again.octets));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_at_quit_is_ignored() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let quits = Arc::new(AtomicUsize::new(0));
    let heard = quits.clone();
    stack.smtp.script(move |at| {
        if *at == Step::Quit {
            heard.fetch_add(1, Ordering::SeqCst);
            return Reaction::Hold;
        }
        Reaction::Take
    });
    let server = stack.serve().await;
    let emails = subscribers(&stack, &server, &[item(20, 1)], 3).await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    for email in &emails {
        stack.smtp.nth_to(email, 3).await;
    }
    wait_for_states(&stack, &["SENT 0"; 3]).await;
    eventually("QUIT was received", || async { (quits.load(Ordering::SeqCst) > 0).then_some(()) }).await;
    let start = Instant::now();
    assert!(server.stop().success());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(emails.iter().all(|email| stack.smtp.mails_to(email).len() == 3));
}

/// Stops a worker while the server does not answer the steps of `is_held`, for longer than the worker waits.
/// Answers the number of digests that the server has for each of twelve subscribers in the end.
async fn stopped_amid_silence(is_held: fn(&Step) -> bool) -> Vec<usize> {
    const COUNT: usize = 12;
    let (stack, server) = stack_with_papers(1..4).await;
    let emails = subscribers(&stack, &server, &[item(20, 1)], COUNT).await;
    let held = Arc::new(AtomicUsize::new(0));
    let count = held.clone();
    stack.smtp.script(move |at| {
        if is_held(at) {
            count.fetch_add(1, Ordering::SeqCst);
            return Reaction::Hold;
        }
        Reaction::Take
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    // One on each of the four connections.
    eventually("the lane is held", || async { (held.load(Ordering::SeqCst) == 4).then_some(()) }).await;
    let start = Instant::now();
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    assert!(stopping.await.unwrap().success());
    // Twenty seconds for deliveries in flight, and a little to close; without this limit, more than eight minutes.
    let took = start.elapsed();
    assert!((Duration::from_secs(19)..Duration::from_mins(1)).contains(&took), "{took:?}");
    // Deliveries in flight are claimed until their lease expires; the others are queued again.
    let mut now = states(&stack).await;
    now.sort();
    assert_eq!(now, [["QUEUED 0"; COUNT - 4].as_slice(), &["SENDING 0"; 4]].concat());
    stack.smtp.take_all();
    let server = stack.serve().await;
    eventually("the other digests are sent", || async {
        let sent = states(&stack).await.iter().filter(|state| *state == "SENT 0").count();
        (sent == COUNT - 4).then_some(())
    })
    .await;
    stack.set_clock(stack.now() + TimeDelta::minutes(16));
    wait_for_states(&stack, &["SENT 0"; COUNT]).await;
    drop(server);
    let digests = emails.iter().map(|email| {
        let digests: Vec<Mail> = stack.smtp.mails_to(email).split_off(2);
        let ids: HashSet<String> = digests.iter().map(Mail::message_id).collect();
        assert_eq!(ids.len(), 1, "{email} got different digests");
        digests.len()
    });
    digests.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_stops_in_time_if_messages_are_not_answered() {
    let digests = stopped_amid_silence(|at| matches!(at, Step::Dot(_))).await;
    // The server had the four that it did not answer.
    assert_eq!(digests.iter().filter(|count| **count == 2).count(), 4, "{digests:?}");
    assert_eq!(digests.iter().sum::<usize>(), digests.len() + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_stops_in_time_if_recipients_are_not_answered() {
    let digests = stopped_amid_silence(|at| matches!(at, Step::Rcpt(_))).await;
    assert!(digests.iter().all(|count| *count == 1), "{digests:?}");
}
