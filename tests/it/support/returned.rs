//! Returned mail, as other servers write it: delivery status notifications, complaints, automatic replies.

use super::Mail;

/// The headers of a mail, as a report returns them.
pub fn headers(mail: &Mail) -> String {
    mail.octets.split_once("\r\n\r\n").unwrap().0.to_owned()
}

/// A delivery status notification (RFC 3464) about `mail`, with the returned part of it.
pub fn dsn(mail: &Mail, action: &str, status: &str, said: &str, original: &str) -> String {
    let (to, recipient) = (&mail.sender, &mail.recipient);
    [
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)",
        &format!("To: {to}"),
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"report\"",
        "",
        "--report",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "I am sorry to have to tell you that your message did not get there.",
        "",
        "--report",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.net",
        "",
        &format!("Final-Recipient: rfc822; {recipient}"),
        &format!("Action: {action}"),
        &format!("Status: {status}"),
        &format!("Diagnostic-Code: smtp; {said}"),
        "",
        "--report",
        "Content-Type: text/rfc822-headers",
        "",
        original,
        "",
        "--report--",
        "",
    ]
    .join("\r\n")
}

/// A notification that the mailbox does not exist.
pub fn no_such_user(mail: &Mail) -> String {
    dsn(mail, "failed", "5.1.1", "550 5.1.1 no such user", &headers(mail))
}

/// A complaint (RFC 5965) about `mail`.
pub fn complaint(mail: &Mail, kind: &str) -> String {
    [
        "From: feedback@mx.example.net",
        &format!("To: {}", mail.sender),
        "Subject: FW: what you sent",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=\"report\"",
        "",
        "--report",
        "Content-Type: text/plain",
        "",
        "This is an abuse report.",
        "",
        "--report",
        "Content-Type: message/feedback-report",
        "",
        &format!("Feedback-Type: {kind}"),
        "User-Agent: SomeGenerator/1.0",
        "Version: 1",
        &format!("Original-Rcpt-To: {}", mail.recipient),
        "",
        "--report",
        "Content-Type: message/rfc822",
        "",
        &mail.octets,
        "--report--",
        "",
    ]
    .join("\r\n")
}

/// A bounce in plain text, to the envelope sender of `mail`.
pub fn plain_text_bounce(mail: &Mail, said: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: {}\r\nSubject: failure notice\r\n\r\n\
         Hi. This is the mail program at mx.example.net.\r\nI could not deliver your message.\r\n\r\n\
         <{}>:\r\nRemote host said: {said}\r\n",
        mail.sender, mail.recipient,
    )
}

/// An automatic reply to `mail`.
pub fn automatic_reply(mail: &Mail) -> String {
    format!(
        "From: {}\r\nTo: {}\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n\r\n> {}\r\n",
        mail.recipient,
        mail.sender,
        headers(mail).replace("\r\n", "\r\n> "),
    )
}
