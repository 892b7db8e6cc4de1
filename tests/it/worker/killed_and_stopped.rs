//! A worker that is killed or told to stop while it sends.

use chrono::TimeDelta;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::journey::subscribers;
use crate::support::{Reaction, Stack, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_between_claim_and_record_loses_nothing() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let subscribers = subscribers(&stack, &client, 12).await;
    import_day(&stack, "2026-01-07", 20..24);

    // Some are delivered; then the server accepts mails and does not answer.
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    stack.smtp.script(move |step| match step {
        Step::Dot(_) if counter.fetch_add(1, Ordering::SeqCst) >= 3 => Reaction::Hold,
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    // Four connections are in flight, each with an unanswered dot.
    eventually("the lane is held", || async { (taken.load(Ordering::SeqCst) >= 7).then_some(()) }).await;
    server.kill();
    let in_flight = taken.load(Ordering::SeqCst) - 3;
    stack.smtp.take_all();

    let server = stack.serve().await;
    // Until the leases expire, the claims of the dead worker wait.
    server.wait_for_sweep(stack.now()).await;
    stack.set_clock(stack.now() + TimeDelta::minutes(16));
    eventually("all deliveries are sent", || async {
        let open = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status <> 'SENT'";
        (stack.count(open).await == 0).then_some(())
    })
    .await;
    drop(server);
    let mut again = 0;
    for email in &subscribers {
        let mails: Vec<_> = stack.smtp.mails_to(email).into_iter().skip(2).collect();
        let ids: HashSet<String> = mails.iter().map(crate::support::Mail::message_id).collect();
        assert!((1..=2).contains(&mails.len()), "{email} got {} digests", mails.len());
        assert_eq!(ids.len(), 1, "{email} got different digests");
        again += mails.len() - 1;
    }
    // The bound of docs/email.md: messages in flight, and accepted ones whose outcome was not yet recorded.
    assert!(again <= in_flight + 3, "{again} were repeated, {in_flight} were in flight");
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST'").await, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_gives_back_what_it_did_not_send() {
    let stack = Stack::new().await;
    stack.set("SMTP_CONNECTIONS", "1");
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    let client = server.client();
    subscribers(&stack, &client, 5).await;
    import_day(&stack, "2026-01-07", 20..24);
    stack.smtp.script(|step| if matches!(step, Step::Dot(_)) { Reaction::Hold } else { Reaction::Take });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("one delivery is in flight", || async { (stack.smtp.mails().len() == 11).then_some(()) })
        .await;
    let stopping = std::thread::spawn(move || server.stop());
    // At once, while the server holds the one in flight.
    let states =
        "SELECT status FROM delivery WHERE kind = 'DIGEST' AND cutoff_day = '2026-01-07' ORDER BY status";
    let [queued, sending, sent] = ["QUEUED", "SENDING", "SENT"];
    eventually("the deliveries are released", || async {
        (stack.rows(states).await == [queued, queued, queued, queued, sending]).then_some(())
    })
    .await;
    stack.smtp.go_on();
    assert!(stopping.join().unwrap().success());
    assert_eq!(stack.rows(states).await, [queued, queued, queued, queued, sent]);
    assert_eq!(stack.smtp.mails().len(), 11);
}
