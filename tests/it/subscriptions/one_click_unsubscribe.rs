//! Unsubscribing by any POST to the address in `List-Unsubscribe`.

use reqwest::redirect::Policy;
use serde_json::json;

use crate::support::fixtures::stack_with_papers;
use crate::support::journey::subscribe;

#[tokio::test(flavor = "multi_thread")]
async fn any_post_to_the_list_unsubscribe_address_unsubscribes() {
    let (stack, server) = stack_with_papers(1..4).await;
    let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let form = "application/x-www-form-urlencoded";
    let multipart =
        "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let bodies: [(Option<&str>, Vec<u8>); 9] = [
        (Some(form), b"List-Unsubscribe=One-Click".to_vec()),
        (Some(form), b"List-Unsubscribe=Yes".to_vec()),
        (Some(form), Vec::new()),
        (None, Vec::new()),
        (Some("application/json"), b"{}".to_vec()),
        (Some("text/plain; charset=utf-8"), b"\xff\xfe garbage".to_vec()),
        (Some("multipart/form-data; boundary=x"), multipart.as_bytes().to_vec()),
        (Some("multipart/form-data; boundary=y"), b"--y--".to_vec()),
        (Some(form), vec![b'x'; 20_000]),
    ];
    for (number, (media_type, body)) in bodies.into_iter().enumerate() {
        let email = format!("a{number}@example.org");
        subscribe(&stack, &server.client(), json!({ "email": email })).await;
        let header = stack.smtp.nth_to(&email, 2).await.header("List-Unsubscribe").unwrap();
        let (_, path) = header.split_once("<https://papers.example.org").unwrap();
        let link = server.url(path.split('>').next().unwrap());
        let looked = http.get(&link).send().await.unwrap();
        assert_eq!(looked.status(), 200, "{number}");
        let status = format!("SELECT status FROM subscription WHERE email = '{email}'");
        assert_eq!(stack.rows(&status).await, ["ACTIVE"], "a GET changes nothing");
        let mut request = http.post(&link).body(body);
        if let Some(media_type) = media_type {
            request = request.header("Content-Type", media_type);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{number} {media_type:?}");
        assert!(answer.text().await.unwrap().contains("You are unsubscribed"), "{number}");
        assert_eq!(stack.rows(&status).await, ["UNSUBSCRIBED"], "{number} {media_type:?}");
    }
    let wrong = http.post(server.url(&format!("/unsubscribe/{}", "a".repeat(39)))).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
}
