//! Circuit breakers: digests stop if mail of the service is refused, and resume when it is accepted again.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::{import_day, open_circuits};
use crate::support::graphql::SendingState;
use crate::support::journey::{ask, sending_state, subscribe};
use crate::support::{Client, Process, Reaction, Stack, Step, eventually};

/// Subscribers at each of these domains who have had their first digest, and papers for the next one.
async fn stack_with(domains: &[(&str, usize)]) -> (Stack, Process, Client) {
    let stack = Stack::new().await;
    stack.set("SMTP_CONNECTIONS", "1");
    stack.set("SMTP_URL", &stack.smtp.url().replace("smtp://", "smtp://papers:s3cret@"));
    stack.smtp.offer(&["PIPELINING", "AUTH PLAIN"]);
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    for (domain, count) in domains {
        for number in 0..*count {
            let email = format!("a{number}@{domain}");
            subscribe(&stack, &server.client(), json!({ "email": email })).await;
            stack.smtp.nth_to(&email, 2).await;
        }
    }
    import_day(&stack, "2026-01-07", 10..12);
    (stack, server, admin)
}

async fn wait_for_open_circuits(admin: &Client, circuits: &[&str]) -> SendingState {
    eventually("the circuits are open", || async {
        let sending = sending_state(admin).await;
        (sending.open_circuits == circuits).then_some(sending)
    })
    .await
}

/// The number of second digests in a state.
async fn count(stack: &Stack, domain: &str, state: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) FROM delivery WHERE cutoff_day = '2026-01-07' AND kind = 'DIGEST' AND deferrals = 0 \
         AND domain = '{domain}' AND status || ' ' || COALESCE(reason, '-') = '{state}'"
    );
    stack.count(&sql).await
}

