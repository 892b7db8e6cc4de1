//! What mails say, to the letter, and that they are sound.

use serde_json::json;

use crate::support::fixtures::{import_day, item, write_day};
use crate::support::journey::{ask, confirm, manage_token, subscribe};
use crate::support::{Mail, Stack};

/// The message as it came, without what differs from run to run.
fn stable(mail: &Mail) -> String {
    let id = mail.message_id();
    let name = id.trim_matches(['<', '>']).trim_start_matches("dp.").split('@').next().unwrap().to_owned();
    let text = mail.octets.replace("\r\n", "\n").replace(&name, "NAME");
    let (headers, body) = text.split_once("\n\n").unwrap();
    // Soft line breaks may cut tokens: taken back for the comparison.
    let mut text = format!("{headers}\n\n{}", body.replace("=\n", ""));
    for word in ["token=3D", "request=3D", "/unsubscribe/"] {
        text = without_tokens(&text, word);
    }
    text
}

/// The text with the tokens behind a word replaced.
fn without_tokens(text: &str, word: &str) -> String {
    let mut parts = text.split(word);
    let mut stable = parts.next().unwrap().to_owned();
    for part in parts {
        let token = part.get(..32).unwrap();
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{token} is no token");
        stable.push_str(word);
        stable.push_str("TOKEN");
        stable.push_str(&part[32..]);
    }
    stable
}

/// What every mail has to be.
fn check(mail: &Mail) {
    assert!(mail.octets.is_ascii());
    let (head, body) = mail.octets.split_once("\r\n\r\n").unwrap();
    for line in head.split("\r\n").chain(body.split("\r\n")) {
        assert!(line.len() <= 998, "a line of {} octets", line.len());
        assert!(!line.contains(['\r', '\n']), "a bare line end");
    }
    for line in body.split("\r\n") {
        assert!(line.len() <= 76, "a line of {} octets in quoted-printable: {line}", line.len());
    }
    for name in ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"] {
        let count = head
            .split("\r\n")
            .filter(|line| line.to_ascii_lowercase().starts_with(&format!("{}:", name.to_ascii_lowercase())))
            .count();
        assert_eq!(count, 1, "{name} stands {count} times");
    }
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(mail.sender, "digest@papers.example.org");
    assert!(mail.html().len() < 80_000);
    assert!(mail.html().starts_with("<!DOCTYPE html>"));
    // Nothing is loaded from anywhere.
    assert!(!mail.html().contains("<img") && !mail.html().contains("<link"));
    for line in mail.text().lines() {
        assert!(line.chars().count() <= 72 || line.contains("https://"), "a long line: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mail_says_what_it_should() {
    let stack = Stack::new().await;
    stack.set("POSTAL_ADDRESS", "Papers, Street 1, 12345 Town");
    stack.set("REPLY_TO", "editors@papers.example.org");
    let mut named = item(1, 9);
    named["title"] =
        json!("Über-Attention: eine Einführung in ein sehr langes Thema, das mehr als eine Zeile braucht");
    named["paper"]["summary"] = json!("Words that go on. ".repeat(40));
    named["paper"]["organization"] = json!({ "name": "nvidia", "fullname": "NVIDIA" });
    named["paper"]["authors"] = json!([{ "name": "Ada Lovelace" }, { "name": "Émile Zola" }, { "name": "李雷" }, { "name": "D" }, { "name": "E" }]);
    let mut hostile = item(2, 5);
    hostile["title"] = json!("<b>Bold</b> & \"quoted\"\r\nBcc: eve@example.org");
    let path = write_day(&stack, "2026-01-06", &[named, hostile, item(3, 1), item(4, 0)]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    let client = server.client();

    let confirmation = ask(
        &stack,
        &client,
        json!({ "email": "ada@example.org", "maxPapers": 3, "timeZone": "Europe/Paris" }),
    )
    .await;
    confirm(&client, &confirmation).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    manage_token(&stack, &client, "ada@example.org").await;
    let manage = stack.smtp.nth_to("ada@example.org", 3).await;
    let asked = "mutation { requestSignIn(email: \"ada@example.org\") { userErrors { code } } }";
    client.get(asked).await;
    let sign_in = stack.smtp.nth_to("ada@example.org", 4).await;
    let mails =
        [("confirmation", &confirmation), ("digest", &digest), ("manage", &manage), ("sign_in", &sign_in)];
    for (name, mail) in mails {
        check(mail);
        insta::assert_snapshot!(name, stable(mail));
    }
    assert!(!digest.octets.contains("\nBcc:"));
    assert_eq!(digest.header("List-Id").unwrap(), "Daily Papers <daily-papers.papers.example.org>");
    // Only digests have it: mail that was asked for is not left by a button.
    assert!([&confirmation, &manage, &sign_in].iter().all(|mail| mail.header("List-Unsubscribe").is_none()));
    insta::assert_snapshot!(
        "digest_text",
        digest
            .text()
            .replace(&digest.token("/unsubscribe/"), "TOKEN")
            .replace(&digest.token("manage?request"), "TOKEN")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_the_digest() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    subscribe(
        &stack,
        &server.client(),
        json!({ "email": "ada@example.org", "maxPapers": 4, "filter": { "keywords": ["odd numbers"] } }),
    )
    .await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    let preview = |arguments: &[&str]| {
        let mut all =
            vec!["digest", "preview", "--max-papers", "4", "--filter", "{\"keywords\":[\"odd numbers\"]}"];
        all.extend(arguments);
        stack.done(&all)
    };
    let body = |text: &str| text.split("\n-- \n").next().unwrap().trim().to_owned();
    let printed = preview(&["--cadence", "daily", "--period", "2026-01-06"]);
    let (subject, text) = printed.split_once("\n\n").unwrap();
    assert_eq!(subject, format!("Subject: {}", digest.subject()));
    assert_eq!(body(text), body(&digest.text()));
    assert_eq!(preview(&[]), printed);
    assert!(preview(&["--format", "html"]).starts_with("<!DOCTYPE html>"));
    assert!(preview(&["--format", "eml"]).contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    for (arguments, said) in [
        (vec!["--period", "2026-01-05"], "no papers"),
        (vec!["--period", "nonsense"], "--period"),
        (vec!["--cadence", "weekly", "--period", "2026-01-06"], "do not go together"),
        (vec!["--filter", "nonsense"], "--filter"),
        (vec!["--filter", "{\"words\":[]}"], "--filter"),
    ] {
        let mut all = vec!["digest", "preview"];
        all.extend(arguments);
        let output = stack.run(&all);
        assert_eq!(output.status.code(), Some(1), "{all:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(said), "{all:?}");
    }
}
