//! The signed mark of a mail: where it is read, and reports that are forged without it.

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::{deliveries, digest, pipe, stack_with_papers, state};
use crate::support::Mail;
use crate::support::returned::{complaint, dsn, no_such_user, plain_text_bounce};

#[tokio::test(flavor = "multi_thread")]
async fn the_signed_mark_is_found_wherever_it_is_returned() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    // In the address that the report was sent to, in capitals, as the pipe of a mail server passes it.
    let mail = digest(&stack, &client, "a@example.org").await;
    let returned = dsn(&mail, "failed", "5.1.1", "550 5.1.1 no such user", "Subject: something");
    let returned = returned.replace(&mail.sender, "postmaster@bounces.example.org");
    let sender = mail.sender.to_uppercase();
    let output = stack.pipe(&["bounce", "--recipient", &sender], returned.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(state(&stack, "a@example.org").await, "SUPPRESSED HARD_BOUNCE");
    // In a header that the server added.
    let mail = digest(&stack, &client, "b@example.org").await;
    let returned = dsn(&mail, "failed", "5.1.1", "550 5.1.1 no such user", "Subject: something");
    let returned = returned.replace("To: ", "Delivered-To: ");
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(state(&stack, "b@example.org").await, "SUPPRESSED HARD_BOUNCE");
    // In the header of the returned mail.
    let mail = digest(&stack, &client, "c@example.org").await;
    let returned = no_such_user(&mail).replace(&mail.sender, "postmaster@bounces.example.org");
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(state(&stack, "c@example.org").await, "SUPPRESSED HARD_BOUNCE");
    // In plain text.
    let mail = digest(&stack, &client, "d@example.org").await;
    assert_eq!(pipe(&stack, &plain_text_bounce(&mail, "550 5.1.1 no such user")), 0);
    assert_eq!(state(&stack, "d@example.org").await, "SUPPRESSED HARD_BOUNCE");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_without_a_valid_mark_change_nothing() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let other = digest(&stack, &client, "bob@example.org").await;
    let header = |mail: &Mail| mail.header("X-Delivery").unwrap();
    assert_eq!(format!("b+{}@bounces.example.org", header(&mail)), mail.sender);
    // The mail is named without a proof; then with a mark made of two others.
    let unproved = dsn(&mail, "failed", "5.1.1", "550 5.1.1 no such user", "Subject: yours");
    let unproved = unproved.replace(&mail.sender, "digest@papers.example.org");
    assert_eq!(pipe(&stack, &unproved), 0);
    let (mine, theirs) = (header(&mail), header(&other));
    let forged = format!("{}{}", &mine[..13], &theirs[13..]);
    assert_eq!(pipe(&stack, &no_such_user(&mail).replace(&mine, &forged)), 0);
    assert_eq!(pipe(&stack, &complaint(&mail, "abuse").replace(&mine, &forged)), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "SENT"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce WHERE delivery_id IS NULL").await, 3);
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_mark_does_not_wait_for_row_locks() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let other = digest(&stack, &client, "bob@example.org").await;
    if stack.is_embedded() {
        // SQLite has no row locks.
        return;
    }
    let database = stack.database().await;
    let held = database.begin().await.unwrap();
    let lock = "UPDATE delivery SET reply = reply WHERE recipient = 'bob@example.org'";
    held.execute_unprepared(lock).await.unwrap();
    // The mark of a locked delivery, with a wrong code; then a valid mark.
    let mut invented = other.header("X-Delivery").unwrap();
    let put = if &invented[25..26] == "a" { "b" } else { "a" };
    invented.replace_range(25..26, put);
    let returned = format!("X-Delivery: {invented}\r\n{}", no_such_user(&mail));
    let stack = std::sync::Arc::new(stack);
    let piped = tokio::task::spawn_blocking({
        let stack = stack.clone();
        move || pipe(&stack, &returned)
    });
    let taken = tokio::time::timeout(std::time::Duration::from_secs(20), piped).await;
    assert_eq!(taken.expect("a report waited for a row lock").unwrap(), 0);
    held.rollback().await.unwrap();
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
}
