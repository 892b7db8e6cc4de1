//! Tests of responses of OAI-PMH.

use proptest::prelude::*;

use super::*;
use crate::record::WithdrawalEvidence;

const PAGE: &str = include_str!("../../tests/data/list_records_raw.xml");

fn refused(page: &str) -> PageError {
    parse(page.as_bytes()).expect_err("the page is not sound")
}

fn response(content: &str) -> String {
    format!(
        "<OAI-PMH xmlns='x'><responseDate>2026-11-27T03:04:05Z</responseDate><request/>{content}</OAI-PMH>"
    )
}

#[test]
fn raw_records_are_read() {
    let page = parse(PAGE.as_bytes()).unwrap();
    assert_eq!(page.responded_at.to_rfc3339(), "2026-11-27T03:04:05+00:00");
    let token = page.token.unwrap();
    assert_eq!(token.value, "verb=ListRecords&skip=4");
    assert_eq!(token.expires_at.unwrap().to_rfc3339(), "2026-11-28T00:00:00+00:00");
    assert_eq!((token.complete_list_size, token.cursor), (Some(4321), Some(0)));
    let first = page.entries[0].as_ref().unwrap();
    assert_eq!(
        (first.changed_on.to_string().as_str(), &first.sets[..]),
        ("2026-11-26", &["cs:cs:CL".to_owned(), "math".to_owned()][..])
    );
    let record = first.record.as_ref().unwrap();
    assert_eq!(record.title, "Deep Examples of Others");
    assert_eq!(record.authors, ["A. B. Doe", "C. Roe", "D. Poé", "Example Collaboration"]);
    assert_eq!(record.categories, ["cs.CL", "math.OC"]);
    assert_eq!(record.doi.as_deref(), Some("10.1000/example.1"));
    assert_eq!(record.license.as_deref(), Some("http://arxiv.org/licenses/nonexclusive-distrib/1.0/"));
    let numbers: Vec<u32> = record.versions.iter().map(|version| version.number).collect();
    assert_eq!((numbers, record.version), (vec![1, 2, 10], Some(10)));
    assert_eq!(record.submitted_on.unwrap().to_string(), "2026-02-03");
    assert_eq!(record.updated_on.unwrap().to_string(), "2026-11-26");
    assert_eq!(record.withdrawal, None, "the version that withdrew it is not the latest");
}

#[test]
fn deleted_and_withdrawn_records_are_told_apart() {
    let page = parse(PAGE.as_bytes()).unwrap();
    let deleted = page.entries[1].as_ref().unwrap();
    assert_eq!((deleted.id.as_str(), &deleted.record), ("2602.00002", &None));
    let withdrawn = page.entries[2].as_ref().unwrap().record.as_ref().unwrap();
    let withdrawal = withdrawn.withdrawal.unwrap();
    assert_eq!(withdrawal.evidence, WithdrawalEvidence::Source);
    assert_eq!(withdrawal.since.unwrap().to_string(), "1999-01-02");
    assert!(withdrawn.has_more_authors);
    assert_eq!(withdrawn.warnings.len(), 1);
    let error = page.entries[3].as_ref().unwrap_err();
    assert_eq!(
        error.to_string(),
        "oai:arXiv.org:2602.00004: the header and the metadata have different identifiers"
    );
}

#[test]
fn names_in_parts_are_read() {
    let page = response(
        "<GetRecord><record><header><identifier>oai:arXiv.org:0704.4001</identifier><datestamp>2008-01-28</datestamp></header>\
         <metadata><arXiv xmlns='http://arxiv.org/OAI/arXiv/'><id>0704.4001</id><created>2007-04-30</created>\
         <updated>2008-01-28</updated><authors><author><keyname>Doe</keyname><forenames>Curtis G</forenames><suffix>Jr</suffix>\
         <affiliation>Nowhere</affiliation></author><author><keyname>Collaboration</keyname><forenames>for the X</forenames>\
         </author></authors><title>T</title><categories>hep-th math.AT</categories><comments>Withdrawn</comments></arXiv>\
         </metadata></record></GetRecord>",
    );
    let page = parse(page.as_bytes()).unwrap();
    assert_eq!(page.token, None);
    let record = page.entries[0].as_ref().unwrap().record.as_ref().unwrap();
    assert_eq!(record.authors, ["Curtis G Doe Jr", "X Collaboration"]);
    assert_eq!(record.submitted_on.unwrap().to_string(), "2007-04-30");
    let withdrawal = record.withdrawal.unwrap();
    assert_eq!((withdrawal.evidence, withdrawal.since), (WithdrawalEvidence::Comments, record.updated_on));
}

