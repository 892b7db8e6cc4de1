//! A first run without settings, and commands while the server runs.

use serde_json::json;

use super::embedded;
use crate::support::eventually;
use crate::support::fixtures::{items, write_day};
use crate::support::graphql::EmailSubscription;
use crate::support::journey::{CONFIRM, SUBSCRIBE};

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_without_settings_sends_confirmation_and_digest() {
    let stack = embedded().await;
    for setting in ["SMTP_URL", "BASE_URL", "MAIL_FROM", "SECRET_KEY", "SAMPLE_PAPERS"] {
        stack.set(setting, "");
    }
    let server = stack.serve().await;
    let client = server.client();
    client.ok(SUBSCRIBE, json!({ "input": { "email": "me@example.org" } })).await;
    let mail = async |kind: &str| {
        eventually(kind, || async {
            let folder = std::fs::read_dir(stack.path("data/mail")).ok()?;
            let path = folder.flatten().map(|entry| entry.path()).find(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                name.contains(kind) && path.extension().is_some_and(|extension| extension == "eml")
            })?;
            std::fs::read_to_string(path).ok()
        })
        .await
    };
    let confirmation = mail("confirmation").await.replace("=\r\n", "");
    // The links lead to this server without a setting.
    let start = confirmation.find(&server.url("/subscription/confirm?token=3D")).unwrap();
    let token = &confirmation[start..].split("token=3D").nth(1).unwrap()[..39];
    // No mail program is needed: the log has the link, and a page shows the mail.
    let link = server.url(&format!("/subscription/confirm?token={token}"));
    eventually("the link is logged", || async { server.log().contains(&link).then_some(()) }).await;
    let page = async |path: &str| reqwest::get(server.url(path)).await.unwrap().text().await.unwrap();
    let list = page("/dev/mail").await;
    assert!(
        list.contains("Confirm your subscription to Daily Papers") && list.contains("me@example.org"),
        "{list}"
    );
    let name = list.split("/dev/mail/").nth(1).unwrap().split('"').next().unwrap();
    assert!(page(&format!("/dev/mail/{name}")).await.contains(&format!("<a href=\"{link}\">")));
    let html = reqwest::get(server.url(&format!("/dev/mail/{name}/html"))).await.unwrap();
    let policy = html.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("sandbox") && html.text().await.unwrap().starts_with("<!DOCTYPE html>"),
        "{policy}"
    );
    // Other host names for this machine get nothing, and no path leads out of the folder.
    let http = reqwest::Client::new();
    let rebound = http.get(server.url("/dev/mail")).header("host", "evil.example:8080").send().await.unwrap();
    assert_eq!(rebound.status(), 404);
    for path in ["/dev/mail/..%2Fsecret.key", "/dev/mail/x.eml", "/dev/mail/..%2F..%2Fx.eml/html"] {
        assert_eq!(reqwest::get(server.url(path)).await.unwrap().status(), 404, "{path}");
    }

    let confirmed = client.mutate(CONFIRM, json!({ "token": token })).await;
    assert_eq!(confirmed.read::<EmailSubscription>("emailSubscription").status, "ACTIVE");
    let digest = mail("digest").await;
    assert!(digest.contains("10 of 46 papers"), "{digest}");
    assert!(digest.contains("Skip a Layer or Loop it?"));

    // The key file is private to its owner, and stays the same.
    let key = stack.path("data/secret.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&key).unwrap();
    server.stop();
    let server = stack.serve().await;
    assert_eq!(std::fs::read(&key).unwrap(), before);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_while_the_server_runs() {
    let stack = embedded().await;
    let server = stack.serve().await;
    write_day(&stack, "2026-01-06", &items(1..1200));
    let client = server.client();
    let reading = tokio::spawn(async move {
        for number in 0..60 {
            client.get("{ papers(first: 50) { nodes { title } } }").await;
            let input = json!({ "input": { "email": format!("a{number}@example.org") } });
            client.ok(SUBSCRIBE, input).await;
        }
    });
    let importing = {
        let mut command = stack.command(["import", "hf-daily", "hf"]);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let output = importing.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    reading.await.unwrap();
    let token = stack.token("ada", Some("--admin"));
    assert!(server.client_with(&token).execute("{ feed { period } }", json!({})).await.errors().is_empty());
    eventually("all deliveries are sent", || async { (stack.smtp.mails().len() == 60).then_some(()) }).await;
    assert!(!server.log().contains("locked"), "{}", server.log());
}
