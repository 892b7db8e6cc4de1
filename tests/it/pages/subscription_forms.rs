//! Forms to subscribe, confirm and change a subscription.

use reqwest::StatusCode;
use serde_json::json;

use super::{get, path, post, stack_with_papers};
use crate::support::journey::own;

#[tokio::test(flavor = "multi_thread")]
async fn forms_subscribe_change_and_unsubscribe() {
    let (stack, server) = stack_with_papers().await;
    let (status, page) = get(&server, "/subscribe").await;
    assert_eq!(status, 200);
    assert!(page.contains("name=\"time-zone\"") && page.contains("name=\"weekday\""));

    let (status, page) =
        post(&server, "/subscribe", &[("email", "nobody"), ("time-zone", "Mars/Olympus")]).await;
    assert_eq!(status, 400);
    assert!(
        page.contains("has an @, as in")
            && page.contains("Mars/Olympus")
            && page.contains("value=\"nobody\""),
        "{page}"
    );

    let fields = [
        ("email", "ada@example.org"),
        ("cadence", "daily"),
        ("time-zone", "Europe/Paris"),
        ("send-time", "07:30"),
        ("has-weekdays", "1"),
        ("weekday", "Mon"),
        ("weekday", "Thu"),
        ("max-papers", "2"),
        ("keywords", "even numbers, odd numbers"),
    ];
    let (status, page) = post(&server, "/subscribe", &fields).await;
    assert_eq!(status, 200);
    assert!(page.contains("Check your inbox"), "{page}");
    let mail = stack.smtp.nth_to("ada@example.org", 1).await;
    let (_, page) = get(&server, path(&mail.link("subscription/confirm"))).await;
    assert!(page.contains("a daily digest, Monday, Thursday at 07:30 (Europe/Paris), with at most 2 papers selected by a filter"), "{page}");
    let (status, page) =
        post(&server, "/subscription/confirm", &[("token", &mail.token("subscription/confirm"))]).await;
    assert_eq!(status, 200);
    assert!(page.contains("Your subscription is confirmed"), "{page}");
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.papers().len(), 2);

    // The footer leads to a button that mails the link, and shows no data of the subscriber.
    let footer = digest.link("subscription/manage?request");
    let (_, page) = get(&server, path(&footer)).await;
    assert!(!page.contains("ada@example.org") && page.contains("Send the link"), "{page}");
    let request = digest.token("subscription/manage?request");
    let (status, _) = post(&server, "/subscription/manage", &[("request", &request)]).await;
    assert_eq!(status, 200);
    let link =
        stack.smtp.latest_to("ada@example.org", 2, "preferences").await.link("subscription/manage?token");
    let (_, page) = get(&server, path(&link)).await;
    for shown in [
        "ada@example.org",
        "value=\"Europe/Paris\"",
        "value=\"Thu\" checked",
        "value=\"even numbers, odd numbers\"",
    ] {
        assert!(page.contains(shown), "{shown} is missing in:\n{page}");
    }
    let token = link.rsplit('=').next().unwrap();
    let wrong = [("token", token), ("time-zone", "Nowhere"), ("has-weekdays", "1")];
    let (status, page) = post(&server, "/subscription/manage", &wrong).await;
    assert_eq!(status, 400);
    assert!(page.contains("Choose at least one weekday"), "{page}");
    let saved = [
        ("token", token),
        ("time-zone", "Asia/Tokyo"),
        ("has-weekdays", "1"),
        ("weekday", "Sat"),
        ("keywords", ""),
        ("paused-until", "2026-02-01"),
        ("cadence", "weekly"),
        ("send-time", "20:00"),
        ("max-papers", "5"),
    ];
    let (status, page) = post(&server, "/subscription/manage", &saved).await;
    assert_eq!(status, 200);
    assert!(page.contains("Saved.") && page.contains("value=\"2026-02-01\""), "{page}");
    let own = own(&server.client(), token).await.unwrap();
    assert_eq!(
        (own.time_zone.as_str(), own.cadence.as_str(), own.paused_until.as_deref()),
        ("Asia/Tokyo", "WEEKLY", Some("2026-02-01"))
    );
    assert_eq!(own.weekdays, ["SATURDAY"]);

    let leave = digest.link("/unsubscribe/");
    let (_, page) = get(&server, path(&leave)).await;
    assert!(page.contains("value=\"One-Click\"") && page.contains("You are still subscribed"), "{page}");
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["ACTIVE"]);
    for _ in 0..2 {
        let (status, page) = post(&server, path(&leave), &[("List-Unsubscribe", "One-Click")]).await;
        assert_eq!(status, 200);
        assert!(page.contains("You are unsubscribed"), "{page}");
    }
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["UNSUBSCRIBED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_zones_are_chosen_from_a_list_and_found_by_city() {
    let (stack, server) = stack_with_papers().await;
    let (_, page) = get(&server, "/subscribe").await;
    assert!(
        page.contains("<option value=\"Europe/Paris\">") && page.contains("list=\"time-zones\""),
        "{page}"
    );
    let subscribe = async |email: &str, zone: &str| {
        post(&server, "/subscribe", &[("email", email), ("time-zone", zone)]).await
    };
    assert_eq!(subscribe("ada@example.org", "new york").await.0, 200);
    let mail = stack.smtp.nth_to("ada@example.org", 1).await;
    assert!(mail.text().contains("(America/New_York)"), "{}", mail.text());
    let (status, page) = subscribe("bob@example.org", "Europe/Pariss").await;
    assert!(status == 400 && page.contains("Did you mean Europe/Paris"), "{page}");
    for zone in ["Factory", "localtime", "posixrules", "right/UTC"] {
        assert_eq!(subscribe("bob@example.org", zone).await.0, 400, "{zone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_links_are_reported() {
    let (stack, server) = stack_with_papers().await;
    for path in [
        "/subscription/confirm",
        "/subscription/confirm?token=x",
        "/unsubscribe/x",
        "/subscription/manage?token=x",
    ] {
        let (status, page) = get(&server, path).await;
        assert_eq!(status, 400, "{path}");
        assert!(page.contains("not valid"), "{page}");
    }
    for (path, fields) in [
        ("/subscription/confirm", [("token", "x")]),
        ("/unsubscribe/x", [("List-Unsubscribe", "One-Click")]),
        ("/subscription/manage", [("token", "x")]),
        ("/subscription/manage", [("request", "x")]),
        ("/subscription/manage", [("email", "x")]),
    ] {
        assert_eq!(post(&server, path, &fields).await.0, 400, "{path} {fields:?}");
    }
    // The page is the same for known and unknown addresses.
    crate::support::journey::subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let known = post(&server, "/subscription/manage", &[("email", "ada@example.org")]).await;
    let unknown = post(&server, "/subscription/manage", &[("email", "eve@example.org")]).await;
    assert_eq!(known, unknown);
    stack.smtp.latest_to("ada@example.org", 0, "preferences").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_form_is_shown_again_with_its_mistakes() {
    let (stack, server) = stack_with_papers().await;
    let fields = [("email", "ada@example.org"), ("max-papers", "abc"), ("cadence", "hourly")];
    let (status, page) = post(&server, "/subscribe", &fields).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for said in
        ["The maximum number of papers must be a number", "daily, weekly or monthly", "ada@example.org"]
    {
        assert!(page.contains(said), "{said} is missing in {page}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
}
