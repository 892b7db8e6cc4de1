//! The steps that subscribers, people with an account and curators take.

use serde_json::{Value, json};

use super::fixtures::import_day;
use super::gql::problems;
use super::{Client, Mail, Process, Stack};

pub const SUBSCRIBE: &str = "mutation($input: SubscribeInput!) { subscribe(input: $input) { email userErrors { code field message } } }";
pub const CONFIRM: &str = "mutation($token: String!) { confirmSubscription(token: $token) {
    emailSubscription { id email status cadence timeZone sendTime weekdays maxPapers nextDigestAt confirmedAt suppression
        filter { keywords categories } }
    userErrors { code field message } } }";
pub const REQUEST_LINK: &str =
    "mutation($email: String!) { requestManageLink(email: $email) { email userErrors { code field } } }";
pub const UPDATE: &str = "mutation($token: String!, $input: UpdateSubscriptionInput!) {
    updateSubscription(token: $token, input: $input) {
        emailSubscription { cadence timeZone sendTime weekdays maxPapers pausedUntil nextDigestAt filter { keywords } }
        userErrors { code field } } }";
pub const UNSUBSCRIBE: &str =
    "mutation($token: String!) { unsubscribe(token: $token) { unsubscribed userErrors { code field } } }";
pub const OWN: &str = "query($token: String!) { emailSubscription(token: $token) {
    email status suppression cadence timeZone sendTime weekdays nextDigestAt pausedUntil
    deliveries(first: 50) { totalCount nodes {
        kind status reason localDate attempts messageId reply email edition { period } papers { title } } } } }";
pub const REQUEST_SIGN_IN: &str =
    "mutation($email: String!) { requestSignIn(email: $email) { email userErrors { code field message } } }";
pub const SIGN_IN: &str = "mutation($token: String!) { signIn(token: $token) {
    sessionToken user { handle role email } userErrors { code field } } }";

/// Features a paper; `$on` is the day, or null for the one that is open.
pub const FEATURE: &str = "mutation($id: ID!, $on: Date) { featurePaper(paperId: $id, on: $on) {
    paper { featuredOn trending { since } } userErrors { code field message } } }";

/// Asks for a digest and waits for the confirmation mail.
pub async fn ask(stack: &Stack, client: &Client, input: Value) -> Mail {
    let email = input["email"].as_str().unwrap().to_owned();
    let before = stack.smtp.mails_to(&email).len();
    let answer = client.ok(SUBSCRIBE, json!({ "input": input })).await;
    assert_eq!(answer["subscribe"]["userErrors"], json!([]));
    stack.smtp.latest_to(&email, before, "Confirm").await
}

/// Asks for a digest and confirms; answers the subscription.
pub async fn subscribe(stack: &Stack, client: &Client, input: Value) -> Value {
    let mail = ask(stack, client, input).await;
    confirm(client, &mail).await
}

/// Uses the link of a confirmation mail.
pub async fn confirm(client: &Client, mail: &Mail) -> Value {
    let answer = client.ok(CONFIRM, json!({ "token": mail.token("subscription/confirm") })).await;
    let payload = &answer["confirmSubscription"];
    assert_eq!(payload["userErrors"], json!([]));
    payload["emailSubscription"].clone()
}

/// Has a manage link mailed and answers its token.
pub async fn manage_token(stack: &Stack, client: &Client, email: &str) -> String {
    let before = stack.smtp.mails_to(email).len();
    client.ok(REQUEST_LINK, json!({ "email": email })).await;
    stack.smtp.latest_to(email, before, "preferences").await.token("subscription/manage?token")
}

/// What a subscriber sees with a manage token.
pub async fn own(client: &Client, token: &str) -> Value {
    client.ok(OWN, json!({ "token": token })).await["emailSubscription"].clone()
}

/// Signs in by mail; answers the session's token.
pub async fn sign_in(stack: &Stack, client: &Client, email: &str) -> String {
    let before = stack.smtp.mails_to(email).len();
    client.ok(REQUEST_SIGN_IN, json!({ "email": email })).await;
    let mail = stack.smtp.latest_to(email, before, "Sign in").await;
    let answer = client.ok(SIGN_IN, json!({ "token": mail.token("sign-in") })).await;
    assert_eq!(problems(&answer["signIn"]), Vec::<String>::new());
    answer["signIn"]["sessionToken"].as_str().unwrap().to_owned()
}

/// Three subscribers who have had the 6th, and papers of the 7th.
pub async fn stack_with_subscribers() -> (Stack, Process, Client) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    for number in 0..3 {
        let email = format!("a{number}@example.org");
        subscribe(&stack, &server.client(), json!({ "email": email })).await;
        stack.smtp.nth_to(&email, 2).await;
    }
    import_day(&stack, "2026-01-07", 10..12);
    (stack, server, admin)
}
