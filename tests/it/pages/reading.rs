//! The pages, as a browser without JavaScript sees them.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::fixtures::{import_day, item, right_to_left_item, write_day};
use crate::support::journey::manage_token;
use crate::support::{Process, Stack};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..4);
    import_day(&stack, "2026-01-06", 10..13);
    let server = stack.serve().await;
    (stack, server)
}

async fn get(server: &Process, path: &str) -> (StatusCode, String) {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn post(server: &Process, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = reqwest::Client::new().post(server.url(path)).form(fields).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// The path and query of a link in a mail.
fn path(link: &str) -> &str {
    link.strip_prefix("https://papers.example.org").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_day_with_the_way_to_its_neighbours() {
    let (_stack, server) = stack_with_papers().await;
    let (status, page) = get(&server, "/").await;
    assert_eq!(status, 200);
    for needed in [
        "<h1>Tuesday, 6 January 2026</h1>",
        "3 papers",
        "/papers/2601.00010\">Paper 10</a>",
        "<bdi>Author 10</bdi>, <bdi>Ada Lovelace</bdi> · 1 January 2026 · 3 votes · 1 comment",
        "What paper 10 is about.",
        "rel=\"prev\" href=\"/date/2026-01-05\"",
        "action=\"/subscribe\"",
    ] {
        assert!(page.contains(needed), "{needed} is missing in:\n{page}");
    }
    assert!(!page.contains("rel=\"next\"") && !page.contains("<script"));
    let (_, page) = get(&server, "/date/2026-01-05").await;
    assert!(page.contains("rel=\"next\" href=\"/date/2026-01-06\"") && page.contains("Paper 3"));
    for (missing, status) in [
        ("/date/2026-01-32", 404),
        ("/date/2026-W02", 404),
        ("/papers/nothing", 404),
        ("/nothing", 404),
        ("/editions/daily/2026-01-04", 404),
        ("/editions/weekly/2026-01-06", 404),
    ] {
        assert_eq!(get(&server, missing).await.0.as_u16(), status, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_and_an_edition_have_pages() {
    let (_stack, server) = stack_with_papers().await;
    for form in ["2601.00010", "2601.00010v2", "https:%2F%2Farxiv.org%2Fabs%2F2601.00010"] {
        let (status, page) = get(&server, &format!("/papers/{form}")).await;
        assert_eq!(status, 200, "{form}");
        assert!(
            page.contains("<h1 dir=\"auto\">Paper 10</h1>")
                && page.contains("https://arxiv.org/abs/2601.00010"),
            "{page}"
        );
        assert!(page.contains("href=\"/date/2026-01-06\""), "{page}");
    }
    let page = crate::support::eventually("published", || async {
        let (status, page) = get(&server, "/editions/daily/2026-01-06").await;
        (status == 200).then_some(page)
    })
    .await;
    assert!(
        page.contains("<h1>Daily Papers</h1>") && page.contains("3 papers") && page.contains("2026-01-05"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_papers_say_is_text() {
    let stack = Stack::new().await;
    let mut hostile = item(1, 1);
    hostile["title"] = json!("<script>alert(1)</script> \"quoted\" & more");
    hostile["paper"]["summary"] = json!("<img src=x onerror=alert(1)>");
    hostile["paper"]["authors"] = json!([{ "name": "<b>Mallory</b>" }]);
    hostile["paper"]["ai_keywords"] = json!(["<i>k</i>"]);
    hostile["paper"]["projectPage"] = json!("javascript:alert(1)");
    let path = write_day(&stack, "2026-01-06", &[hostile]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    for path in ["/", "/papers/2601.00001"] {
        let (_, page) = get(&server, path).await;
        for markup in ["<script", "<img", "<b>", "<i>", "javascript:"] {
            assert!(!page.contains(markup), "{markup} in {path}:\n{page}");
        }
    }
    let (_, page) = get(&server, "/").await;
    assert!(page.contains("alert(1)") && page.contains("Mallory"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_has_its_own_direction() {
    let stack = Stack::new().await;
    let mut paper = right_to_left_item(1, 9);
    paper["submittedBy"] = json!({ "name": "dana", "fullname": "דנה" });
    let path = write_day(&stack, "2026-01-06", &[paper, item(2, 1)]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    let byline = "<p class=\"byline\"><bdi>مختبر المدى</bdi> · <bdi>דנה כהן</bdi>, <bdi>Ada Lovelace</bdi>, \
                  <bdi>محمد علي</bdi> · 2 January 2026 · 9 votes · 1 comment";
    let (_, page) = get(&server, "/").await;
    for needed in [
        "<h2 dir=\"auto\"><a href=\"/papers/2601.00001\">למידה עמוקה: BERT בעברית</a></h2>",
        byline,
        "<p dir=\"auto\">אנחנו מראים",
        "<h2 dir=\"auto\"><a href=\"/papers/2601.00002\">Paper 2</a></h2>",
    ] {
        assert!(page.contains(needed), "{needed} is not in\n{page}");
    }
    let (_, page) = get(&server, "/papers/2601.00001").await;
    for needed in [
        "<title>\u{2068}למידה עמוקה: BERT בעברית\u{2069} · Daily Papers</title>",
        "<h1 dir=\"auto\">למידה עמוקה: BERT בעברית</h1>",
        byline,
        "<p dir=\"auto\">אנחנו מראים",
        "<li><bdi>עברית</bdi></li>",
        "Submitted by <bdi>דנה</bdi> (@<bdi>dana</bdi>)",
    ] {
        assert!(page.contains(needed), "{needed} is not in\n{page}");
    }
    let (_, page) = get(&server, "/papers/2601.00002").await;
    assert!(page.contains("<title>Paper 2 · Daily Papers</title>"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn formulas_are_readable() {
    let stack = Stack::new().await;
    let mut formula = item(1, 1);
    formula["title"] = json!("Sorting in $O(n^2)$ by Erd\\H{o}s");
    formula["paper"]["summary"] = json!("We show that $\\alpha \\leq 10^{-3}$.");
    let path = write_day(&stack, "2026-01-06", &[formula]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    for path in ["/", "/papers/2601.00001"] {
        let (_, page) = get(&server, path).await;
        assert!(page.contains("Sorting in O(n²) by Erdős"), "{page}");
        assert!(page.contains("We show that α ≤ 10⁻³."), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_subscribes_changes_and_leaves() {
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
    assert!(page.contains("Look into your inbox"), "{page}");
    let mail = stack.smtp.nth_to("ada@example.org", 1).await;
    let (_, page) = get(&server, path(&mail.link("subscription/confirm"))).await;
    assert!(page.contains("a daily digest, Monday, Thursday at 07:30 (Europe/Paris), with at most 2 papers chosen by a filter"), "{page}");
    let (status, page) =
        post(&server, "/subscription/confirm", &[("token", &mail.token("subscription/confirm"))]).await;
    assert_eq!(status, 200);
    assert!(page.contains("Your subscription is confirmed"), "{page}");
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.papers().len(), 2);

    // The footer leads to a button that mails the link, and shows nothing of the subscriber.
    let footer = digest.link("subscription/manage?request");
    let (_, page) = get(&server, path(&footer)).await;
    assert!(!page.contains("ada@example.org") && page.contains("Mail the link"), "{page}");
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
    let own = crate::support::journey::own(&server.client(), token).await;
    assert_eq!(
        (
            own["timeZone"].clone(),
            own["weekdays"].clone(),
            own["cadence"].clone(),
            own["pausedUntil"].clone()
        ),
        (json!("Asia/Tokyo"), json!(["SATURDAY"]), json!("WEEKLY"), json!("2026-02-01"))
    );

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
async fn any_post_to_the_address_of_one_click_counts() {
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
async fn leaving_can_be_undone_for_a_day() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let input = json!({ "email": "ada@example.org", "timeZone": "Europe/Paris", "maxPapers": 2 });
    crate::support::journey::subscribe(&stack, &client, input).await;
    let leave = stack.smtp.nth_to("ada@example.org", 2).await.link("/unsubscribe/");
    let undo = format!("{}/undo", path(&leave));
    let (_, page) = post(&server, path(&leave), &[("List-Unsubscribe", "One-Click")]).await;
    assert!(page.contains("You are unsubscribed") && page.contains(&format!("action=\"{undo}\"")), "{page}");
    // Who subscribes anew on the same day is told the truth: no second confirmation goes out today.
    let (_, page) = post(&server, "/subscribe", &[("email", "ada@example.org")]).await;
    assert!(page.contains("If no such mail went to ada@example.org today, one is on its way"), "{page}");
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

    // A day later the link only leaves.
    post(&server, path(&leave), &[]).await;
    stack.advance(chrono::TimeDelta::hours(25)).await;
    let (_, page) = get(&server, path(&leave)).await;
    assert!(page.contains("You are unsubscribed") && !page.contains("undo"), "{page}");
    let (_, page) = post(&server, &undo, &[("undo", "yes")]).await;
    assert!(page.contains("You are unsubscribed"), "{page}");
    assert_eq!(stack.rows(state).await, ["UNSUBSCRIBED Europe/Paris 2"]);
    assert_eq!(post(&server, "/unsubscribe/x/undo", &[("undo", "yes")]).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_are_chosen_from_a_list_and_found_by_city() {
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
async fn wrong_links_are_said_to_be_wrong() {
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
    // Known or not: the same page.
    crate::support::journey::subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let known = post(&server, "/subscription/manage", &[("email", "ada@example.org")]).await;
    let unknown = post(&server, "/subscription/manage", &[("email", "eve@example.org")]).await;
    assert_eq!(known, unknown);
    stack.smtp.latest_to("ada@example.org", 0, "preferences").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_load_nothing_and_tell_nobody() {
    let (stack, server) = stack_with_papers().await;
    let answer = reqwest::get(server.url("/")).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let style = reqwest::get(server.url("/style.css")).await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    crate::support::journey::subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &server.client(), "ada@example.org").await;
    let private = reqwest::get(server.url(&format!("/subscription/manage?token={token}"))).await.unwrap();
    assert_eq!(private.headers()["cache-control"], "no-store");
    assert_eq!(private.headers()["x-robots-tag"], "noindex");
    // Nor do the logs tell addresses or tokens.
    assert!(!server.log().contains("ada@example.org") && !server.log().contains(&token), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_answer_head_and_name_their_methods() {
    let (_stack, server) = stack_with_papers().await;
    let client = reqwest::Client::new();
    for path in ["/", "/date/2026-01-06", "/papers/2601.00001", "/subscribe", "/style.css", "/health/live"] {
        let answer = client.head(server.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "{path}");
    }
    for (path, allowed) in
        [("/", "GET, HEAD"), ("/subscribe", "GET, HEAD, POST"), ("/graphql", "GET, HEAD, POST")]
    {
        let answer = client.delete(server.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_are_refused() {
    let (stack, server) = stack_with_papers().await;
    let client = reqwest::Client::new();
    let posts = ["/subscribe", "/subscription/confirm", "/subscription/manage"];
    for path in posts {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let post =
                client.post(server.url(path)).form(&[("email", "ada@example.org")]).header(name, value);
            assert_eq!(post.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
        }
        let plain =
            client.post(server.url(path)).body("email=ada@example.org").header("content-type", "text/plain");
        assert_eq!(plain.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        let long = client.post(server.url(path)).form(&[("email", "x".repeat(20_000))]);
        assert_eq!(long.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery").await, 0);
    let own = client.post(server.url("/subscribe")).form(&[("email", "ada@example.org")]);
    let own = own.header("origin", "https://papers.example.org");
    assert_eq!(own.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_cannot_be_read_is_shown_again() {
    let (stack, server) = stack_with_papers().await;
    let fields = [("email", "ada@example.org"), ("max-papers", "abc"), ("cadence", "hourly")];
    let (status, page) = post(&server, "/subscribe", &fields).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for said in ["Papers at most is a number", "daily, weekly or monthly", "ada@example.org"] {
        assert!(page.contains(said), "{said} is missing in {page}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
}
