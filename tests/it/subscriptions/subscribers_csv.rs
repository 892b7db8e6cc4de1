//! Subscribers as CSV.

use serde_json::json;

use crate::support::Stack;
use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::graphql::nodes;
use crate::support::journey::UNSUBSCRIBE;

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_are_imported_and_exported_as_csv() {
    let (stack, server) = stack_with_papers(1..4).await;
    let file = stack.path("list.csv");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let import = |more: &[&str]| {
        let mut arguments = vec!["subscribers", "import", file.to_str().unwrap()];
        arguments.extend(more);
        stack.run(&arguments)
    };
    assert!(stack.done(&["subscribers", "export"]).starts_with("email,status,cadence,time_zone"));
    // Every mistake has its line, and nothing is written.
    write(
        "email,cadence,time_zone,max_papers,weekdays\nada@example.org,daily,UTC,5,Mon\n\
           nobody,hourly,Mars/X,none,Foo\nbob@example.org,weekly,UTC,99,\n",
    );
    let refused = import(&["--confirmed"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    for expected in [
        "line 3: \"nobody\" is not a valid e-mail address",
        "line 3: cadence",
        "line 3: \"Foo\" is not a weekday",
        "line 3: max_papers",
        "line 3: \"Mars/X\"",
        "line 4: A digest can have 1 to 50 papers",
        "nothing was imported",
    ] {
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }
    assert!(!refused.status.success());
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
    for (text, expected) in
        [("name\nx\n", "the column email is missing"), ("email,colour\na@example.org,red\n", "line 2")]
    {
        write(text);
        let said = String::from_utf8(import(&[]).stderr).unwrap();
        assert!(said.contains(expected), "{said}");
    }

    write("email,cadence,keywords,send_time\nada@example.org,DAILY,agents; rag,07:30\nbob@example.org,,,\n");
    let done = import(&["--confirmed"]);
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "read 2, subscribed 2, unchanged 0, left out 0\n");
    let again = import(&["--confirmed"]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), "read 2, subscribed 0, unchanged 2, left out 0\n");
    let exported = stack.done(&["subscribers", "export"]);
    assert!(
        exported.contains("ada@example.org,ACTIVE,daily,UTC,07:30,Mon;Tue;Wed;Thu;Fri,10,,agents;rag,"),
        "{exported}"
    );
    // They get the next digest, without earlier papers.
    import_day(&stack, "2026-01-07", 20..23);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("bob@example.org", 1).await.papers().len(), 3);

    // Unsubscribed people are skipped; others are asked to confirm.
    let mail = stack.smtp.nth_to("bob@example.org", 1).await;
    server.client().ok(UNSUBSCRIBE, json!({ "token": mail.token("unsubscribe") })).await;
    write("email\nbob@example.org\nada@example.org\neve@example.org\n");
    for more in [&[][..], &["--confirmed"]] {
        let done = String::from_utf8(import(more).stdout).unwrap();
        let expected = if more.is_empty() {
            "read 3, asked to confirm 1, unchanged 1, left out 1\n"
        } else {
            "read 3, subscribed 1, unchanged 1, left out 1\n"
        };
        assert_eq!(done, expected);
    }
    // A copy of the export changes nothing either.
    std::fs::write(&file, stack.done(&["subscribers", "export"])).unwrap();
    let done = String::from_utf8(import(&["--confirmed"]).stdout).unwrap();
    assert_eq!(done, "read 3, subscribed 0, unchanged 2, left out 1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_imported_within_a_week_get_the_whole_week() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..4);
    let _server = stack.serve().await;
    let file = stack.path("weekly.csv");
    std::fs::write(&file, "email,cadence\nada@example.org,WEEKLY\n").unwrap();
    stack.done(&["subscribers", "import", "--confirmed", file.to_str().unwrap()]);
    import_day(&stack, "2026-01-08", 20..23);
    stack.advance_to("2026-01-12T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 1).await.papers().len(), 6);
}

/// The result of an import: success, standard output, and standard error.
fn imported(stack: &Stack, name: &str, bytes: &[u8], more: &[&str]) -> (bool, String, String) {
    let file = stack.path(name);
    std::fs::write(&file, bytes).unwrap();
    let mut arguments = vec!["subscribers", "import", file.to_str().unwrap()];
    arguments.extend(more);
    let done = stack.run(&arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.success(), text(done.stdout), text(done.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn unsubscribed_people_in_csv_files_are_not_subscribed() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let active = async || stack.count("SELECT COUNT(*) FROM subscription WHERE status = 'ACTIVE'").await;
    let words = [
        "unsubscribed",
        "Unsubscribed",
        "UNSUBSCRIBED",
        "suppressed",
        "blocklisted",
        "Cleaned",
        "bounced",
        "disabled",
        "archived",
        "non-subscribed",
        "complained",
    ];
    let mut list = "email,status\n".to_owned();
    for (number, word) in words.iter().enumerate() {
        list.extend(["left", &number.to_string(), "@example.org,", word, "\n"]);
    }
    list += "waiting@example.org,PENDING\nada@example.org,enabled\nada@example.org,unsubscribed\n";
    let (is_done, said, beside) = imported(&stack, "list.csv", list.as_bytes(), &["--confirmed"]);
    assert_eq!((is_done, said.as_str()), (true, "read 14, subscribed 0, unchanged 0, left out 14\n"));
    assert!(beside.contains("1 of those left out never confirmed"), "{beside}");
    assert_eq!(active().await, 0);
    // The files of Mailchimp, listmonk and Ghost.
    for (name, text) in [
        ("unsubscribed_members_export_1.csv", "Email Address,First Name\na@example.org,A\n"),
        (
            "list.csv",
            "Email Address,MEMBER_RATING,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\nb@example.org,2,2025-01-01,x\n",
        ),
        (
            "list.csv",
            "uuid,email,name,attributes,status,subscription_status\n1,c@example.org,C,{},enabled,unsubscribed\n",
        ),
        (
            "list.csv",
            "id,email,subscribed_to_emails,labels,deleted_at\n1,d@example.org,false,,\n2,e@example.org,true,,2025-01-01\n",
        ),
    ] {
        let (is_done, said, _) = imported(&stack, name, text.as_bytes(), &["--confirmed"]);
        assert!(is_done && said.contains("subscribed 0"), "{text}: {said}");
    }
    assert_eq!(active().await, 0);
    // An unknown status subscribes nobody, unless mistakes are skipped.
    let strange = b"email;status\na@example.org;active\nb@example.org;gone fishing\n";
    let (is_done, _, beside) = imported(&stack, "list.csv", strange, &["--confirmed"]);
    assert!(!is_done && beside.contains("line 3: the status \"gone fishing\" is not known"), "{beside}");
    let (is_done, said, _) =
        imported(&stack, "list.csv", strange, &["--confirmed", "--skip-mistakes", "--dry-run"]);
    assert_eq!((is_done, said.as_str()), (true, "read 2, would subscribe 1, unchanged 0, left out 0\n"));
    assert_eq!(active().await, 0);
    let (is_done, said, _) = imported(&stack, "list.csv", strange, &["--confirmed", "--skip-mistakes"]);
    assert_eq!((is_done, said.as_str()), (true, "read 2, subscribed 1, unchanged 0, left out 0\n"));
    assert_eq!(active().await, 1);
    let all_wrong = b"email,status\nnobody,active\n";
    assert!(!imported(&stack, "list.csv", all_wrong, &["--confirmed", "--skip-mistakes"]).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_files_of_spreadsheets_are_read() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let text = "email;keywords\r\n'+ada@example.org;\"café;=1+1\"\r\n";
    let utf_16: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let (is_done, said, beside) = imported(&stack, "list.csv", &utf_16, &["--confirmed"]);
    assert!(is_done, "{beside}");
    assert_eq!(said, "read 1, subscribed 1, unchanged 0, left out 0\n");
    let latin = "Email Address\tMEMBER_RATING\tName\nbob@example.org\t2\tZo\u{EB}\n";
    let latin: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let (is_done, _, beside) = imported(&stack, "list.csv", &latin, &["--confirmed"]);
    assert!(is_done && beside.contains("Windows-1252"), "{beside}");
    // No cell of an export is a formula, and it round-trips.
    let exported = stack.done(&["subscribers", "export"]);
    assert!(exported.contains("\n'+ada@example.org,ACTIVE,"), "{exported}");
    assert!(exported.contains(",café;=1+1,"), "{exported}");
    let (is_done, said, _) = imported(&stack, "copy.csv", exported.as_bytes(), &["--confirmed"]);
    assert_eq!((is_done, said.as_str()), (true, "read 2, subscribed 0, unchanged 2, left out 0\n"));
    // All of it is in the audit log.
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let log = admin.field("{ admin { auditLog(first: 10) { nodes { action detail } } } }").await;
    let entries = nodes(&log["auditLog"]);
    let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = [
        "token create",
        "subscribers import",
        "subscribers export",
        "subscribers import",
        "subscribers import",
    ];
    assert_eq!(actions, expected);
    assert!(entries[1]["detail"].to_string().contains("command line"), "{entries:?}");
}
