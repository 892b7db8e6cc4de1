//! Unsubscribing by the address in a mail, and undoing it.

use reqwest::StatusCode;
use serde_json::json;

use super::{get, path, post, stack_with_papers};

#[tokio::test(flavor = "multi_thread")]
async fn any_post_to_the_one_click_address_unsubscribes() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    for (email, media_type, body) in [
        ("a@example.org", "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "b@example.org",
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
        ),
        ("c@example.org", "application/x-www-form-urlencoded", ""),
        ("d@example.org", "application/json", "{\"a\": [1, 2"),
        ("e@example.org", "text/plain; charset=nonsense", "something=else"),
        ("f@example.org", "application/octet-stream", &"x".repeat(100_000)),
    ] {
        crate::support::journey::subscribe(&stack, &client, json!({ "email": email })).await;
        let digest = stack.smtp.nth_to(email, 2).await;
        let url = server.url(path(&digest.link("/unsubscribe/")));
        let answer = reqwest::Client::new()
            .post(url)
            .header("content-type", media_type)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{email}");
    }
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["UNSUBSCRIBED"; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unsubscribing_can_be_undone_for_a_day() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let input = json!({ "email": "ada@example.org", "timeZone": "Europe/Paris", "maxPapers": 2 });
    crate::support::journey::subscribe(&stack, &client, input).await;
    let leave = stack.smtp.nth_to("ada@example.org", 2).await.link("/unsubscribe/");
    let undo = format!("{}/undo", path(&leave));
    let (_, page) = post(&server, path(&leave), &[("List-Unsubscribe", "One-Click")]).await;
    assert!(page.contains("You are unsubscribed") && page.contains(&format!("action=\"{undo}\"")), "{page}");
    // Subscribing again on the same day sends no second confirmation, and the page says so.
    let (_, page) = post(&server, "/subscribe", &[("email", "ada@example.org")]).await;
    assert!(page.contains("A mail to ada@example.org is on its way"), "{page}");
    assert!(page.contains("can undo it"), "{page}");

    let state = "SELECT status || ' ' || time_zone || ' ' || max_papers FROM subscription";
    assert_eq!(get(&server, &undo).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(stack.rows(state).await, ["UNSUBSCRIBED Europe/Paris 2"]);
    for _ in 0..2 {
        let (status, page) = post(&server, &undo, &[("undo", "yes")]).await;
        assert!(status == 200 && page.contains("You are subscribed again"), "{page}");
    }
    assert_eq!(stack.rows(state).await, ["ACTIVE Europe/Paris 2"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription WHERE next_due_at IS NULL").await, 0);

    // A day later the link only unsubscribes.
    post(&server, path(&leave), &[]).await;
    stack.advance(chrono::TimeDelta::hours(25)).await;
    let (_, page) = get(&server, path(&leave)).await;
    assert!(page.contains("You are unsubscribed") && !page.contains("undo"), "{page}");
    let (_, page) = post(&server, &undo, &[("undo", "yes")]).await;
    assert!(page.contains("You are unsubscribed"), "{page}");
    assert_eq!(stack.rows(state).await, ["UNSUBSCRIBED Europe/Paris 2"]);
    assert_eq!(post(&server, "/unsubscribe/x/undo", &[("undo", "yes")]).await.0, StatusCode::BAD_REQUEST);
}
