//! Settings from a file and the environment, and the errors that name each mistake.

use crate::support::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn invalid_settings_are_named() {
    let stack = Stack::new().await;
    for (name, value, key) in [
        ("LISTEN", "nowhere", "listen"),
        ("BASE_URL", "papers.example.org", "base_url"),
        ("BASE_URL", "https://example.org/papers", "base_url"),
        ("DATABASE_URL", "mysql://x", "database_url"),
        ("DATABASE_CONNECTIONS", "many", "database_connections"),
        ("SMTP_URL", "mail.example.org", "smtp_url"),
        ("SMTP_CONNECTIONS", "0", "smtp_connections"),
        ("SMTP_MESSAGES_PER_SECOND", "10001", "smtp_messages_per_second"),
        ("SMTP_TIMEOUT_SECONDS", "0", "smtp_timeout_seconds"),
        ("MAIL_FROM", "nobody", "mail_from"),
        ("REPLY_TO", "nobody", "reply_to"),
        ("SECRET_KEY", "short", "secret_key"),
        ("SAMPLE_PAPERS", "perhaps", "sample_papers"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "trusted_proxies"),
        ("MAILS_PER_MINUTE", "-1", "mails_per_minute"),
        ("GRAPHIQL", "perhaps", "graphiql"),
        ("CORS_ORIGINS", "https://app.example.org/path", "cors_origins"),
        ("FEED_CLOSES_AT", "25:00", "feed_closes_at"),
        ("FEED_TIME_ZONE", "Mars/Olympus", "feed_time_zone"),
        ("FIRST_DIGEST_AT_ONCE", "perhaps", "first_digest_at_once"),
        ("LEASE_MINUTES", "0", "lease_minutes"),
        ("LOG", "domain=nonsense", "log"),
        ("LOG_FORMAT", "xml", "log_format"),
        ("LISTNE", "127.0.0.1:0", "listne"),
    ] {
        let mut command = stack.command(["doctor"]);
        let output = command.env(format!("DAILY_PAPERS_{name}"), value).output().unwrap();
        assert!(!output.status.success(), "{name}={value} passed");
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(key), "{name}={value}: {said}");
    }
}

