//! Signing in, tokens, and what people call themselves.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::gql::problems;
use crate::support::journey::{REQUEST_SIGN_IN, SIGN_IN, sign_in};
use crate::support::{Client, Process, Stack};

const VIEWER: &str =
    "{ viewer { id handle displayName role email accessTokens { id name lastUsedAt expiresOn } } }";

async fn server() -> (Stack, Process) {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    (stack, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_and_makes_the_account() {
    let (stack, server) = server().await;
    let client = server.client();
    assert!(client.get(VIEWER).await["viewer"].is_null());
    client.ok(REQUEST_SIGN_IN, json!({ "email": "Ada@example.org" })).await;
    let mail = stack.smtp.nth_to("Ada@example.org", 1).await;
    let token = mail.token("sign-in");
    let answer = client.ok(SIGN_IN, json!({ "token": token })).await["signIn"].clone();
    assert_eq!(answer["user"]["role"], "READER");
    // Whoever signs in has no session yet in that very request.
    assert!(answer["user"]["email"].is_null());
    let session = answer["sessionToken"].as_str().unwrap();
    let ada = server.client_with(session);
    assert_eq!(ada.get(VIEWER).await["viewer"]["email"], "Ada@example.org");
    let again = client.ok(SIGN_IN, json!({ "token": token })).await["signIn"].clone();
    assert_eq!(problems(&again), ["INVALID token"]);
    assert!(again["sessionToken"].is_null());
    // The same account the next time, in whatever case.
    let second = server.client_with(&sign_in(&stack, &client, "ada@example.org").await);
    assert_eq!(second.get(VIEWER).await["viewer"]["id"], ada.get(VIEWER).await["viewer"]["id"]);
    // Nothing of a session is in the database but its hash.
    let hashes = stack.rows("SELECT token_hash FROM session").await;
    assert!(hashes.len() == 2 && hashes.iter().all(|hash| !hash.contains(&session[4..])));

    let out = "mutation { signOut { signedOut userErrors { code } } }";
    assert_eq!(ada.get(out).await["signOut"]["signedOut"], true);
    assert_eq!(ada.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(second.get(VIEWER).await["viewer"]["role"], "READER");
    stack.advance(TimeDelta::days(30)).await;
    assert_eq!(second.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_does_not_tell_who_has_an_account() {
    let (stack, server) = server().await;
    let client = server.client();
    sign_in(&stack, &client, "known@example.org").await;
    let known = client.raw(REQUEST_SIGN_IN, json!({ "email": "known@example.org" })).await;
    let unknown = client.raw(REQUEST_SIGN_IN, json!({ "email": "fresh@example.org" })).await;
    assert_eq!(known.to_string().replace("known", "x"), unknown.to_string().replace("fresh", "x"));
    // Five mails a day to a stranger's address; more to an account's, asked for from where its owner signed in.
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
    let wrong = client.ok(REQUEST_SIGN_IN, json!({ "email": "nobody" })).await;
    assert_eq!(problems(&wrong["requestSignIn"]), ["INVALID email"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_and_guesses_are_counted() {
    let (stack, server) = server().await;
    let client = server.client();
    client.ok(REQUEST_SIGN_IN, json!({ "email": "ada@example.org" })).await;
    let token = stack.smtp.nth_to("ada@example.org", 1).await.token("sign-in");
    stack.advance(TimeDelta::minutes(15)).await;
    let late = client.ok(SIGN_IN, json!({ "token": token })).await["signIn"].clone();
    assert_eq!(problems(&late), ["EXPIRED token"]);
    // Each try counts, also those of one request.
    let tries: String =
        (0..15).map(|n| format!("t{n}: signIn(token: \"x{n}\") {{ userErrors {{ code }} }} ")).collect();
    let mutation = format!("mutation {{ {tries} }}");
    assert!(client.raw(&mutation, json!({})).await.get("errors").is_none());
    let answer = client.raw(&mutation, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_a_button_that_signs_in() {
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
    let viewer = server.client_with(&format!("dps_{session}")).get(VIEWER).await["viewer"].clone();
    assert_eq!(viewer["email"], "ada@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_are_named_shown_once_and_revoked() {
    let (stack, server) = server().await;
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    let create = "mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
        secret accessToken { id name lastUsedAt expiresOn } userErrors { code field } } }";
    let made = ada.ok(create, json!({ "input": { "name": "backup", "expiresOn": "2026-01-08" } })).await;
    let made = made["createAccessToken"].clone();
    let program = server.client_with(made["secret"].as_str().unwrap());
    let tokens = program.get(VIEWER).await["viewer"]["accessTokens"].clone();
    assert_eq!((&tokens[0]["name"], &tokens[0]["expiresOn"]), (&json!("backup"), &json!("2026-01-08")));
    assert!(tokens[0]["lastUsedAt"].is_string());
    for (input, expected) in [
        (json!({ "name": " " }), "REQUIRED input.name"),
        (json!({ "name": "x".repeat(101) }), "TOO_LONG input.name"),
        (json!({ "name": "x", "expiresOn": "2026-01-06" }), "INVALID input.expiresOn"),
    ] {
        let answer = ada.ok(create, json!({ "input": input })).await;
        assert_eq!(problems(&answer["createAccessToken"]), [expected]);
    }
    // Nobody else sees or revokes it.
    let eve = server.client_with(&sign_in(&stack, &server.client(), "eve@example.org").await);
    let revoke = "mutation($id: ID!) { revokeAccessToken(id: $id) { revokedId userErrors { code field } } }";
    let id = made["accessToken"]["id"].clone();
    let stolen = eve.ok(revoke, json!({ "id": id })).await["revokeAccessToken"].clone();
    assert_eq!(problems(&stolen), ["NOT_FOUND id"]);
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert!(eve.ok(node, json!({ "id": id })).await["node"].is_null());
    assert_eq!(ada.ok(node, json!({ "id": id })).await["node"]["id"], id);
    assert_eq!(ada.ok(revoke, json!({ "id": id })).await["revokeAccessToken"]["revokedId"], id);
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // Its last day is over.
    let made = ada.ok(create, json!({ "input": { "name": "short", "expiresOn": "2026-01-07" } })).await;
    let program = server.client_with(made["createAccessToken"]["secret"].as_str().unwrap());
    assert_eq!(program.get(VIEWER).await["viewer"]["role"], "READER");
    stack.advance(TimeDelta::hours(12)).await;
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_choose_their_names() {
    let (stack, server) = server().await;
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    stack.token("taken", None);
    let chair = server.client_with(&stack.token("chairwoman", Some("--curator")));
    assert_eq!(chair.get(VIEWER).await["viewer"]["role"], "CURATOR");
    let update = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
        user { handle displayName } userErrors { code field } } }";
    let changed =
        async |input: Value| ada.ok(update, json!({ "input": input })).await["updateProfile"].clone();
    let named = changed(json!({ "handle": "ada", "displayName": " Ada\nLovelace " })).await;
    assert_eq!(named["user"], json!({ "handle": "ada", "displayName": "Ada Lovelace" }));
    assert_eq!(changed(json!({})).await["user"]["handle"], "ada");
    // A handle that an operator thinks of gives no rights to whoever took it first.
    let refused = stack.run(&["token", "create", "--admin", "--name", "ada"]);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("somebody who signs in by mail"),
        "{refused:?}"
    );
    assert_eq!(ada.get(VIEWER).await["viewer"]["role"], "READER");
    for (input, expected) in [
        (json!({ "handle": "taken" }), "TAKEN input.handle"),
        (json!({ "handle": "TAKEN" }), "TAKEN input.handle"),
        (json!({ "handle": "Admin" }), "TAKEN input.handle"),
        (json!({ "handle": "daiIy_papers" }), "TAKEN input.handle"),
        (json!({ "handle": "not a handle" }), "INVALID input.handle"),
        (json!({ "handle": "ad\u{200B}a" }), "INVALID input.handle"),
        (json!({ "displayName": "" }), "REQUIRED input.displayName"),
        (json!({ "displayName": "\u{200B}\u{3164}\u{202E}" }), "REQUIRED input.displayName"),
        (json!({ "displayName": "Z\u{335}\u{335}\u{335}\u{335}\u{335}" }), "INVALID input.displayName"),
        (json!({ "displayName": "Αdmіnistrator" }), "TAKEN input.displayName"),
        (json!({ "displayName": "ChairwΟman" }), "TAKEN input.displayName"),
        (json!({ "displayName": "x".repeat(101) }), "TOO_LONG input.displayName"),
    ] {
        assert_eq!(problems(&changed(input.clone()).await), [expected], "{input}");
    }
    let named = changed(json!({ "handle": "Ada-L", "displayName": "A\u{200B}da \u{202E}Éluard" })).await;
    assert_eq!(named["user"], json!({ "handle": "Ada-L", "displayName": "Ada Éluard" }));
    // The command line tells people apart as everyone does.
    let refused = stack.run(&["token", "create", "--name", "chairw0man"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("looks like chairwoman"), "{refused:?}");
    let same = server.client_with(&stack.token("ChairWoman", None));
    assert_eq!(same.get(VIEWER).await["viewer"]["id"], chair.get(VIEWER).await["viewer"]["id"]);
    // People are found whatever the capitals, and what they changed stands in the audit log.
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let users = "query($query: String) { admin { users(query: $query) { nodes { handle } } } }";
    for query in ["ÉLUARD", "éluard", "ada-l", "ADA@EXAMPLE"] {
        let found = admin.ok(users, json!({ "query": query })).await["admin"]["users"]["nodes"].clone();
        assert_eq!(found, json!([{ "handle": "Ada-L" }]), "{query}");
    }
    let log =
        admin.get("{ admin { auditLog(first: 20) { nodes { action actor { handle } detail } } } }").await;
    let entries = log["admin"]["auditLog"]["nodes"].as_array().unwrap().clone();
    let profile = entries.iter().find(|entry| entry["action"] == "updateProfile").unwrap();
    assert_eq!(profile["actor"]["handle"], "Ada-L");
    let detail: Value = serde_json::from_str(profile["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["handle"], json!({ "from": "ada", "to": "Ada-L" }));
    assert_eq!(detail["displayName"], json!({ "from": "Ada Lovelace", "to": "Ada Éluard" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_expired_or_got_lost_is_followed_by_another() {
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
        let answer = client.ok(SIGN_IN, json!({ "token": token })).await["signIn"].clone();
        assert_eq!(problems(&answer), expected);
    }
    // What was used counts no more: as often as somebody signs in, they may again.
    for _ in 0..12 {
        sign_in(&stack, &client, "new@example.org").await;
    }
    // Strangers' requests use up no month, and a mailbox gets so many a day.
    for day in 0..4 {
        for _ in 0..2 {
            client.ok(REQUEST_SIGN_IN, json!({ "email": "slow@example.org" })).await;
        }
        let sent = "SELECT COUNT(*) FROM delivery WHERE recipient = 'slow@example.org'";
        assert_eq!(stack.count(sent).await, 2 * (day + 1));
        stack.advance(TimeDelta::hours(25)).await;
    }
}

/// Asks for a sign-in link from an address; answers how many mails the mailbox got so far.
async fn ask_from(stack: &Stack, server: &Process, network: &str, email: &str) -> i64 {
    let request = reqwest::Client::new().post(server.url("/graphql")).header("x-forwarded-for", network);
    let answer =
        request.json(&json!({ "query": REQUEST_SIGN_IN, "variables": { "email": email } })).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    stack.count(&format!("SELECT COUNT(*) FROM delivery WHERE recipient = '{email}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_use_up_nothing_that_an_owner_has() {
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
        assert_eq!(sent, 1 + number.min(5), "strangers, of whatever networks, have five a day");
    }
    assert_eq!(ask_from(&stack, &server, "2001:db8:1:2::99", email).await, 7);
    // Nothing in the database tells where somebody was.
    let networks = stack.rows("SELECT network_hash FROM known_network").await;
    assert!(networks.len() == 1 && networks[0].len() == 64, "{networks:?}");
    // A newcomer: one network does not use up the month for the others.
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

#[tokio::test(flavor = "multi_thread")]
async fn a_token_makes_none_that_outlives_it() {
    let (stack, server) = server().await;
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    let create =
        "mutation($name: String!, $on: Date) { createAccessToken(input: { name: $name, expiresOn: $on }) {
        secret accessToken { id } userErrors { code field } } }";
    let make = async |client: &Client, on: Value| {
        client.ok(create, json!({ "name": "x", "on": on })).await["createAccessToken"].clone()
    };
    let first = make(&ada, json!("2026-01-10")).await;
    let parent = server.client_with(first["secret"].as_str().unwrap());
    for on in [Value::Null, json!("2026-01-11")] {
        assert_eq!(problems(&make(&parent, on).await), ["INVALID input.expiresOn"]);
    }
    let child = make(&parent, json!("2026-01-10")).await;
    let child = server.client_with(child["secret"].as_str().unwrap());
    let grandchild = make(&child, json!("2026-01-09")).await;
    let grandchild = server.client_with(grandchild["secret"].as_str().unwrap());
    assert_eq!(grandchild.get(VIEWER).await["viewer"]["email"], "ada@example.org");
    let sibling = make(&ada, Value::Null).await;
    let sibling = server.client_with(sibling["secret"].as_str().unwrap());
    // What was made with it ends with it; nothing else does.
    let revoke = "mutation($id: ID!) { revokeAccessToken(id: $id) { revokedId userErrors { code } } }";
    ada.ok(revoke, json!({ "id": first["accessToken"]["id"] })).await;
    for gone in [&parent, &child, &grandchild] {
        assert_eq!(gone.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    }
    assert_eq!(sibling.get(VIEWER).await["viewer"]["email"], "ada@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_give_roles_and_ban() {
    let (stack, server) = server().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    let id = ada.get(VIEWER).await["viewer"]["id"].clone();
    let root = admin.get(VIEWER).await["viewer"]["id"].clone();
    let set = "mutation($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) {
        user { role } userErrors { code field } } }";
    let role = admin.ok(set, json!({ "id": id, "role": "CURATOR" })).await["setUserRole"].clone();
    assert_eq!(role["user"]["role"], "CURATOR");
    assert_eq!(ada.get(VIEWER).await["viewer"]["role"], "CURATOR");
    let last = admin.ok(set, json!({ "id": root, "role": "READER" })).await["setUserRole"].clone();
    assert_eq!(problems(&last), ["CONFLICT role"]);
    let none = admin.ok(set, json!({ "id": "nonsense", "role": "READER" })).await["setUserRole"].clone();
    assert_eq!(problems(&none), ["NOT_FOUND userId"]);

    let create = "mutation { createAccessToken(input: { name: \"backup\" }) { secret } }";
    let program = ada.get(create).await["createAccessToken"]["secret"].as_str().unwrap().to_owned();
    let program = server.client_with(&program);
    assert_eq!(program.get(VIEWER).await["viewer"]["id"], id);
    let ban = "mutation($id: ID!, $reason: String!) { banUser(userId: $id, reason: $reason) {
        user { handle } userErrors { code field } } }";
    let unsaid = admin.ok(ban, json!({ "id": id, "reason": " " })).await["banUser"].clone();
    assert_eq!(problems(&unsaid), ["REQUIRED reason"]);
    let itself = admin.ok(ban, json!({ "id": root, "reason": "oops" })).await["banUser"].clone();
    assert_eq!(problems(&itself), ["CONFLICT userId"]);
    for _ in 0..2 {
        admin.ok(ban, json!({ "id": id, "reason": "spam" })).await;
    }
    assert_eq!(ada.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // Who proves that the address is theirs hears of it, whatever tag they write into it.
    for (address, nth) in [("ada@example.org", 2), ("ada+other@example.org", 1)] {
        server.client().ok(REQUEST_SIGN_IN, json!({ "email": address })).await;
        let token = stack.smtp.nth_to(address, nth).await.token("sign-in");
        let refused = server.client().ok(SIGN_IN, json!({ "token": token })).await["signIn"].clone();
        assert_eq!(problems(&refused), ["CONFLICT token"]);
        let page = reqwest::get(server.url(&format!("/sign-in?token={token}"))).await.unwrap();
        let page = page.text().await.unwrap();
        assert!(page.contains("has been banned since 7 January 2026") && page.contains("spam"), "{page}");
    }
    let unban = "mutation($id: ID!) { unbanUser(userId: $id) { user { handle } userErrors { code } } }";
    admin.ok(unban, json!({ "id": id })).await;
    // Their old tokens stay revoked.
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(ada.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let back = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    assert_eq!(back.get(VIEWER).await["viewer"]["role"], "CURATOR");

    let log =
        "{ admin { auditLog(first: 10) { totalCount nodes { action target actor { handle } detail } } } }";
    let log = admin.get(log).await["admin"]["auditLog"].clone();
    let actions: Vec<&str> =
        log["nodes"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["unbanUser", "banUser", "createAccessToken", "setUserRole", "token create"]);
    let detail = |at: usize| log["nodes"][at]["detail"].as_str().unwrap().to_owned();
    assert!(detail(3).contains("\"from\":\"READER\"") && detail(3).contains("\"to\":\"CURATOR\""));
    assert!(detail(4).contains("command line"), "{}", detail(4));
    assert_eq!((&log["nodes"][0]["target"], &log["nodes"][0]["actor"]["handle"]), (&id, &json!("root")));
    let users = "query($query: String) { admin { users(query: $query) { totalCount nodes { handle email bannedAt } } } }";
    let found = admin.ok(users, json!({ "query": "ADA@" })).await["admin"]["users"].clone();
    assert_eq!(found["nodes"][0]["email"], "ada@example.org");
    assert_eq!(admin.ok(users, json!({ "query": "100%_" })).await["admin"]["users"]["totalCount"], 0);
    assert_eq!(admin.ok(users, json!({ "query": null })).await["admin"]["users"]["totalCount"], 2);
}
