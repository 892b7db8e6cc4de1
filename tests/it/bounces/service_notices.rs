//! Notices of mail services as JSON, and the verification of their senders.

use reqwest::StatusCode;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::{TOKEN, deliveries, digest, state};
use crate::support::fixtures::import_day;
use crate::support::{Process, Stack};

async fn stack_with_papers(settings: &[(&str, &str)]) -> (Stack, Process) {
    let stack = Stack::new().await;
    stack.set("BOUNCE_DOMAIN", "bounces.example.org");
    for (name, value) in settings {
        stack.set(name, value);
    }
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    (stack, server)
}

/// Posts a notice, with the token as a password as services give it.
async fn post(server: &Process, token: Option<&str>, body: &Value) -> (StatusCode, Value) {
    let request = reqwest::Client::new().post(server.url("/mail/bounces")).json(body);
    let request = if let Some(token) = token { request.basic_auth("papers", Some(token)) } else { request };
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn postmark(email: &str) -> Value {
    json!({ "RecordType": "Bounce", "Type": "HardBounce", "ID": 42, "Email": email,
        "Details": "smtp;550 5.1.1 no such user" })
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_of_mail_services_are_matched_to_their_deliveries() {
    let (stack, server) = stack_with_papers(&[("BOUNCE_TOKEN", TOKEN)]).await;
    let client = server.client();
    let mails = [
        digest(&stack, &client, "amazon@example.org").await,
        digest(&stack, &client, "sendgrid@example.org").await,
        digest(&stack, &client, "mailgun@example.org").await,
    ];
    digest(&stack, &client, "postmark@example.org").await;
    let [amazon, sendgrid, mailgun] = &mails;
    // By the envelope sender, by the Message-ID, by the address.
    let ses = json!({ "notificationType": "Bounce", "mail": { "source": amazon.sender },
        "bounce": { "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f1",
            "bouncedRecipients": [{ "emailAddress": "another@example.org", "action": "failed", "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown" }] } });
    let sns = json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": ses.to_string() });
    let events = json!([
        { "event": "delivered", "email": "sendgrid@example.org" },
        { "event": "bounce", "type": "bounce", "email": "sendgrid@example.org", "sg_event_id": "e1", "status": "5.1.1",
            "reason": "550 5.1.1 no such user", "smtp-id": sendgrid.message_id() },
    ]);
    let failed = json!({ "signature": {}, "event-data": { "event": "failed", "severity": "permanent", "reason": "bounce",
        "id": "m1", "recipient": "mailgun@example.org", "delivery-status": { "code": 550, "message": "5.1.1 no such user" },
        "message": { "headers": { "message-id": mailgun.message_id().trim_matches(['<', '>']) } } } });
    for body in [&sns, &events, &failed, &postmark("postmark@example.org")] {
        let (status, said) = post(&server, Some(TOKEN), body).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            said,
            json!({ "notices": [{ "kind": "HARD", "marked": true, "known": false }] }),
            "{body}"
        );
        // The same notice again changes nothing.
        let (status, said) = post(&server, Some(TOKEN), body).await;
        assert_eq!((status.as_u16(), said), (200, json!({ "notices": [{ "known": true }] })), "{body}");
    }
    for service in ["amazon", "sendgrid", "mailgun", "postmark"] {
        let email = format!("{service}@example.org");
        assert_eq!(state(&stack, &email).await, "SUPPRESSED HARD_BOUNCE", "{email}");
        assert_eq!(deliveries(&stack, &email).await, ["SENT", "BOUNCED"], "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsubscribe_notice_of_a_mail_service_unsubscribes() {
    let (stack, server) = stack_with_papers(&[("BOUNCE_TOKEN", TOKEN)]).await;
    digest(&stack, &server.client(), "ada@example.org").await;
    let left = json!([{ "event": "unsubscribe", "email": "Ada@example.org", "sg_event_id": "u1" }]);
    assert_eq!(post(&server, Some(TOKEN), &left).await.0, 200);
    assert_eq!(state(&stack, "ada@example.org").await, "UNSUBSCRIBED UNSUBSCRIBED");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_and_forged_notices_are_refused() {
    let chance = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &chance).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &chance).unwrap();
    // The bytes before the point in a SubjectPublicKeyInfo of P-256. RFC 5480.
    let prefix = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
    let point = pair.public_key().as_ref();
    let shown = format!("{prefix}{}", data_encoding::BASE64.encode(&point[1..]));
    let topic = "arn:aws:sns:eu-west-1:123456789012:bounces";
    let (stack, server) = stack_with_papers(&[
        ("SENDGRID_VERIFICATION_KEY", &shown),
        ("MAILGUN_SIGNING_KEY", "key-of-webhooks"),
        ("SNS_TOPIC_ARN", topic),
        ("BOUNCE_TOKEN", TOKEN),
    ])
    .await;
    digest(&stack, &server.client(), "ada@example.org").await;
    let events = json!([{ "event": "bounce", "email": "ada@example.org", "status": "5.1.1", "reason": "no such user" }]);
    let mailgun = json!({ "signature": { "timestamp": "1767787200", "token": "t", "signature": "00" },
        "event-data": { "event": "complained", "recipient": "ada@example.org" } });
    let others = "https://sns.example.org/SimpleNotificationService-0a.pem";
    let sns = json!({ "Type": "Notification", "TopicArn": topic, "SigningCertURL": others, "SignatureVersion": "2",
        "Signature": "AAAA", "Message": "{}" });
    let foreign =
        json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:other", "Message": "{}" });
    for (token, body) in [
        (None, &events),
        (Some(TOKEN), &events),
        (None, &mailgun),
        (Some(TOKEN), &mailgun),
        (Some(TOKEN), &sns),
        (Some(TOKEN), &foreign),
        (None, &postmark("ada@example.org")),
        (Some("wrong"), &postmark("ada@example.org")),
    ] {
        assert_eq!(post(&server, token, body).await.0, 401, "{body}");
    }
    assert_eq!(post(&server, Some(TOKEN), &json!({ "hello": 1 })).await.0, 400);
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    // With SendGrid's signature no token is needed.
    let (body, timestamp) = (events.to_string(), "1767787200");
    let signature = pair.sign(&chance, format!("{timestamp}{body}").as_bytes()).unwrap();
    let signed = reqwest::Client::new()
        .post(server.url("/mail/bounces"))
        .header("content-type", "application/json")
        .header("X-Twilio-Email-Event-Webhook-Signature", data_encoding::BASE64.encode(signature.as_ref()))
        .header("X-Twilio-Email-Event-Webhook-Timestamp", timestamp)
        .body(body);
    assert_eq!(signed.send().await.unwrap().status(), 200);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_mail_services_are_checked() {
    let stack = Stack::new().await;
    stack.set("SENDGRID_VERIFICATION_KEY", "no key");
    stack.set("SNS_TOPIC_ARN", "bounces");
    let output = stack.run(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("sendgrid_verification_key is not in Base64"), "{said}");
    assert!(said.contains("sns_topic_arn \"bounces\" is not a topic"), "{said}");
}
