//! Messages made to cost time or stack: reading them is bounded, and other requests are served meanwhile.

use futures::future::join_all;

use super::{TOKEN, pipe};
use crate::support::Stack;
use crate::support::alive::alive_during;

/// The size of each message, a little below the limit.
const MESSAGE_BYTES: usize = 1_000_000;

fn hostile() -> Vec<String> {
    let many = |text: &str| text.repeat(MESSAGE_BYTES / text.len());
    let within: String =
        (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    vec![
        many("Content-Type: message/rfc822\n\n"),
        many("Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"),
        within.chars().take(MESSAGE_BYTES).collect(),
        format!("Content-Type: multipart/mixed; boundary=x\n\n{}", many("--x\n\n")),
        many("X: y\n"),
        format!("From: {}", many("(")),
        format!("Subject: {}", many("=?utf-8?B?YQ==?= ")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bounce_messages_do_not_block_other_requests() {
    let stack = Stack::new().await;
    stack.set("BOUNCE_TOKEN", TOKEN);
    let server = stack.serve().await;
    let http = reqwest::Client::new();
    let posts = join_all(hostile().into_iter().map(|message| {
        let request = http.post(server.url("/mail/bounces")).bearer_auth(TOKEN);
        request.header("content-type", "message/rfc822").body(message).send()
    }));
    let answers = alive_during(&server, posts).await;
    for answer in answers {
        let answer = answer.unwrap();
        match answer.status().as_u16() {
            200 => {}
            503 => assert_eq!(answer.headers()["retry-after"], "60"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(http.get(server.url("/health/live")).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bounce_command_reads_hostile_messages() {
    let stack = Stack::new().await;
    stack.set("BOUNCE_TOKEN", TOKEN);
    stack.done(&["migrate"]);
    for message in hostile() {
        assert_eq!(pipe(&stack, &message), 0);
    }
}