#[test]
fn errors_have_their_codes() {
    for code in [
        OaiErrorCode::BadArgument,
        OaiErrorCode::BadResumptionToken,
        OaiErrorCode::BadVerb,
        OaiErrorCode::CannotDisseminateFormat,
        OaiErrorCode::IdDoesNotExist,
        OaiErrorCode::NoRecordsMatch,
        OaiErrorCode::NoMetadataFormats,
        OaiErrorCode::NoSetHierarchy,
        OaiErrorCode::Other("teapot".to_owned()),
    ] {
        let page = response(&format!("<error code='{code}'>Because.</error>"));
        assert_eq!(refused(&page), PageError::Oai { code, message: "Because.".to_owned() });
    }
}

#[test]
fn other_responses_are_refused() {
    assert_eq!(refused(""), PageError::Empty);
    assert_eq!(refused("<html><title>Down</title></html>"), PageError::Html { title: "Down".to_owned() });
    assert!(matches!(
        refused("<html><h1>Retry after 10 seconds</h1>"),
        PageError::Unavailable { retry_after: Some(_) }
    ));
    for page in [
        response(""),
        response("<ListRecords></ListRecords>"),
        "<feed/>".to_owned(),
        PAGE.replace("2026-11-27T03:04:05Z", "today"),
        PAGE.replace("<record>", "<item>").replace("</record>", "</item>"),
    ] {
        assert!(matches!(refused(&page), PageError::Unexpected(_)), "{page}");
    }
    let last = PAGE.replace("verb=ListRecords&amp;skip=4", " ");
    assert_eq!(parse(last.as_bytes()).unwrap().token, None);
    let unknown = PAGE.replace("arXivRaw", "oai_dc");
    assert!(parse(unknown.as_bytes()).unwrap().entries[0].is_err());
}

#[test]
fn a_page_that_is_cut_anywhere_is_refused() {
    for cut in 0..PAGE.trim_end().len() {
        let error = parse(&PAGE.as_bytes()[..cut]).unwrap_err();
        assert!(matches!(error, PageError::CutOff | PageError::Empty), "{cut}: {error}");
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_without_a_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&octets);
    }

    #[test]
    fn written_records_are_read_again(
        title in "[A-Za-z<&'\"$é]{1,9}( [a-z>&;]{1,9}){0,3}",
        numbers in proptest::collection::btree_set(1_u32..40, 1..6),
        is_reversed in any::<bool>(),
    ) {
        let mut order: Vec<&u32> = numbers.iter().collect();
        if is_reversed {
            order.reverse();
        }
        let version = |number: &&u32| {
            format!("<version version='v{number}'><date>Fri, 1 Jan 1999 10:00:{number:02} GMT</date></version>")
        };
        let versions = order.iter().map(version).collect::<Vec<_>>().concat();
        let page = response(&format!(
            "<ListRecords><record><header><identifier>oai:arXiv.org:hep-th/9901001</identifier><datestamp>1999-01-01</datestamp>\
             </header><metadata><arXivRaw>{versions}<title>{}</title></arXivRaw></metadata></record></ListRecords>",
            quick_xml::escape::escape(&title),
        ));
        let page = parse(page.as_bytes()).unwrap();
        let record = page.entries[0].as_ref().unwrap().record.as_ref().unwrap();
        prop_assert_eq!(&record.title, &title);
        prop_assert!(record.versions.iter().map(|version| version.number).eq(numbers.iter().copied()));
        prop_assert_eq!(record.submitted_on.is_some(), numbers.contains(&1));
    }

    #[test]
    fn damaged_pages_are_read_without_a_panic(at in 0..PAGE.len(), octets in proptest::collection::vec(any::<u8>(), 0..12)) {
        let mut page = PAGE.as_bytes().to_vec();
        let end = (at + octets.len()).min(page.len());
        page.splice(at..end, octets);
        let _ = parse(&page);
    }
}
