//! The linter of messages: a sound message has no faults, and each change that a receiver would object to
//! has one.

use crate::support::lint::faults;

/// A sound digest.
fn sound() -> String {
    let signature = "A".repeat(342);
    let head = [
        &format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=papers.example.org; s=x; t=1;\r\n \
             h=From:Reply-To:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Auto-Submitted:\r\n  \
             List-Id:List-Unsubscribe:List-Unsubscribe-Post:Precedence:Feedback-ID:From:To:Subject:Date;\r\n \
             bh=AAAA; b={signature}"
        ),
        "From: \"Daily Papers\" <digest@papers.example.org>",
        "Reply-To: editors@papers.example.org",
        "To: ada@example.org",
        "Subject: Daily Papers: =?utf-8?b?w5xiZXI=?=",
        "Date: Wed, 07 Jan 2026 12:00:00 +0000",
        "Message-ID: <dp.x@papers.example.org>",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "List-Id: Daily Papers <daily.papers.example.org>",
        "List-Unsubscribe: <https://papers.example.org/u/x>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Archive: <https://papers.example.org/editions/2026-01-06>",
        "List-Help: <https://papers.example.org/help>",
        "Precedence: bulk",
        "Feedback-ID: 2026-01-06:daily:digest:papers.example.org",
        "Content-Type: multipart/alternative; boundary=\"=_x\"",
    ]
    .join("\r\n");
    let text = "DAILY PAPERS\r\n\r\nA paper, and what it is about in some words.\r\nhttps://papers.example.org/papers/1";
    let html = "<!DOCTYPE html>\r\n<html lang=3D\"en\"><head><meta charset=3D\"utf-8\">\r\n\
                <meta name=3D\"viewport\" content=3D\"width=3Ddevice-width\">\r\n\
                <meta name=3D\"color-scheme\" content=3D\"light dark\">\r\n<title>Daily Papers</title>\r\n\
                <style>@media (prefers-color-scheme: dark) {}</style></head><body>\r\n\
                <table role=3D\"presentation\"><tr><td style=3D\"background-color:#fdfdfe;\">\r\n\
                <h1 style=3D\"font-size:24px;color:#1b1f27;\">Daily Papers</h1>\r\n\
                <a href=3D\"https://papers.example.org\" style=3D\"color:#1a4fb4;\">here</a>\r\n\
                </td></tr></table></body></html>";
    let part = |kind: &str, body: &str| {
        format!(
            "--=_x\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             {body}\r\n"
        )
    };
    format!("{head}\r\n\r\n{}{}--=_x--\r\n", part("plain", text), part("html", html))
}

#[test]
fn a_sound_message_has_no_faults() {
    assert_eq!(faults(sound().as_bytes()), Vec::<String>::new());
}

