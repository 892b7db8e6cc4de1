//! DKIM: another implementation verifies signatures, changes break them, and invalid keys are refused.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{ask, confirm, manage_token};
use crate::support::{Stack, lint, tools};

/// A key for tests only.
const KEY: &str = include_str!("../support/dkim.pem");

/// The name and the record for the DNS, as the doctor prints them.
fn record(stack: &Stack) -> (String, String) {
    let said = stack.done(&["doctor"]);
    let line = said.lines().find(|line| line.contains("DKIM")).unwrap();
    let (name, record) = line.split_once(" TXT ").unwrap();
    // Strings of at most 255 octets, which are joined. RFC 7208 section 3.3.
    let strings: Vec<_> = record.trim().trim_matches('"').split("\" \"").collect();
    assert!(strings.len() > 1 && strings.iter().all(|string| string.len() <= 255), "{record}");
    (name.rsplit(' ').next().unwrap().to_owned(), strings.concat())
}

/// The verdict of dkimpy on a message.
fn verified(folder: &Path, dns: &(String, String), message: &str) -> String {
    let mut command = tools::command(folder.join(".venv/bin/python"), folder);
    command.args(["verify_dkim.py", &dns.0, &dns.1]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(message.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn dkim_signatures_verify_with_another_implementation() {
    let folder = match tools::python("verify-dkim", "tests/python") {
        Ok(folder) => folder,
        Err(reason) => return tools::left_out("DKIM signatures", &reason),
    };
    let stack = Stack::new().await;
    stack.set("DKIM_KEY", &KEY.replace('\n', "\\n"));
    stack.set("DKIM_SELECTOR", "papers2026");
    stack.set("REPLY_TO", "editors@papers.example.org");
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    let dns = record(&stack);
    assert_eq!(dns.0, "papers2026._domainkey.papers.example.org");
    assert!(dns.1.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), "{}", dns.1);
    let client = server.client();
    let confirmation = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    confirm(&client, &confirmation).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    manage_token(&stack, &client, "ada@example.org").await;
    for mail in stack.smtp.mails_to("ada@example.org") {
        assert_eq!(verified(&folder, &dns, &mail.octets), "good", "{}", mail.octets);
    }
    let message = digest.octets.as_str();
    assert!(message.starts_with("DKIM-Signature: "));
    assert!(lint::faults(message.as_bytes()).is_empty());
    // Changes that a relay may make.
    let refolded = message
        .replace("Precedence: bulk", "PRECEDENCE:   bulk")
        .replace("Auto-Submitted: ", "Auto-Submitted:\r\n ");
    assert_ne!(refolded, message);
    assert_eq!(verified(&folder, &dns, &refolded), "good");
    assert_eq!(verified(&folder, &dns, &format!("Received: by a relay\r\n{message}\r\n\r\n")), "good");
    // Changes that break the signature.
    for (from, to) in [
        ("To: ada@example.org\r\n", "To: eve@example.org\r\n"),
        ("Subject: ", "Subject: Re "),
        ("From: ", "From: eve@example.org\r\nFrom: "),
        ("Subject: ", "Subject: other\r\nSubject: "),
        ("Date: ", "Date: Wed, 07 Jan 2026 11:00:00 +0000\r\nDate: "),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""),
        ("List-Unsubscribe: <https://papers", "List-Unsubscribe: <https://evil"),
        ("Reply-To: editors", "Reply-To: eve"),
        ("X-Delivery: ", "X-Delivery: a"),
        ("Content-Type: multipart", "Content-Type: text"),
        ("Paper 1", "Paper 2"),
    ] {
        let broken = message.replacen(from, to, 1);
        assert_ne!(broken, message, "{from}");
        assert_eq!(verified(&folder, &dns, &broken), "bad", "{from}");
    }
    assert_eq!(verified(&folder, &dns, &format!("{message}One more line\r\n")), "bad");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_the_same_bytes_in_every_attempt() {
    let stack = Stack::new().await;
    let path = stack.path("dkim.pem");
    std::fs::write(&path, KEY).unwrap();
    stack.set("DKIM_KEY", path.to_str().unwrap());
    stack.set("DKIM_SELECTOR", "papers2026");
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    let client = server.client();
    let confirmation = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    // The first copy is accepted without a reply.
    stack.smtp.script(|step| match step {
        crate::support::Step::Dot(_) => crate::support::Reaction::TakeAndClose,
        _ => crate::support::Reaction::Take,
    });
    confirm(&client, &confirmation).await;
    let first = stack.smtp.nth_to("ada@example.org", 2).await;
    stack.settle().await;
    stack.smtp.take_all();
    stack.advance(chrono::TimeDelta::minutes(31)).await;
    let second = stack.smtp.nth_to("ada@example.org", 3).await;
    assert!(first.octets.starts_with("DKIM-Signature: "));
    assert_eq!(first.octets, second.octets);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_dkim_settings_are_refused_at_the_start() {
    let stack = Stack::new().await;
    let refusal = |key: &str, selector: &str| {
        stack.set("DKIM_KEY", key);
        stack.set("DKIM_SELECTOR", selector);
        let output = stack.run(&["serve"]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let bare = KEY.lines().nth(1).unwrap();
    let elliptic = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQ==\n-----END PRIVATE KEY-----";
    for (key, selector, said) in [
        ("nowhere.pem", "s1", "dkim_key is neither a PEM key nor the name of an existing file"),
        (bare, "s1", "dkim_key is neither a PEM key nor the name of an existing file"),
        ("-----BEGIN nothing", "s1", "dkim_key holds no RSA private key"),
        (elliptic, "s1", "dkim_key holds a key that cannot sign"),
        (KEY, "", "dkim_selector must be set"),
        ("", "s1", "dkim_key must be set"),
        (KEY, "no selector", "dkim_selector \"no selector\" is not a selector"),
    ] {
        let error = refusal(key, selector);
        assert!(error.contains(said), "{said}: {error}");
        assert!(!error.contains("MII") && !error.contains(bare), "{error}");
    }
    for (name, value, said) in [
        ("BOUNCE_DOMAIN", "no domain", "bounce_domain \"no domain\" is not a domain"),
        ("BOUNCE_TOKEN", "short", "bounce_token must have at least 32 characters"),
    ] {
        stack.set("DKIM_SELECTOR", "");
        stack.set("DKIM_KEY", "");
        stack.set(name, value);
        let error = String::from_utf8(stack.run(&["serve"]).stderr).unwrap();
        assert!(error.contains(said), "{error}");
    }
}
