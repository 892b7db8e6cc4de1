//! Tests of lists of authors.

use proptest::prelude::*;

use super::*;

fn names(line: &str) -> Vec<String> {
    AuthorList::parse(line).names
}

#[test]
fn lines_are_split_into_names() {
    for (line, expected) in [
        ("Ada Byron", &["Ada Byron"][..]),
        (
            "A. B. Smith, C. Jones (1 and 2) and D. Li ((1) MIT, (2) CERN)",
            &["A. B. Smith", "C. Jones", "D. Li"],
        ),
        (
            "A. Smith(1), B. Jones(1,2), and C. Li (3)((1) X; (2) Y\n  Z, (3) W)",
            &["A. Smith", "B. Jones", "C. Li"],
        ),
        ("A. Smith (U. of X, Y & Z) & B. Jones \\& C. Li", &["A. Smith", "B. Jones", "C. Li"]),
        (
            "P.A. Doe, N.d'Doe, The arXiv.org, C.-P. Roe, C. -P. Roe, H.-H. von Gr\\\"unfeld",
            &["P. A. Doe", "N. d'Doe", "The arXiv.org", "C.-P. Roe", "C.-P. Roe", "H.-H. von Grünfeld"],
        ),
        (
            "C. Po\\'e, M. R{\\\"u}benau, Ita\\\"i Ben Doe, J.~L. Roe",
            &["C. Poé", "M. Rübenau", "Itaï Ben Doe", "J. L. Roe"],
        ),
        ("Marina Roch\\^es, J\\'er\\^{o}me Roe", &["Marina Rochês", "Jérôme Roe"]),
        (
            "Isaac Doe II and S. James Roe Jr, John T. Poe, Jr., W. Noe, III",
            &["Isaac Doe II", "S. James Roe Jr", "John T. Poe Jr.", "W. Noe III"],
        ),
        (
            "Zhang Wei，李四、王五 and Алексей Петров; محمد علي",
            &["Zhang Wei", "李四", "王五", "Алексей Петров", "محمد علي"],
        ),
        ("Doe, J.; Roe, R. M.", &["J. Doe", "R. M. Roe"]),
        ("J. Doe; R. Roe", &["J. Doe", "R. Roe"]),
        (
            "William (Bill) Doe, Ann Roe (Oxford), Al Poe (X) Jo Noe",
            &["William (Bill) Doe", "Ann Roe", "Al Poe", "Jo Noe"],
        ),
        (
            "J. Doe$^{1,2}$, R. Roe$^*$, P. Poe^{3} and N. Noe [4,5]",
            &["J. Doe", "R. Roe", "P. Poe", "N. Noe"],
        ),
        ("J. Doe*, R. Roe†, 3, *", &["J. Doe", "R. Roe"]),
        ("J. Doe, with an appendix by R. Roe", &["J. Doe", "R. Roe"]),
        ("J. Doe, PhD, R. Roe, M.D.", &["J. Doe", "R. Roe"]),
        ("Andrew Anderson, Brand Andrews", &["Andrew Anderson", "Brand Andrews"]),
        ("Madonna", &["Madonna"]),
        ("", &[]),
        (" , and ,", &[]),
    ] {
        assert_eq!(names(line), expected, "{line}");
    }
}

#[test]
fn collaborations_are_authors() {
    for (line, expected) in [
        ("P. Doe for the ATLAS Collaboration", &["P. Doe", "ATLAS Collaboration"][..]),
        ("P. Doe, for the ATLAS Collaboration", &["P. Doe", "ATLAS Collaboration"]),
        ("P. Doe (for the ATLAS Collaboration)", &["P. Doe"]),
        ("P. Doe and R. Roe, on behalf of the X team", &["P. Doe", "R. Roe", "X team"]),
        ("The BABAR Collaboration, B. Doe", &["BABAR Collaboration", "B. Doe"]),
        ("CDF Collaboration: T. Doe", &["CDF Collaboration", "T. Doe"]),
        (
            "A. Doe, and J. M. Roe, for the RBC and UKQCD\n  Collaborations",
            &["A. Doe", "J. M. Roe", "RBC and UKQCD Collaborations"],
        ),
        ("AURIGA Collaboration, Virgo Collaboration", &["AURIGA Collaboration", "Virgo Collaboration"]),
    ] {
        assert_eq!(names(line), expected, "{line}");
    }
    let part = |keyname, forenames| NameParts { keyname, forenames, suffix: "" };
    let list = AuthorList::from_parts([part("Doe", "P."), part("Collaboration", "for the ATLAS")]);
    assert_eq!(list.names, ["P. Doe", "ATLAS Collaboration"]);
    let list = AuthorList::from_parts([part("RBC", "for the"), part("Collaborations", "UKQCD")]);
    assert_eq!(list.names, ["RBC and UKQCD Collaborations"]);
}

