use proptest::prelude::*;

use super::*;

fn read(typed: &str) -> String {
    Query::parse(typed).unwrap().to_string()
}

#[test]
fn a_query_says_how_it_was_read() {
    for (typed, expected) in [
        ("graph neural networks", "words graph neural networks"),
        (
            r#""chain of thought" reasoning -survey"#,
            r#"words reasoning; phrase "chain of thought"; not survey"#,
        ),
        ("author:hinton title:\"capsule networks\"", "author hinton; title \"capsule networks\""),
        ("author:\"Yann LeCun\" -author:bengio", "author \"Yann LeCun\"; not author bengio"),
        ("org:deepmind cat:cs.CL -cat:cs.CV", "organization deepmind; category cs.CL; not category cs.CV"),
        ("diffusion year:2020-2023", "words diffusion; years 2020 to 2023"),
        ("year:2024", "year 2024"),
        ("year:2024..", "year 2024 or later"),
        ("year:<2020", "year 2019 or earlier"),
        ("year:>=2020 year:<=2022", "years 2020 to 2022"),
        ("has:code llm", "words llm; with code"),
        ("-has:code", "without code"),
    ] {
        assert_eq!(read(typed), expected, "{typed}");
    }
}

#[test]
fn what_follows_no_rule_is_plain_words() {
    for (typed, expected) in [
        ("mode:fast", "words mode:fast"),
        ("year:soon", "words year:soon"),
        ("\"unfinished phrase", "words \"unfinished phrase"),
        ("a - b", "words a b"),
        ("-- - ((", ""),
        ("author:", "words author:"),
        ("f(x)=x^2", "words f(x)=x^2"),
        ("GPT-4", "words GPT-4"),
    ] {
        assert_eq!(read(typed), expected, "{typed}");
    }
}

#[test]
fn identifiers_are_known_in_every_spelling() {
    for typed in [
        "2401.12345",
        "2401.12345v2",
        "arXiv:2401.12345",
        "https://arxiv.org/abs/2401.12345v3",
        "http://arxiv.org/pdf/2401.12345.pdf",
        "https://huggingface.co/papers/2401.12345",
        "10.48550/arXiv.2401.12345",
        "https://doi.org/10.48550/arXiv.2401.12345",
    ] {
        assert_eq!(Query::parse(typed).unwrap().identifier.as_deref(), Some("2401.12345"), "{typed}");
    }
    let identifier = |typed| Query::parse(typed).unwrap().identifier;
    assert_eq!(identifier("hep-th/9901001v1").as_deref(), Some("hep-th/9901001"));
    assert_eq!(identifier("math.GT/0309136").as_deref(), Some("math/0309136"));
    assert_eq!(identifier("doi:10.1038/S41586-021-03819-2").as_deref(), Some("10.1038/s41586-021-03819-2"));
    assert_eq!(identifier("and/or"), None);
    assert_eq!(identifier("2401.12345 and more"), None);
}

#[test]
fn meaning_takes_what_the_query_is_about() {
    let query = Query::parse("\"state space\" models author:gu -vision year:2023").unwrap();
    assert_eq!(query.topic(), "state space models");
}

#[test]
fn only_length_is_refused() {
    assert!(Query::parse(&"é".repeat(MAX_QUERY_CHARS)).is_ok());
    assert_eq!(Query::parse(&"a".repeat(MAX_QUERY_CHARS + 1)), Err(QueryTooLong));
    assert!(Query::parse(&"x".repeat(200_000)).is_err());
    assert!(Query::parse("\0\u{202e}\"\"\"\"-\"-:::").unwrap().is_empty());
}

proptest! {
    #[test]
    fn any_text_is_a_query(typed in r#"([-"a-z:.0-9 ]|author:|year:|cat:|\PC|\x00){0,60}"#) {
        let query = Query::parse(&typed).unwrap();
        let _ = query.to_string();
        prop_assert!(query.clauses.iter().all(|clause| typed.contains(&clause.text)));
    }
}