/// Refuses mail to subscribers at a domain, slowly, so that the circuit opens before all are tried.
fn refuse(stack: &Stack, domain: &'static str, reply: &'static str) {
    stack.smtp.script(move |step| match step {
        Step::Mail(_) => Reaction::After(Duration::from_millis(150)),
        Step::Dot(to) if to.starts_with('a') && to.ends_with(domain) => Reaction::Say(reply),
        _ => Reaction::Take,
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circuit_of_a_domain_closes_after_an_accepted_probe() {
    let (stack, server, admin) = stack_with(&[("strict.example", 10), ("example.org", 1)]).await;
    refuse(&stack, "@strict.example", "554 5.7.1 we do not like you");
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let state = wait_for_open_circuits(&admin, &["strict.example"]).await;
    let reason = state.reason.unwrap();
    assert!(reason.starts_with("strict.example: 5 of 25 mails refused, the latest by 554 5.7.1"), "{reason}");
    assert_eq!(state.paused_at, None);
    // Other domains get their digests, and requested mail is sent to this one too.
    stack.smtp.nth_to("a0@example.org", 3).await;
    ask(&stack, &server.client(), json!({ "email": "new@strict.example" })).await;
    stack.settle().await;
    let (failed, left) = (
        count(&stack, "strict.example", "FAILED POLICY").await,
        count(&stack, "strict.example", "QUEUED -").await,
    );
    assert!((5..=7).contains(&failed) && failed + left == 10, "{failed} refused, {left} left");
    assert!(server.log().contains("circuit opened"), "{}", server.log());
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);

    // The circuit survives a restart.
    assert!(server.stop().success());
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    assert_eq!(sending_state(&admin).await.open_circuits, ["strict.example"]);
    stack.advance(TimeDelta::minutes(11)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(count(&stack, "strict.example", "QUEUED -").await, left);
    // After a quarter of an hour one is sent and refused; after another half hour the next is accepted.
    stack.advance(TimeDelta::minutes(8)).await;
    eventually("the probe is sent", || async {
        (count(&stack, "strict.example", "FAILED POLICY").await == failed + 1).then_some(())
    })
    .await;
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(23)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(count(&stack, "strict.example", "QUEUED -").await, left - 1);
    stack.advance(TimeDelta::minutes(14)).await;
    wait_for_open_circuits(&admin, &[]).await;
    eventually("the deliveries are sent", || async {
        (count(&stack, "strict.example", "SENT -").await == left - 1).then_some(())
    })
    .await;
    assert!(sending_state(&admin).await.reason.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_smtp_password_stops_all_digests_until_resumed() {
    let (stack, server, admin) = stack_with(&[("example.org", 3)]).await;
    stack.smtp.script(|step| match step {
        Step::Auth => Reaction::Say("535 5.7.8 wrong user or password"),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let state = wait_for_open_circuits(&admin, &["*"]).await;
    assert_eq!(state.reason.as_deref(), Some("*: Auth: 535 5.7.8 wrong user or password"));
    stack.settle().await;
    assert_eq!(count(&stack, "example.org", "QUEUED -").await, 3);
    // The hold of the connection has ended; the circuit is still open.
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(6)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 6);
    let resumed =
        admin.mutate("mutation { resumeSending { sending { openCircuits reason } } }", json!({})).await;
    assert_eq!(resumed["sending"], json!({ "openCircuits": [], "reason": null }));
    for number in 0..3 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
    }
    let detail = "SELECT detail::text FROM audit_entry WHERE action = 'resumeSending'";
    let detail = if stack.is_embedded() { detail.replace("::text", "") } else { detail.to_owned() };
    assert!(stack.rows(&detail).await.concat().contains("\"*\""));
    assert!(!server.log().contains("s3cret") && !server.log().contains("AHBhcGVycwBzM2NyZXQ="));
}

#[tokio::test(flavor = "multi_thread")]
async fn unauthenticated_mail_stops_all_digests_at_once() {
    let (stack, server, admin) = stack_with(&[("example.org", 4)]).await;
    refuse(&stack, "@example.org", "550-5.7.26 this mail is\r\n550 5.7.26 unauthenticated");
    stack.advance_to("2026-01-08T08:10:00Z").await;
    wait_for_open_circuits(&admin, &["*"]).await;
    stack.settle().await;
    let (failed, left) =
        (count(&stack, "example.org", "FAILED POLICY").await, count(&stack, "example.org", "QUEUED -").await);
    assert!((1..=2).contains(&failed) && failed + left == 4, "{failed} refused, {left} left");
    // Requested mail is still sent.
    ask(&stack, &server.client(), json!({ "email": "new@example.org" })).await;
    // One digest is sent as a probe, and then the others.
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(19)).await;
    wait_for_open_circuits(&admin, &[]).await;
    eventually("the deliveries are sent", || async {
        (count(&stack, "example.org", "SENT -").await == left).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_open_circuits_stop_all_digests() {
    let (stack, _server, admin) = stack_with(&[("third.example", 6), ("example.org", 1)]).await;
    let later = "2026-02-01T12:00:00";
    open_circuits(&stack, &[("one.example", later), ("other.example", later)]).await;
    refuse(&stack, "@third.example", "554 5.7.1 we do not like you");
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let state = wait_for_open_circuits(&admin, &["*", "one.example", "other.example", "third.example"]).await;
    let reason = state.reason.unwrap();
    assert!(
        reason.contains("one.example, other.example, third.example refuse mail from this service"),
        "{reason}"
    );
    assert!(reason.contains("one.example: refused"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_resume_after_every_circuit_was_open() {
    let domains = [("one.example", 3), ("other.example", 2), ("third.example", 2)];
    let (stack, _server, admin) = stack_with(&domains).await;
    let circuits = [
        ("*", "2026-01-08T08:30:00"),
        ("one.example", "2026-01-08T08:20:00"),
        ("other.example", "2026-01-08T08:21:00"),
        ("third.example", "2026-01-08T08:22:00"),
    ];
    open_circuits(&stack, &circuits).await;
    refuse(&stack, "@one.example", "554 5.7.1 we do not like you");
    stack.advance_to("2026-01-08T08:25:00Z").await;
    eventually("the digests are planned", || async {
        (sending_state(&admin).await.queued == 7).then_some(())
    })
    .await;
    // One digest probes all circuits, and that of its domain.
    stack.advance_to("2026-01-08T08:31:00Z").await;
    eventually("the probe is sent", || async {
        (count(&stack, "one.example", "FAILED POLICY").await == 1).then_some(())
    })
    .await;
    stack.settle().await;
    let state = wait_for_open_circuits(&admin, &["*", "one.example", "other.example", "third.example"]).await;
    assert_eq!(state.queued, 6);
    // The next one, to another domain, is accepted; then the others, except to the domain that still refuses.
    stack.advance(TimeDelta::minutes(38)).await;
    wait_for_open_circuits(&admin, &["one.example"]).await;
    for domain in ["other.example", "third.example"] {
        eventually("the deliveries are sent", || async {
            (count(&stack, domain, "SENT -").await == 2).then_some(())
        })
        .await;
    }
    eventually("the probe is sent", || async {
        (count(&stack, "one.example", "FAILED POLICY").await == 2).then_some(())
    })
    .await;
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(75)).await;
    wait_for_open_circuits(&admin, &[]).await;
    assert_eq!(count(&stack, "one.example", "SENT -").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_probe_is_soon_followed_by_another() {
    let (stack, server, admin) = stack_with(&[("strict.example", 1)]).await;
    let nothing = json!({
        "email": "nothing@strict.example", "sendTime": "07:30", "filter": { "authors": ["Nobody"] },
    });
    subscribe(&stack, &server.client(), nothing).await;
    open_circuits(&stack, &[("strict.example", "2026-01-08T08:30:00")]).await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("the digests are planned", || async {
        (count(&stack, "strict.example", "QUEUED -").await == 2).then_some(())
    })
    .await;
    stack.advance_to("2026-01-08T08:30:00Z").await;
    eventually("the probe is sent", || async {
        (count(&stack, "strict.example", "SKIPPED EMPTY").await == 1).then_some(())
    })
    .await;
    assert_eq!(stack.smtp.mails_to("a0@strict.example").len(), 2);
    stack.advance(TimeDelta::minutes(6)).await;
    stack.smtp.nth_to("a0@strict.example", 3).await;
    wait_for_open_circuits(&admin, &[]).await;
}

mod production {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn workers_share_circuits_and_one_of_them_probes() {
        let stack = Stack::production().await;
        import_day(&stack, "2026-01-06", 1..4);
        let api = stack.role("api").await;
        let workers = [stack.role("worker").await, stack.role("worker").await];
        for email in ["a0@strict.example", "a1@strict.example", "a2@strict.example", "a0@example.org"] {
            subscribe(&stack, &api.client(), json!({ "email": email })).await;
            stack.smtp.nth_to(email, 2).await;
        }
        import_day(&stack, "2026-01-07", 10..12);
        open_circuits(&stack, &[("strict.example", "2026-01-08T08:30:00")]).await;
        stack.smtp.script(|step| match step {
            Step::Dot(to) if to.ends_with("strict.example") => Reaction::Hold,
            _ => Reaction::Take,
        });
        stack.advance_to("2026-01-08T08:10:00Z").await;
        stack.smtp.nth_to("a0@example.org", 3).await;
        assert_eq!(count(&stack, "strict.example", "QUEUED -").await, 3);
        // Both look for due deliveries, and only one digest is sent until its outcome is known.
        stack.advance_to("2026-01-08T08:30:00Z").await;
        let to_strict =
            || stack.smtp.mails().iter().filter(|mail| mail.recipient.ends_with("strict.example")).count();
        eventually("the probe is sent", || async { (to_strict() > 6).then_some(()) }).await;
        stack.set_clock(stack.now() + TimeDelta::minutes(2));
        // One worker waits for the reply to the probe; the other has nothing that it may send.
        futures::future::select_all(
            workers.iter().map(|worker| Box::pin(worker.wait_for_sweep(stack.now()))),
        )
        .await;
        assert_eq!(to_strict(), 7);
        stack.smtp.take_all();
        stack.smtp.go_on();
        eventually("the deliveries are sent", || async { (to_strict() == 9).then_some(()) }).await;
    }
}
