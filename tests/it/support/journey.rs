//! Steps of subscribers, users, curators and administrators.

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::fixtures::import_day;
use super::graphql::{EmailSubscription, NO_ERRORS, SendingState, nodes};
use super::{Client, Mail, Process, Stack};

pub const SUBSCRIBE: &str = "mutation($input: SubscribeInput!) { subscribe(input: $input) { email userErrors { code field message } } }";
pub const CONFIRM: &str = "mutation($token: String!) { confirmSubscription(token: $token) {
    emailSubscription { id email status suppression cadence timeZone weekdays maxPapers nextDigestAt pausedUntil
        filter { keywords } }
    userErrors { code field message } } }";
pub const REQUEST_LINK: &str =
    "mutation($email: String!) { requestManageLink(email: $email) { email userErrors { code field } } }";
pub const UPDATE: &str = "mutation($token: String!, $input: UpdateSubscriptionInput!) {
    updateSubscription(token: $token, input: $input) {
        emailSubscription { id email status suppression cadence timeZone weekdays maxPapers nextDigestAt pausedUntil
            filter { keywords } }
        userErrors { code field } } }";
pub const UNSUBSCRIBE: &str =
    "mutation($token: String!) { unsubscribe(token: $token) { unsubscribed userErrors { code field } } }";
pub const OWN: &str = "query($token: String!) { emailSubscription(token: $token) {
    id email status suppression cadence timeZone weekdays maxPapers nextDigestAt pausedUntil filter { keywords }
    deliveries(first: 50) { nodes {
        kind status reason localDate reply edition { period } papers { title } } } } }";
pub const REQUEST_SIGN_IN: &str =
    "mutation($email: String!) { requestSignIn(email: $email) { email userErrors { code field message } } }";
pub const SIGN_IN: &str = "mutation($token: String!) { signIn(token: $token) {
    sessionToken user { handle role email } userErrors { code field } } }";

/// Features a paper; `$on` is the day, or null for the one that is open.
pub const FEATURE: &str = "mutation($id: ID!, $on: Date) { featurePaper(paperId: $id, on: $on) {
    paper { featuredOn trending { since } } userErrors { code field message } } }";

/// Subscribes, and waits for the confirmation mail.
pub async fn ask(stack: &Stack, client: &Client, input: Value) -> Mail {
    let email = input["email"].as_str().unwrap().to_owned();
    let before = stack.smtp.mails_to(&email).len();
    let answer = client.mutate(SUBSCRIBE, json!({ "input": input })).await;
    assert_eq!(answer.user_errors(), NO_ERRORS);
    stack.smtp.latest_to(&email, before, "Confirm").await
}

/// Subscribes and confirms; answers the subscription.
pub async fn subscribe(stack: &Stack, client: &Client, input: Value) -> EmailSubscription {
    let mail = ask(stack, client, input).await;
    confirm(client, &mail).await.unwrap()
}

/// Uses the link of a confirmation mail; the second time it shows nothing.
pub async fn confirm(client: &Client, mail: &Mail) -> Option<EmailSubscription> {
    let payload = client.mutate(CONFIRM, json!({ "token": mail.token("subscription/confirm") })).await;
    assert_eq!(payload.user_errors(), NO_ERRORS);
    payload.read("emailSubscription")
}

/// Has a manage link mailed and answers its token.
pub async fn manage_token(stack: &Stack, client: &Client, email: &str) -> String {
    let before = stack.smtp.mails_to(email).len();
    client.ok(REQUEST_LINK, json!({ "email": email })).await;
    stack.smtp.latest_to(email, before, "preferences").await.token("subscription/manage?token")
}

/// The subscription of a manage token; `None` if the token is not valid.
pub async fn own(client: &Client, token: &str) -> Option<EmailSubscription> {
    client.read(OWN, json!({ "token": token })).await
}

/// The identifier of the subscription of an address, which an administrator looks up.
pub async fn subscription_id(admin: &Client, email: &str) -> String {
    let query = "query($email: String!) { admin { emailSubscriptions(email: $email) { nodes { id } } } }";
    let found = admin.field_with(query, json!({ "email": email })).await;
    nodes(&found["emailSubscriptions"])[0]["id"].as_str().unwrap().to_owned()
}

/// Whether digests are sent, as an administrator sees it.
pub async fn sending_state(admin: &Client) -> SendingState {
    let state = admin.field("{ admin { sending { pausedAt reason openCircuits queued } } }").await;
    SendingState::deserialize(&state["sending"]).unwrap()
}

/// Has a curator create a paper; answers its identifier.
pub async fn create_paper(curator: &Client, input: Value) -> String {
    let mutation = "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } userErrors { code field } } }";
    let payload = curator.mutate(mutation, json!({ "input": input })).await;
    assert_eq!(payload.user_errors(), NO_ERRORS);
    payload.id("paper")
}

/// Has a curator feature a paper on a day, or on the open one; answers the day.
pub async fn feature(curator: &Client, id: &str, on: Option<&str>) -> String {
    let payload = curator.mutate(FEATURE, json!({ "id": id, "on": on })).await;
    assert_eq!(payload.user_errors(), NO_ERRORS);
    payload["paper"]["featuredOn"].as_str().unwrap().to_owned()
}

/// Signs in by mail; answers the session's token.
pub async fn sign_in(stack: &Stack, client: &Client, email: &str) -> String {
    let before = stack.smtp.mails_to(email).len();
    client.ok(REQUEST_SIGN_IN, json!({ "email": email })).await;
    let mail = stack.smtp.latest_to(email, before, "Sign in").await;
    let answer = client.mutate(SIGN_IN, json!({ "token": mail.token("sign-in") })).await;
    assert_eq!(answer.user_errors(), NO_ERRORS);
    answer.text("sessionToken").to_owned()
}

/// Subscribes `count` addresses, `a0@example.org` and so on, and waits for their first digests.
pub async fn subscribers(stack: &Stack, client: &Client, count: usize) -> Vec<String> {
    let emails: Vec<String> = (0..count).map(|number| format!("a{number}@example.org")).collect();
    for email in &emails {
        subscribe(stack, client, json!({ "email": email })).await;
        stack.smtp.nth_to(email, 2).await;
    }
    emails
}

/// Three subscribers who have had the 6th, and papers of the 7th.
pub async fn stack_with_subscribers() -> (Stack, Process, Client) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    subscribers(&stack, &server.client(), 3).await;
    import_day(&stack, "2026-01-07", 10..12);
    (stack, server, admin)
}
