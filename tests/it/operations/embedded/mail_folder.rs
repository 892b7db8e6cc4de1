//! Mail as files, without a mail server: in a folder, and in the browser.

use serde_json::json;

use super::embedded;
use crate::support::eventually;
use crate::support::journey::SUBSCRIBE;

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_if_the_mail_folder_is_missing() {
    let stack = embedded().await;
    stack.set("SMTP_URL", "");
    let server = stack.serve().await;
    // A file has the name of the folder.
    std::fs::write(stack.path("data/mail"), "").unwrap();
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": "me@example.org" } })).await;
    eventually("the lane is held", || async { server.log().contains("mail is held back").then_some(()) })
        .await;
    eventually("the delivery is queued", || async {
        (stack.rows("SELECT status FROM delivery").await == ["QUEUED"]).then_some(())
    })
    .await;
    std::fs::remove_file(stack.path("data/mail")).unwrap();
    stack.advance(chrono::TimeDelta::minutes(6)).await;
    eventually("the deliveries are sent", || async {
        (stack.rows("SELECT status FROM delivery").await == ["SENT"]).then_some(())
    })
    .await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(std::fs::read_dir(stack.path("data/mail")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_mail_is_not_served_with_a_mail_server_or_public_url() {
    for (name, value) in [("SMTP_URL", "smtp://127.0.0.1:2525"), ("BASE_URL", "https://papers.example.org")] {
        let stack = embedded().await;
        for setting in ["SMTP_URL", "BASE_URL"] {
            stack.set(setting, "");
        }
        stack.set(name, value);
        let server = stack.serve().await;
        assert_eq!(reqwest::get(server.url("/dev/mail")).await.unwrap().status(), 404, "{name}");
        assert!(!server.log().contains("/dev/mail"), "{}", server.log());
    }
}
