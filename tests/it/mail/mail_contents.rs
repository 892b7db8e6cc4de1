//! The contents of mails, as snapshots. The mail server of the tests checks their form.

use serde_json::json;

use crate::support::fixtures::{import_items, item, right_to_left_item, stack_with_papers};
use crate::support::journey::{ask, confirm, manage_token, subscribe};
use crate::support::{Mail, Stack, lint};

/// The message without the values that differ from run to run.
fn stable(mail: &Mail) -> String {
    let id = mail.message_id();
    let name = id.trim_matches(['<', '>']).trim_start_matches("dp.").split('@').next().unwrap().to_owned();
    let text = mail.octets.replace("\r\n", "\n").replace(&name, "NAME");
    let (headers, body) = text.split_once("\n\n").unwrap();
    // Soft line breaks may cut tokens, and are removed for the comparison.
    let mut text = format!("{headers}\n\n{}", body.replace("=\n", ""));
    for word in ["token=3D", "request=3D", "/unsubscribe/", "/not-me/"] {
        text = without_tokens(&text, word, 39);
    }
    without_tokens(&text, "X-Delivery: ", 39)
}

/// The text with the tokens after a word replaced.
fn without_tokens(text: &str, word: &str, length: usize) -> String {
    let mut parts = text.split(word);
    let mut stable = parts.next().unwrap().to_owned();
    for part in parts {
        let token = part.get(..length).unwrap();
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{token} is no token");
        stable.push_str(word);
        stable.push_str("TOKEN");
        stable.push_str(&part[length..]);
    }
    stable
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mail_matches_its_snapshot() {
    let stack = Stack::new().await;
    stack.set("POSTAL_ADDRESS", "Papers, Street 1, 12345 Town");
    stack.set("REPLY_TO", "editors@papers.example.org");
    let mut named = item(1, 9);
    named["title"] =
        json!("Über-Attention: eine Einführung in ein sehr langes Thema, das mehr als eine Zeile braucht");
    named["paper"]["summary"] = json!("Words that go on. ".repeat(40));
    named["paper"]["organization"] = json!({ "name": "nvidia", "fullname": "NVIDIA" });
    named["paper"]["authors"] = json!([{ "name": "Ada Lovelace" }, { "name": "Émile Zola" }, { "name": "李雷" }, { "name": "D" }, { "name": "E" }]);
    named["paper"]["ai_keywords"] = json!(["reinforcement learning"]);
    let mut hostile = item(2, 5);
    hostile["title"] = json!("<b>Bold</b> & \"quoted\"\r\nBcc: eve@example.org");
    import_items(&stack, "2026-01-06", &[named, hostile, item(3, 1), item(4, 0)]);
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
        assert_eq!(mail.sender, "digest@papers.example.org");
        for line in mail.text().lines() {
            assert!(line.chars().count() <= 72 || line.contains("https://"), "a long line: {line}");
        }
        insta::assert_snapshot!(name, stable(mail));
    }
    assert!(!digest.octets.contains("\nBcc:"));
    assert_eq!(digest.header("List-Id").unwrap(), "Daily Papers <daily-papers.papers.example.org>");
    // Only digests have it: requested mail cannot be unsubscribed from.
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
async fn formulas_in_the_subject_are_like_those_in_the_title() {
    let stack = Stack::new().await;
    let mut escaped = item(1, 9);
    escaped["title"] = json!(r"What \$x^2\$ costs");
    import_items(&stack, "2026-01-06", &[escaped]);
    let server = stack.serve().await;
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert!(digest.text().contains("What $x^2$ costs"), "{}", digest.text());
    assert!(
        digest.header("Subject").unwrap().starts_with("What $x^2$ costs (6 Jan)"),
        "{:?}",
        digest.header("Subject")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_equals_the_digest() {
    let (stack, server) = stack_with_papers(1..16).await;
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
    let body = |text: &str| text.split("\nYou are receiving this because").next().unwrap().trim().to_owned();
    let printed = preview(&["--cadence", "daily", "--period", "2026-01-06"]);
    let (subject, text) = printed.split_once("\n\n").unwrap();
    assert_eq!(subject, format!("Subject: {}", digest.subject()));
    assert_eq!(body(text), body(&digest.text()));
    assert_eq!(preview(&[]), printed);
    assert!(preview(&["--format", "html"]).starts_with("<!DOCTYPE html>"));
    let message = preview(&["--format", "eml"]);
    assert!(message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    assert_eq!(lint::faults(message.as_bytes()), Vec::<String>::new());
    for (arguments, said) in [
        (vec!["--period", "2026-01-05"], "no papers"),
        (vec!["--period", "nonsense"], "--period"),
        (vec!["--cadence", "weekly", "--period", "2026-01-06"], "does not match --cadence"),
        (vec!["--filter", "nonsense"], "--filter"),
        (vec!["--filter", "{\"words\":[]}"], "--filter"),
        (
            vec!["--filter", "{\"categories\":[\"cs.CLL\"]}"],
            "--filter, categories: \"cs.CLL\" is not an arXiv category",
        ),
    ] {
        let mut all = vec!["digest", "preview"];
        all.extend(arguments);
        let output = stack.run(&all);
        assert_eq!(output.status.code(), Some(1), "{all:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(said), "{all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_tells_which_filter_entries_matched_each_paper() {
    let stack = Stack::new().await;
    let mut formula = item(1, 9);
    formula["title"] = json!("$\\alpha$-Divergence in $O(n^2)$: \\textbf{Fast} Erd\\H{o}s graphs");
    formula["paper"]["summary"] =
        json!("We show $x_i \\leq 10^{-3}$ for 50\\% of \\{a, b\\}. Then $\\foo$ & <b>.");
    formula["paper"]["organization"] = json!({ "name": "nvidia", "fullname": "NVIDIA" });
    import_items(&stack, "2026-01-06", &[formula, item(2, 5), item(3, 7)]);
    let server = stack.serve().await;
    let filter = json!({ "keywords": ["odd numbers"], "authors": ["ada lovelace"], "minUpvotes": 6 });
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org", "filter": filter })).await;
    subscribe(&stack, &server.client(), json!({ "email": "bob@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.subject(), "α-Divergence in O(n²): Fast Erdős graphs (6 Jan)");
    // The HTML part has non-breaking spaces.
    let (text, html) = (digest.text(), digest.html().replace('\u{a0}', " "));
    for said in [
        " 1. α-Divergence in O(n²): Fast Erdős graphs\n",
        "    Chosen for keyword: odd numbers · author: ada lovelace · 9 upvotes\n",
        "    We show xᵢ ≤ 10⁻³ for 50% of {a, b}. Then \\foo & <b>.\n",
    ] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert!(
        html.contains(
            "Chosen for keyword: <bdi>odd numbers</bdi> · author: <bdi>ada lovelace</bdi> · 7 upvotes"
        ),
        "{html}"
    );
    assert!(html.contains("\\foo &#38; &#60;b&#62;"), "{html}");
    // Without a filter there is no such line.
    assert!(!stack.smtp.nth_to("bob@example.org", 2).await.text().contains("Chosen for"));
    let json = "{\"organizations\":[\"NVIDIA\"],\"excludeKeywords\":[\"even numbers\"]}";
    let preview = stack.done(&["digest", "preview", "--filter", json]);
    assert!(preview.contains("    Chosen for organization: NVIDIA\n"), "{preview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn right_to_left_text_in_digests_is_isolated() {
    let stack = Stack::new().await;
    let mut arabic = item(2, 5);
    arabic["title"] = json!("تعلم \u{202e}الآلة 2.0");
    import_items(&stack, "2026-01-06", &[right_to_left_item(1, 9), arabic, item(3, 1)]);
    let server = stack.serve().await;
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let filter = json!({ "authors": ["דנה כהן"] });
    subscribe(&stack, &server.client(), json!({ "email": "bob@example.org", "filter": filter })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    let narrowed = stack.smtp.nth_to("bob@example.org", 2).await;

    assert_eq!(digest.subject(), "\u{2068}למידה עמוקה: BERT בעברית\u{2069} (6 Jan)");
    let text = digest.text();
    for line in text.lines() {
        assert_eq!(line.matches('\u{2068}').count(), line.matches('\u{2069}').count(), "{line:?}");
    }
    for needed in [
        "\n 1. \u{2068}למידה עמוקה: BERT בעברית\u{2069}\n",
        "\n    \u{2068}مختبر المدى\u{2069} · \u{2068}דנה כהן\u{2069}, Ada Lovelace, \u{2068}محمد علي\u{2069} · 2 January",
        "\n    \u{2068}אנחנו מראים ש-BERT",
        "\n    Keywords: \u{2068}עברית\u{2069} · parsing\n",
        "\n 2. \u{2068}تعلم الآلة 2.0\u{2069}\n",
        "\n 3. Paper 3\n    Author 3, Ada Lovelace · 4 January 2026 · 1 vote\n    What paper 3 is about.\n",
    ] {
        assert!(text.contains(needed), "{needed:?} is not in\n{text:?}");
    }
    let reason = "Chosen for author: \u{2068}דנה כהן\u{2069}\n";
    assert!(narrowed.text().contains(reason), "{:?}", narrowed.text());

    // The HTML part has non-breaking spaces.
    let html = digest.html().replace('\u{a0}', " ");
    for needed in [
        "<title>\u{2068}למידה עמוקה: BERT בעברית\u{2069} (6 Jan)</title>",
        ">And \u{2068}تعلم الآلة 2.0\u{2069}, and 1 more",
        "<h2 class=\"lead\" dir=\"auto\"",
        "<bdi>مختبر المدى</bdi> · <bdi>דנה כהן</bdi>, <bdi>Ada Lovelace</bdi>, <bdi>محمد علي</bdi> · 2 January 2026 ·",
        "<p class=\"ink\" dir=\"auto\"",
        "<bdi>עברית</bdi> · <bdi>parsing</bdi>",
        "<bdi>تعلم الآلة 2.0</bdi></a></h2>",
    ] {
        assert!(html.contains(needed), "{needed} is not in\n{html}");
    }
    let reason = "Chosen for author: <bdi>דנה כהן</bdi>";
    assert!(narrowed.html().replace('\u{a0}', " ").contains(reason), "{}", narrowed.html());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_of_fifty_long_papers_is_small_enough_for_gmail() {
    let stack = Stack::new().await;
    let long = |number| {
        let mut item = item(number, number);
        item["title"] = json!(format!("{number} {}", "\"&<>\" ".repeat(60)));
        item["paper"]["summary"] = json!("\"quoted\" & <marked> 李雷 ".repeat(100));
        item["paper"]["authors"] = json!([{ "name": "&".repeat(200) }, { "name": "\"".repeat(200) }]);
        item
    };
    import_items(&stack, "2026-01-06", &(1..51).map(long).collect::<Vec<_>>());
    let server = stack.serve().await;
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org", "maxPapers": 50 })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert!(digest.html().len() < 80_000);
    assert_eq!(digest.html().matches("/papers/2601.").count(), 50);
    assert!(digest.html().contains("/unsubscribe/"));
}
