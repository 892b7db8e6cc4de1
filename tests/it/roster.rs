//! Subscribers as CSV.

use serde_json::json;

use crate::support::Stack;
use crate::support::fixtures::import_day;
use crate::support::journey::UNSUBSCRIBE;

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_come_and_go_as_csv() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let file = stack.path("list.csv");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let import = |more: &[&str]| {
        let mut arguments = vec!["subscribers", "import", file.to_str().unwrap()];
        arguments.extend(more);
        stack.run(&arguments)
    };
    assert!(stack.done(&["subscribers", "export"]).starts_with("email,status,cadence,time_zone"));
    // Every mistake with its line, and nothing is written.
    write(
        "email,cadence,time_zone,max_papers,weekdays\nada@example.org,daily,UTC,5,Mon\n\
           nobody,hourly,Mars/X,none,Foo\nbob@example.org,weekly,UTC,99,\n",
    );
    let refused = import(&["--confirmed"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    for expected in [
        "line 3: \"nobody\" is no e-mail address",
        "line 3: cadence",
        "line 3: \"Foo\" is no weekday",
        "line 3: max_papers",
        "line 3: \"Mars/X\"",
        "line 4: A digest has 1 to 50 papers",
        "nothing was imported",
    ] {
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }
    assert!(!refused.status.success());
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
    for (text, expected) in
        [("name\nx\n", "no column email"), ("email,colour\na@example.org,red\n", "line 2")]
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
    // They get the next digest, and not what was before.
    import_day(&stack, "2026-01-07", 20..23);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("bob@example.org", 1).await.papers().len(), 3);

    // Who left is not brought back; others are asked.
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
async fn who_is_brought_in_amid_a_week_gets_all_of_it() {
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
