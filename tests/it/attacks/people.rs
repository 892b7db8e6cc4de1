//! Attacks on people: objects of others, guesses, forged links, and endless votes.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::graphql::roles::mutations::{SCHEMA, document};
use crate::support::Client;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::{GraphqlResponse, NO_ERRORS, PageInfo, Payload, nodes};
use crate::support::journey::{CONFIRM, SUBSCRIBE, manage_token, own, sign_in, subscribe};

const REQUEST: &str =
    "mutation($email: String!) { requestSignIn(email: $email) { email userErrors { code } } }";

/// A response without the identifier of the request.
fn without(response: &GraphqlResponse, id: &str) -> String {
    response.to_string().replace(id, "ID")
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_mails_ignore_the_host_header() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = reqwest::Client::new();
    let body = json!({ "query": "mutation { subscribe(input: { email: \"ada@example.org\" }) { email } }" });
    let request = client.post(server.url("/graphql")).json(&body);
    let request = request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let mail = stack.smtp.nth_to("ada@example.org", 1).await;
    assert!(mail.link("subscription/confirm").starts_with("https://papers.example.org/"), "{}", mail.text());
    assert!(!mail.text().contains("evil.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_other_users_look_as_if_they_did_not_exist() {
    let (stack, server) = stack_with_papers(1..4).await;
    let rita = server.client_with(&sign_in(&stack, &server.client(), "rita@example.org").await);
    let eve = server.client_with(&sign_in(&stack, &server.client(), "eve@example.org").await);
    let paper = eve.paper_id("2601.00001").await;
    let token = "mutation { createAccessToken(input: { name: \"x\" }) { accessToken { id } } }";
    let token = rita.mutate(token, json!({})).await.id("accessToken");
    let comment =
        "mutation($id: ID!) { addComment(input: { paperId: $id, body: \"Hers.\" }) { comment { id } } }";
    let comment = rita.mutate(comment, json!({ "id": paper })).await.id("comment");
    // Identifiers of the same types that do not exist: Comment:999, AccessToken:999.
    let nothing = |id: &str| if id == comment { "Q29tbWVudDo5OTk" } else { "QWNjZXNzVG9rZW46OTk5" };
    let change = "mutation($id: ID!) { updateComment(id: $id, body: \"Mine.\") { comment { id } userErrors { code message field } } }";
    let delete =
        "mutation($id: ID!) { deleteComment(id: $id) { comment { id } userErrors { code message field } } }";
    let revoke =
        "mutation($id: ID!) { revokeAccessToken(id: $id) { revokedId userErrors { code message field } } }";
    let node = "query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }";
    for (document, id) in [(change, &comment), (delete, &comment), (revoke, &token), (node, &token)] {
        let missing = nothing(id);
        let hers = eve.execute(document, json!({ "id": id })).await;
        let nobodys = eve.execute(document, json!({ "id": missing })).await;
        assert_eq!(without(&hers, id), without(&nobodys, missing), "{document}");
    }
    assert_eq!(stack.rows("SELECT body FROM comment").await, ["Hers."]);
    assert_eq!(rita.ok(node, json!({ "id": token })).await["node"]["id"], token);
}

#[tokio::test(flavor = "multi_thread")]
async fn banned_users_and_expired_tokens_change_nothing() {
    let (stack, server) = stack_with_papers(1..4).await;
    let admin = server.admin(&stack);
    let mallory = server.client_with(&sign_in(&stack, &server.client(), "mallory@example.org").await);
    let id = mallory.viewer().await.unwrap().id;
    let role = "mutation($id: ID!) { setUserRole(userId: $id, role: ADMIN) { userErrors { code } } }";
    admin.ok(role, json!({ "id": id })).await;
    let create =
        "mutation($on: Date) { createAccessToken(input: { name: \"x\", expiresOn: $on }) { secret } }";
    let token = async |on: &str| {
        let made = mallory.mutate(create, json!({ "on": on })).await;
        server.client_with(made.text("secret"))
    };
    let (expired, banned) = (token("2026-01-07").await, token("2026-06-01").await);
    stack.advance(TimeDelta::hours(12)).await;
    let ban = "mutation($id: ID!) { banUser(userId: $id, reason: \"x\") { userErrors { code } } }";
    admin.ok(ban, json!({ "id": id })).await;
    let rows = async || {
        let mut counts = Vec::new();
        for table in [
            "paper",
            "comment",
            "upvote",
            "access_token",
            "session",
            "audit_entry",
            "delivery",
            "suppression",
        ] {
            counts.push((table, stack.count(&format!("SELECT COUNT(*) FROM {table}")).await));
        }
        counts
    };
    let before = rows().await;
    let schema = admin.get(SCHEMA).await["__schema"].clone();
    for field in schema["mutationType"]["fields"].as_array().unwrap() {
        let mutation = document(field, schema["types"].as_array().unwrap());
        for (who, client) in [("expired", &expired), ("banned", &banned), ("session", &mallory)] {
            assert_eq!(client.code(&mutation, json!({})).await, "UNAUTHENTICATED", "{mutation} as {who}");
        }
    }
    assert_eq!(rows().await, before);
}

/// The median times that two ways to call a mutation take, measured in turns: a busy machine slows down both.
async fn median_times(
    client: &Client,
    mutation: &str,
    variables: [&dyn Fn(usize) -> Value; 2],
) -> [Duration; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..21 {
        for (times, variables) in times.iter_mut().zip(variables) {
            let start = Instant::now();
            client.ok(mutation, variables(number)).await;
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[10]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn response_times_do_not_reveal_known_addresses() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    sign_in(&stack, &client, "known@example.org").await;
    subscribe(&stack, &client, json!({ "email": "known@example.org" })).await;
    stack.settle().await;
    for (mutation, of) in [
        (REQUEST, (|email| json!({ "email": email })) as fn(String) -> Value),
        (SUBSCRIBE, |email| json!({ "input": { "email": email } })),
    ] {
        let known = |_| of("known@example.org".to_owned());
        let fresh = |number| of(format!("fresh{number}@example.org"));
        let [known, fresh] = median_times(&client, mutation, [&known, &fresh]).await;
        // A mail server or an expensive hash would add more.
        assert!(known.abs_diff(fresh) < Duration::from_millis(100), "{known:?} and {fresh:?}: {mutation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_token_guesses_in_one_request_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let guesses = |count: usize| {
        let guess = |number| format!("t{number}: signIn(token: \"x{number}\") {{ userErrors {{ code }} }} ");
        format!("mutation {{ {} }}", (0..count).map(guess).collect::<String>())
    };
    assert_eq!(server.client().code(&guesses(100), json!({})).await, "TOO_COMPLEX");
    // The maximum of one request, each of which counts.
    let first = server.client().execute(&guesses(20), json!({})).await;
    assert!(!first.has_errors(), "{first}");
    assert_eq!(server.client().code(&guesses(1), json!({})).await, "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manage_link_opens_the_subscription_of_one_person_only() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    for email in ["ada@example.org", "eve@example.org"] {
        subscribe(&stack, &client, json!({ "email": email })).await;
    }
    let (ada, eve) = (
        manage_token(&stack, &client, "ada@example.org").await,
        manage_token(&stack, &client, "eve@example.org").await,
    );
    assert_eq!(own(&client, &eve).await.unwrap().email, "eve@example.org");
    // Eve's link with Ada's number in it opens nothing.
    for length in 1..ada.len() {
        let forged = format!("{}{}", &ada[..length], &eve[length..]);
        if forged != ada && forged != eve {
            assert!(own(&client, &forged).await.is_none(), "{forged}");
        }
    }
    let wrong = client.mutate(CONFIRM, json!({ "token": eve })).await;
    assert_eq!(wrong.user_errors(), ["INVALID token"]);
}

/// A vote, given again if a busy machine did not come to it in time: it counts once.
async fn voted(reader: &Client, paper: &Value) -> Payload {
    let vote =
        "mutation($id: ID!) { upvotePaper(paperId: $id) { paper { upvoteCount } userErrors { code } } }";
    loop {
        let answer = reader.execute(vote, json!({ "id": paper })).await;
        if !matches!(answer.error_code(), Some("TIMEOUT" | "UNAVAILABLE")) {
            assert!(!answer.has_errors(), "{answer:#}");
            return answer.payload("upvotePaper");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_votes_count_once_and_votes_are_limited_per_hour() {
    let (stack, server) = stack_with_papers(1..4).await;
    let paper = server.client().field("{ paper(arxivId: \"2601.00001\") { id upvoteCount } }").await;
    let readers: Vec<Client> =
        (0..10).map(|number| server.reader(&stack, &format!("reader{number}"))).collect();
    let votes = readers.iter().flat_map(|reader| (0..20).map(move |_| reader.clone())).map(|reader| {
        let id = paper["id"].clone();
        tokio::spawn(async move { voted(&reader, &id).await })
    });
    for vote in votes.collect::<Vec<_>>() {
        assert_eq!(vote.await.unwrap().user_errors(), NO_ERRORS);
    }
    let now = server.client().field("{ paper(arxivId: \"2601.00001\") { upvoteCount } }").await;
    assert_eq!(now["upvoteCount"], paper["upvoteCount"].as_i64().unwrap() + 10);
    // One account, many papers.
    crate::support::fixtures::import_day(&stack, "2026-01-05", 1_000..1_301);
    let reader = server.reader(&stack, "rita");
    let mut ids = Vec::new();
    let page = "query($after: String) { feed(period: \"2026-01-05\") { papers(first: 100, after: $after) {
        nodes { id } pageInfo { endCursor } } } }";
    let mut after = None;
    while ids.len() < 301 {
        let papers = reader.field_with(page, json!({ "after": after })).await["papers"].take();
        ids.extend(nodes(&papers).iter().map(|node| node["id"].clone()));
        after = PageInfo::of(&papers).end_cursor;
    }
    let answers = join_all(ids.iter().map(|id| voted(&reader, id))).await;
    let refused: Vec<String> = answers.iter().flat_map(Payload::user_errors).collect();
    assert_eq!(refused, ["LIMIT_REACHED"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM upvote").await, 310);
}
