//! Signing in with a link in a mail.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::server;
use crate::support::graphql::VIEWER;
use crate::support::journey::{REQUEST_SIGN_IN, SIGN_IN, sign_in};
use crate::support::{Process, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_link_works_once_and_creates_the_account() {
    let (stack, server) = server().await;
    let client = server.client();
    assert!(client.viewer().await.is_none());
    client.ok(REQUEST_SIGN_IN, json!({ "email": "Ada@example.org" })).await;
    let mail = stack.smtp.nth_to("Ada@example.org", 1).await;
    let token = mail.token("sign-in");
    let answer = client.mutate(SIGN_IN, json!({ "token": token })).await;
    assert_eq!(answer["user"]["role"], "READER");
    // There is no session yet in the request that signs in.
    assert!(answer["user"]["email"].is_null());
    let session = answer.text("sessionToken");
    let ada = server.client_with(session);
    assert_eq!(ada.viewer().await.unwrap().email.as_deref(), Some("Ada@example.org"));
    let again = client.mutate(SIGN_IN, json!({ "token": token })).await;
    assert_eq!(again.user_errors(), ["INVALID token"]);
    assert!(again["sessionToken"].is_null());
    // The same account the next time, in any case of letters.
    let second = server.client_with(&sign_in(&stack, &client, "ada@example.org").await);
    assert_eq!(second.viewer().await.unwrap().id, ada.viewer().await.unwrap().id);
    // The database has only the hash of a session token.
    let hashes = stack.rows("SELECT token_hash FROM session").await;
    assert!(hashes.len() == 2 && hashes.iter().all(|hash| !hash.contains(&session[4..])));

    let out = "mutation { signOut { signedOut userErrors { code } } }";
    assert_eq!(ada.mutate(out, json!({})).await["signedOut"], true);
    assert_eq!(ada.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(second.viewer().await.unwrap().role, "READER");
    stack.advance(TimeDelta::days(30)).await;
    assert_eq!(second.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn requesting_a_sign_in_link_does_not_reveal_accounts() {
    let (stack, server) = server().await;
    let client = server.client();
    sign_in(&stack, &client, "known@example.org").await;
    let known = client.execute(REQUEST_SIGN_IN, json!({ "email": "known@example.org" })).await;
    let unknown = client.execute(REQUEST_SIGN_IN, json!({ "email": "fresh@example.org" })).await;
    assert_eq!(known.to_string().replace("known", "x"), unknown.to_string().replace("fresh", "x"));
    // Five mails a day to an unknown address; more to an account, from the network where its owner signed in.
    for _ in 0..8 {
        client.ok(REQUEST_SIGN_IN, json!({ "email": "fresh@example.org" })).await;
        client.ok(REQUEST_SIGN_IN, json!({ "email": "known+tag@example.org" })).await;
        client.ok(REQUEST_SIGN_IN, json!({ "email": "known@example.org" })).await;
    }
    let count = async |address: &str| {
        let sql = format!("SELECT COUNT(*) FROM delivery WHERE kind = 'SIGN_IN' AND recipient = '{address}'");
        stack.count(&sql).await
    };
    assert_eq!((count("fresh@example.org").await, count("known@example.org").await), (5, 10));
    let wrong = client.mutate(REQUEST_SIGN_IN, json!({ "email": "nobody" })).await;
    assert_eq!(wrong.user_errors(), ["INVALID email"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_links_expire_and_guesses_are_rate_limited() {
    let (stack, server) = server().await;
    let client = server.client();
    client.ok(REQUEST_SIGN_IN, json!({ "email": "ada@example.org" })).await;
    let token = stack.smtp.nth_to("ada@example.org", 1).await.token("sign-in");
    stack.advance(TimeDelta::minutes(15)).await;
    let late = client.mutate(SIGN_IN, json!({ "token": token })).await;
    assert_eq!(late.user_errors(), ["EXPIRED token"]);
    // Each attempt counts, also within one request.
    let tries: String =
        (0..15).map(|n| format!("t{n}: signIn(token: \"x{n}\") {{ userErrors {{ code }} }} ")).collect();
    let mutation = format!("mutation {{ {tries} }}");
    assert!(!client.execute(&mutation, json!({})).await.has_errors());
    let answer = client.execute(&mutation, json!({})).await;
    assert_eq!(answer.error_code(), Some("RATE_LIMITED"));
    // The page counts to the same quota.
    let post = reqwest::Client::new().post(server.url("/sign-in")).form(&[("token", "x")]);
    let page = post.send().await.unwrap();
    assert_eq!(page.status(), 429);
    let page = page.text().await.unwrap();
    assert!(page.contains("Too many attempts to sign in"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_page_signs_in_by_a_button_only() {
    let (stack, server) = server().await;
    server.client().ok(REQUEST_SIGN_IN, json!({ "email": "ada@example.org" })).await;
    let token = stack.smtp.nth_to("ada@example.org", 1).await.token("sign-in");
    let url = server.url(&format!("/sign-in?token={token}"));
    for _ in 0..2 {
        let page = reqwest::get(&url).await.unwrap().text().await.unwrap();
        assert!(page.contains("<button type=\"submit\">Sign in</button>"), "{page}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM session").await, 0);
    let post = reqwest::Client::new().post(server.url("/sign-in")).form(&[("token", &token)]);
    let page = post.send().await.unwrap().text().await.unwrap();
    let session = page.split("<p>dps_").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let viewer = server.client_with(&format!("dps_{session}")).viewer().await;
    assert_eq!(viewer.unwrap().email.as_deref(), Some("ada@example.org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_sign_in_link_replaces_an_expired_or_lost_one() {
    let (stack, server) = server().await;
    let client = server.client();
    let mut tokens = Vec::new();
    for nth in 1..=3 {
        client.ok(REQUEST_SIGN_IN, json!({ "email": "new@example.org" })).await;
        tokens.push(stack.smtp.nth_to("new@example.org", nth).await.token("sign-in"));
        stack.advance(TimeDelta::minutes(6)).await;
    }
    // The newest is valid.
    for (token, expected) in tokens.iter().zip([vec!["INVALID token"], vec!["INVALID token"], vec![]]) {
        let answer = client.mutate(SIGN_IN, json!({ "token": token })).await;
        assert_eq!(answer.user_errors(), expected);
    }
    // Used links no longer count: there is no limit for people who sign in.
    for _ in 0..12 {
        sign_in(&stack, &client, "new@example.org").await;
    }
    // Requests of strangers use up no monthly limit, and a mailbox has a daily limit.
    for day in 0..4 {
        for _ in 0..2 {
            client.ok(REQUEST_SIGN_IN, json!({ "email": "slow@example.org" })).await;
        }
        let sent = "SELECT COUNT(*) FROM delivery WHERE recipient = 'slow@example.org'";
        assert_eq!(stack.count(sent).await, 2 * (day + 1));
        stack.advance(TimeDelta::hours(25)).await;
    }
}

/// Requests a sign-in link from a network; answers the number of mails to the mailbox so far.
async fn ask_from(stack: &Stack, server: &Process, network: &str, email: &str) -> i64 {
    let request = reqwest::Client::new().post(server.url("/graphql")).header("x-forwarded-for", network);
    let answer =
        request.json(&json!({ "query": REQUEST_SIGN_IN, "variables": { "email": email } })).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    stack.count(&format!("SELECT COUNT(*) FROM delivery WHERE recipient = '{email}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_strangers_do_not_use_up_the_limit_of_the_account_owner() {
    let stack = Stack::new().await;
    stack.set("TRUSTED_PROXIES", "127.0.0.1");
    let server = stack.serve().await;
    let (home, email) = ("2001:db8:1:2::3", "ada@example.org");
    ask_from(&stack, &server, home, email).await;
    let token = stack.smtp.nth_to(email, 1).await.token("sign-in");
    let request = reqwest::Client::new().post(server.url("/graphql")).header("x-forwarded-for", home);
    let answer = request.json(&json!({ "query": SIGN_IN, "variables": { "token": token } })).send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["signIn"]["userErrors"], json!([]));
    for number in 1..=9 {
        let sent = ask_from(&stack, &server, &format!("203.0.113.{number}"), email).await;
        assert_eq!(sent, 1 + number.min(5), "strangers have five a day, from all networks together");
    }
    assert_eq!(ask_from(&stack, &server, "2001:db8:1:2::99", email).await, 7);
    // The database does not reveal networks.
    let networks = stack.rows("SELECT network_hash FROM known_network").await;
    assert!(networks.len() == 1 && networks[0].len() == 64, "{networks:?}");
    // For a new address, one network does not use up the month for the others.
    for day in 0..3 {
        for _ in 0..4 {
            ask_from(&stack, &server, "203.0.113.1", "new@example.org").await;
        }
        let sent = "SELECT COUNT(*) FROM delivery WHERE recipient = 'new@example.org'";
        assert_eq!(stack.count(sent).await, [4, 8, 10][day]);
        stack.advance(TimeDelta::hours(25)).await;
    }
    assert_eq!(ask_from(&stack, &server, "198.51.100.1", "new@example.org").await, 11);
}