/// A role, its settings, and the keys that the error names.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[tokio::test(flavor = "multi_thread")]
async fn contradicting_settings_are_named() {
    let stack = Stack::new().await;
    let base: &[(&str, &str)] = &[
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
        ("SMTP_URL", ""),
        ("SECRET_KEY", ""),
        ("BASE_URL", ""),
        ("MAIL_FROM", ""),
    ];
    let postgres = ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let key = ("SECRET_KEY", crate::support::stack::SECRET);
    let redis = ("REDIS_URL", "redis://127.0.0.1:1");
    let remote = ("SMTP_URL", "smtp://mail.example.org");
    let https = ("BASE_URL", "https://papers.example.org");
    let cases: &[Case<'_>] = &[
        ("api", &[], &["database_url", "redis_url"]),
        ("worker", &[], &["database_url", "redis_url"]),
        ("api", &[postgres, key], &["redis_url"]),
        ("worker", &[redis], &["database_url"]),
        ("serve", &[redis], &["redis_url", "database_url"]),
        ("serve", &[postgres], &["secret_key"]),
        ("serve", &[remote], &["base_url", "mail_from"]),
        ("serve", &[remote, https], &["mail_from"]),
        ("serve", &[postgres, key], &["Postgres at 127.0.0.1:1 cannot be reached", "Connection refused"]),
        ("serve", &[remote, https, ("SMTP_TIMEOUT_SECONDS", "5")], &["smtp_timeout_seconds"]),
    ];
    for (role, settings, keys) in cases {
        for (name, value) in base.iter().chain(*settings) {
            stack.set(name, value);
        }
        let said = stack.refused(&[role]);
        for key in *keys {
            assert!(said.contains(key), "{role} {settings:?}: {key} is missing in {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_overrides_the_configuration_file() {
    let stack = Stack::new().await;
    let file = stack.path("my.toml");
    std::fs::write(&file, "mail_from = \"From the file <file@example.org>\"\nmax_papers = 3\n").unwrap();
    let name = file.to_str().unwrap();
    let output = stack.run(&["--config", name, "doctor"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("max_papers"), "{said}");

    std::fs::write(&file, "postal_address = \"Street 1\"\nreply_to = \"file@example.org\"\n").unwrap();
    stack.set("REPLY_TO", "environment@example.org");
    crate::support::fixtures::import_day(&stack, "2026-01-06", 1..3);
    let mail = stack.done(&["--config", name, "digest", "preview", "--format", "eml"]);
    assert!(mail.contains("Street 1") && mail.contains("Reply-To: environment@example.org"), "{mail}");

    let output = stack.run(&["--config", "missing.toml", "doctor"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("missing.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn environment_variables_of_other_programs_may_be_invalid_utf8() {
    use std::os::unix::ffi::OsStrExt as _;
    let stack = Stack::new().await;
    let octets = std::ffi::OsStr::from_bytes(b"\xff");
    let output = stack.command(["settings"]).env("SOMETHING", octets).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = stack.command(["doctor"]).env("DAILY_PAPERS_LOG", octets).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && said.contains("DAILY_PAPERS_LOG is not UTF-8"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_settings_are_refused_with_a_suggestion() {
    let stack = Stack::new().await;
    for (name, value, told) in [
        (
            "LISTNE",
            "127.0.0.1:0",
            ["DAILY_PAPERS_LISTNE in the environment is not a setting", "did you mean listen?"],
        ),
        ("SMTP_CONECTIONS", "3", ["SMTP_CONECTIONS", "did you mean smtp_connections?"]),
        (
            "SMTP_CONNECTIONS",
            "many",
            ["smtp_connections in the environment", "a whole number of 0 or more, such as 4"],
        ),
        ("LEASE_MINUTES", "-3", ["lease_minutes", "a whole number of 0 or more, such as 15"]),
        ("GRAPHIQL", "perhaps", ["graphiql in the environment", "must be true or false"]),
    ] {
        let output = stack.command(["serve"]).env(format!("DAILY_PAPERS_{name}"), value).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(told.iter().all(|told| said.contains(told)), "{name}={value}: {said}");
        assert!(said.len() < 400, "{said}");
    }
    let file = stack.path("daily-papers.toml");
    std::fs::write(&file, "mail_form = \"a@example.org\"\nzzz = 1\n").unwrap();
    let said = stack.refused(&["serve"]);
    assert!(
        said.contains("mail_form in daily-papers.toml") && said.contains("did you mean mail_from?"),
        "{said}"
    );
    assert!(said.contains("zzz in daily-papers.toml is not a setting"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_mistakes_are_reported_together() {
    let stack = Stack::new().await;
    let file = "graphiql = \"perhaps\"\nlease_minutes = 1.5\nsmtp_timeout_seconds = 0\nlistne = \"127.0.0.1:0\"\n\
                feed_closes_at = \"25:00\"\nreply_to = [\"a@example.org\"]\n";
    std::fs::write(stack.path("daily-papers.toml"), file).unwrap();
    stack.set("LOG_FORMAT", "xml");
    let said = stack.refused(&["serve"]);
    for problem in [
        "graphiql in daily-papers.toml is \"perhaps\", but must be true or false",
        "lease_minutes in daily-papers.toml is 1.5, but must be a whole number",
        "smtp_timeout_seconds must be 1 to 3600",
        "did you mean listen?",
        "feed_closes_at \"25:00\" is not a time of day",
        "reply_to in daily-papers.toml must be text in quotation marks",
        "log_format must be text or json",
    ] {
        assert!(said.contains(problem), "{problem} is missing in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_may_be_quoted_and_empty_values_are_defaults() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let file =
        "smtp_connections = 2\nlease_minutes = \"15\"\nmails_per_minute = \"\"\nfeed_time_zone = \" \"\n";
    std::fs::write(stack.path("daily-papers.toml"), file).unwrap();
    let said = stack.done(&["doctor"]);
    assert!(said.contains("all settings are valid"), "{said}");
}