#[test]
fn each_lint_rule_finds_its_fault() {
    let long = format!("Subject: {}", "x".repeat(1_000));
    let wide = format!("A paper{}", "x".repeat(80));
    let big = format!("<p>{}</p>\r\n</body>", "x=\r\n".repeat(80_000));
    for (from, to, fault) in [
        ("To: ada", "To: \u{e4}da", "beyond ASCII"),
        ("Precedence: bulk\r\n", "Precedence: bulk\n", "bare CR or LF"),
        ("Subject: Daily", long.as_str(), "of 998"),
        ("MIME-Version: 1.0\r\n", "", "mime-version occurs 0 times"),
        ("From: \"Daily", "From: x@example.org\r\nFrom: \"Daily", "from occurs 2 times"),
        ("Precedence: bulk", "Precedence: bulk\r\nPrecedence: bulk", "precedence occurs 2 times"),
        ("Precedence: bulk", "Bcc: x@example.org", "bcc is shown"),
        ("Precedence: bulk", "Precedence: loud", "neither bulk nor list"),
        ("Precedence: bulk", "Precedence:", "precedence is empty"),
        ("Precedence: bulk", "Prece dence: bulk", "not a header name"),
        ("Precedence: bulk", "Precedence", "is not a header"),
        ("Precedence: bulk\r\n", "Precedence: bulk\r\n \r\n", "white space"),
        ("=?utf-8?b?w5xiZXI=?=", "=?latin1?b?w5xiZXI=?=", "invalid encoded word"),
        ("=?utf-8?b?w5xiZXI=?=", "=?utf-8?q?a b?=", "invalid encoded word"),
        ("=?utf-8?b?w5xiZXI=?=", "=?utf-8?b", "incomplete encoded word"),
        ("<https://papers.example.org/help>", "=?utf-8?b?w5xiZXI=?=", "must not have an encoded word"),
        ("To: ada@example.org", "To: ada@example.org, bob@example.org", "to is not one address"),
        ("<digest@papers.example.org>", "digest", "from is not one address"),
        ("<dp.x@papers.example.org>", "dp.x@papers.example.org", "message-id is invalid"),
        ("Wed, 07 Jan 2026 12:00:00 +0000", "yesterday", "date is invalid"),
        ("Auto-Submitted: auto-generated", "Auto-Submitted: no", "auto-submitted is not"),
        ("X-Auto-Response-Suppress: OOF, AutoReply\r\n", "", "Exchange answers"),
        ("2026-01-06:daily:digest:papers", "a:b:digest:c:d", "feedback-id has up to four"),
        ("<daily.papers.example.org>", "daily", "list-id is invalid"),
        ("<https://papers.example.org/u/x>", "<https://papers.example.org/\r\n u/x>", "is folded"),
        ("<https://papers.example.org/u/x>", "https://papers.example.org/u/x", "no URI in brackets"),
        (
            "<https://papers.example.org/u/x>",
            "<http://papers.example.org/u/x>",
            "does not have one https URI",
        ),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "", "without one click"),
        ("List-Unsubscribe: <https://papers.example.org/u/x>\r\n", "", "post without list-unsubscribe"),
        ("=One-Click", "=Yes", "not that of RFC 8058"),
        ("List-Help: <https://papers.example.org/help>\r\n", "", "a digest without list-help"),
        ("a=rsa-sha256", "a=rsa-sha1", "dkim a is not"),
        ("c=relaxed/relaxed", "c=simple/simple", "dkim c is not"),
        (" t=1;", " t=1; l=10;", "dkim l="),
        ("d=papers.example.org", "d=other.example", "not the domain of from"),
        ("AAAAAAAA", "", "shorter than 2048"),
        (":From:To:Subject:Date;", ":From:To:Subject;", "a second date"),
        ("List-Unsubscribe-Post:Precedence", "Precedence", "dkim h= lacks list-unsubscribe-post"),
        ("multipart/alternative", "multipart/mixed", "not multipart/alternative"),
        ("--=_x--", "", "last boundary is missing"),
        ("text/plain; charset=utf-8", "text/plain; charset=latin1", "not in UTF-8"),
        ("Transfer-Encoding: quoted-printable", "Transfer-Encoding: 8bit", "not in quoted-printable"),
        ("text/plain", "text/css", "neither text nor HTML"),
        ("text/plain", "text/html", "not text and then HTML"),
        ("A paper,", wide.as_str(), "of 76"),
        ("A paper,", "A =ZZ paper,", "not valid quoted-printable"),
        (
            "A paper, and what it is about in some words.\r\nhttps://papers.example.org/papers/1",
            "",
            "too short",
        ),
        ("A paper,", "<p>A paper,", "the text part is HTML"),
        ("A paper,", "A=E2=80=AE paper,", "invisible characters"),
        ("A paper,", "A=E2=81=A8 paper,", "invisible characters"),
        ("A paper,", "A=E2=81=A9 paper=E2=81=A8,", "invisible characters"),
        (
            "A paper,",
            "A paper with many words that go on=\r\n and on for much longer than any one line should go on,",
            "a line of",
        ),
        ("</body>", big.as_str(), "octets of HTML"),
        ("<!DOCTYPE html>", "", "lacks a document type"),
        (" lang=3D\"en\"", "", "lacks a language"),
        ("<title>Daily Papers</title>", "", "lacks a title"),
        ("prefers-color-scheme: dark", "print", "lacks a dark mode"),
        ("</body>", "<script>x</script></body>", "has a script"),
        ("<h1 style", "<h1 onclick=3D\"x\" style", "runs a script"),
        ("href=3D\"https://papers", "href=3D\"javascript:papers", "runs a script"),
        ("</body>", "<img src=3D\"https://x.example\"></body>", "a picture"),
        ("</body>", "<form></form></body>", "a form"),
        (" role=3D\"presentation\"", "", "layout table"),
        ("href=3D\"https://papers", "href=3D\"data:papers", "a link to"),
        ("font-size:24px", "font-size:11px", "text of 11 pixels"),
        ("color:#1a4fb4", "color:#bbbbcc", "hard to read"),
    ] {
        let broken = sound().replacen(from, to, 1);
        assert_ne!(broken, sound(), "the message lacks {from}");
        let found = faults(broken.as_bytes());
        assert!(found.iter().any(|said| said.contains(fault)), "{fault}: {found:?}");
    }
    assert!(faults(b"\xff")[0].contains("not UTF-8"));
    assert!(faults(b"From: x").iter().any(|said| said.contains("no empty line")));
}