#[test]
fn lists_that_go_on_say_so() {
    for line in [
        "T. Doe, et al",
        "T. Doe et al.",
        "T. Doe, et. al.",
        "T. Doe and others",
        "T. Doe, et al. (136 additional authors not shown)",
        "T. Doe and 136 additional authors not shown",
    ] {
        let list = AuthorList::parse(line);
        assert_eq!((&list.names[..], list.has_more), (&["T. Doe".to_owned()][..], true), "{line}");
    }
    let list = AuthorList::from_parts([NameParts { keyname: "al.", forenames: "H. O. Doe et", suffix: "" }]);
    assert_eq!((list.names, list.has_more), (vec!["H. O. Doe".to_owned()], true));
    assert!(!AuthorList::parse("T. Doe, Pret Al").has_more);
}

#[test]
fn ends_of_lines_are_enough_to_know() {
    for line in ["T. Doe, et al", "T. Doe et al.\n", "T. Doe, et al. (12 additional authors not shown)"] {
        assert!(AuthorList::goes_on(line), "{line}");
    }
    for line in ["", "T. Doe (et al. Institute)", "T. Doe and R. Roe (X)"] {
        assert!(!AuthorList::goes_on(line), "{line}");
    }
}

#[test]
fn names_in_parts_are_joined() {
    let list = AuthorList::from_parts([
        NameParts { keyname: "van der Doe", forenames: "Floris", suffix: "" },
        NameParts { keyname: "Roe", forenames: "T. W.", suffix: "Jr." },
        NameParts { keyname: "Madonna", ..NameParts::default() },
        NameParts { keyname: "P\\'ek", forenames: "C. -L.", suffix: "" },
        NameParts::default(),
    ]);
    assert_eq!(list.names, ["Floris van der Doe", "T. W. Roe Jr.", "Madonna", "C.-L. Pék"]);
}

#[test]
fn lists_are_limited() {
    let list = AuthorList::parse(&"A. Doe, ".repeat(MAX_AUTHORS + 5));
    assert_eq!((list.names.len(), list.has_more), (MAX_AUTHORS, true));
    let long = AuthorList::parse(&"x".repeat(50_000));
    assert_eq!(long.names[0].chars().count(), MAX_NAME_CHARS);
}

#[test]
fn pathological_lines_are_read_quickly() {
    for part in [
        "(", ")", "((1) ", "$", "$^", "^{", "{", " and", "[", ", Jr", ";", "for the ", " et al", "(a) b ",
        "\\'",
    ] {
        let line = part.repeat(400_000 / part.len());
        let began = std::time::Instant::now();
        let list = AuthorList::parse(&line);
        assert!(list.names.iter().all(|name| name.len() < 200_000), "{part}");
        let took = began.elapsed();
        assert!(took.as_secs() < 5, "{part}: {took:?}");
    }
}

proptest! {
    #[test]
    fn any_line_gives_clean_names(line in r"((for the |et al|and | |, |\(|\)|\$|\^|\{|\}|\[1\]|Jr\.|[A-Z]\.|[a-z]{1,6}|\\'e|;|\PC){0,40})") {
        let list = AuthorList::parse(&line);
        for name in &list.names {
            prop_assert!(name.chars().any(char::is_alphabetic));
            prop_assert!(!name.contains(char::is_control));
            prop_assert_eq!(name.trim(), name);
        }
    }

    #[test]
    fn plain_names_round_trip(names in proptest::collection::vec("[A-Z]\\. [A-Z][a-zé]{2,8}", 1..6), last_by_and in any::<bool>()) {
        prop_assume!(!names.iter().any(|name| name.ends_with(" And")));
        let mut line = names.join(", ");
        if last_by_and && let Some(at) = line.rfind(", ") {
            line.replace_range(at..=at, " and");
        }
        prop_assert_eq!(AuthorList::parse(&line).names, names);
    }
}
