//! What the site answers as arXiv does, read by the parsers of arXiv's formats.

use arxiv::{AnnounceKind, OaiErrorCode, PageError, Record, WithdrawalEvidence, atom, listing};

use super::*;

const ODD_TITLE: &str = r#"Why $1 < 2$ & "so on": on Poincaré's 龙 <b>not bold</b> maps, and what their titles become in several lines of a record"#;

/// Papers that have everything that a paper can have.
fn odd_papers() -> [Paper; 3] {
    let versions = (2..=11).map(|day| format!("2026-01-{day:02}T08:30:00Z"));
    let revised = versions.fold(Paper::new("2601.00042"), |paper, at| paper.revised(&at));
    let revised = revised
        .title(ODD_TITLE)
        .summary("We show that $x & y$ <are> one.")
        .authors(&["Ada B. Doe", "Björn Roe", "李四"])
        .categories("cs.CL stat.ML astro-ph.GA hep-th")
        .comments("9 pages & 2 figures")
        .journal_ref("J. Ex. <1> (2026)")
        .doi("10.1000/example.1");
    [
        revised,
        Paper::new("hep-th/9901001").categories("hep-th"),
        Paper::new("2601.00043").withdrawn("2026-01-04T00:00:00Z"),
    ]
}

fn check(record: &Record, paper: &Paper) {
    assert_eq!(record.warnings, [], "{}", paper.id);
    assert_eq!((record.id.as_str(), &record.title), (paper.id.as_str(), &paper.title));
    assert_eq!(record.r#abstract.as_ref(), Some(&paper.summary));
    assert_eq!((&record.authors, &record.categories), (&paper.authors, &paper.categories));
    assert_eq!((&record.comments, &record.journal_ref), (&paper.comments, &paper.journal_ref));
    assert_eq!(record.withdrawal.is_some(), paper.versions.last().unwrap().is_withdrawal);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_have_all_of_a_paper_in_both_formats() {
    let site = PapersSite::start();
    site.add(odd_papers());
    for format in ["arXiv", "arXivRaw"] {
        let path = format!("/oai?verb=ListRecords&metadataPrefix={format}");
        let page = records(&site, &path).await.unwrap();
        assert_eq!(ids(&page), ["hep-th/9901001", "2601.00043", "2601.00042"], "{format}");
        assert_eq!((page.token, page.responded_at.to_string()), (None, "2026-01-07 12:00:00 UTC".to_owned()));
        for paper in odd_papers() {
            let entry = page.entries.iter().flatten().find(|entry| entry.id.as_str() == paper.id).unwrap();
            let record = entry.record.as_ref().unwrap();
            check(record, &paper);
            assert_eq!(record.doi, paper.doi);
            assert_eq!(record.submitted_on, Some(paper.versions[0].submitted_at.date_naive()));
            assert_eq!(record.updated_on, Some(entry.changed_on));
            if format == "arXivRaw" {
                assert_eq!(record.versions.len(), paper.versions.len());
            }
        }
        let odd = page.entries.iter().flatten().find(|entry| entry.id.as_str() == "2601.00042").unwrap();
        assert_eq!(odd.sets, ["cs:cs:CL", "stat:stat:ML", "physics:astro-ph:GA", "physics:hep-th"]);
        let withdrawn =
            page.entries.iter().flatten().find(|entry| entry.id.as_str() == "2601.00043").unwrap();
        let evidence = withdrawn.record.as_ref().unwrap().withdrawal.unwrap().evidence;
        assert_eq!(evidence == WithdrawalEvidence::Source, format == "arXivRaw");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_whole_in_pages_of_any_size() {
    let site = PapersSite::start();
    site.add((1..=13).map(Paper::numbered));
    let (all, _) = harvest(&site, LIST).await;
    assert_eq!(
        (all.len(), &all[..3]),
        (13, &["2601.00005".to_owned(), "2601.00010".into(), "2601.00001".into()][..])
    );
    for size in 1..=14 {
        site.set_page_size(size);
        let (paged, cursors) = harvest(&site, LIST).await;
        assert_eq!(paged, all, "pages of {size}");
        let expected: Vec<_> =
            (0..12_u64).step_by(size).map(Some).take(13_usize.div_ceil(size) - 1).collect();
        assert_eq!(cursors, expected, "pages of {size}");
        let bounded = format!("{LIST}&from=2026-01-02&until=2026-01-04&set=cs");
        assert_eq!(harvest(&site, &bounded).await.0, all[2..11], "pages of {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_that_change_meanwhile_come_once_more_and_hide_none() {
    let site = PapersSite::start();
    site.add((1..=13).map(Paper::numbered));
    site.set_page_size(3);
    let first = records(&site, LIST).await.unwrap();
    site.change("2601.00005", |paper| paper.changed("2026-01-06"));
    site.change("2601.00013", |paper| paper.revised("2026-01-07T00:00:00Z"));
    let mut seen = ids(&first);
    let (rest, _) = harvest(&site, &following(&first.token.unwrap())).await;
    assert_eq!(rest[rest.len() - 2..], ["2601.00005".to_owned(), "2601.00013".to_owned()]);
    seen.extend(rest);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_of_days_and_sets() {
    let site = PapersSite::start();
    site.add([
        Paper::new("2601.00001").categories("cs.CL").submitted("2026-01-01T00:00:00Z"),
        Paper::new("2601.00002").categories("hep-th cs.CLX").submitted("2026-01-02T23:59:59Z"),
        Paper::new("2601.00003")
            .categories("math.AG cs.LG")
            .submitted("2026-01-03T00:00:00Z")
            .changed("2026-01-05"),
        Paper::new("2601.00004").categories("cs.CL").unknown_to_arxiv(),
    ]);
    for (query, found) in [
        ("", &["2601.00001", "2601.00002", "2601.00003"][..]),
        ("&from=2026-01-02", &["2601.00002", "2601.00003"]),
        ("&until=2026-01-02", &["2601.00001", "2601.00002"]),
        ("&from=2026-01-03&until=2026-01-04", &[]),
        ("&set=cs", &["2601.00001", "2601.00002", "2601.00003"]),
        ("&set=cs:cs", &["2601.00001", "2601.00002", "2601.00003"]),
        ("&set=cs:cs:CL", &["2601.00001"]),
        ("&set=physics", &["2601.00002"]),
        ("&set=physics:hep-th", &["2601.00002"]),
        ("&set=math:math:AG&from=2026-01-05", &["2601.00003"]),
        ("&set=moo", &[]),
    ] {
        match records(&site, &format!("{LIST}{query}")).await {
            Ok(page) => assert_eq!(ids(&page), found, "{query}"),
            Err(PageError::Oai { code, .. }) => {
                assert_eq!((code, found), (OaiErrorCode::NoRecordsMatch, &[][..]), "{query}");
            }
            Err(error) => panic!("{query}: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_of_oai_have_their_codes() {
    let site = site();
    site.set_page_size(2);
    let code = async |path: &str| match records(&site, path).await {
        Err(PageError::Oai { code, .. }) => code.to_string(),
        other => panic!("{path}: {other:?}"),
    };
    for (path, expected) in [
        ("/oai", "badVerb"),
        ("/oai?verb=Wah", "badVerb"),
        ("/oai?verb=ListRecords", "badArgument"),
        ("/oai?verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("/oai?verb=ListRecords&metadataPrefix=arXiv&from=soon", "badArgument"),
        ("/oai?verb=ListRecords&metadataPrefix=arXiv&from=2026-01-02&until=2026-01-01", "badArgument"),
        ("/oai?verb=ListRecords&metadataPrefix=arXiv&metadataPrefix=arXiv", "badArgument"),
        ("/oai?verb=ListRecords&metadataPrefix=arXiv&identifier=x", "badArgument"),
        ("/oai?verb=ListRecords&metadataPrefix=arXiv&resumptionToken=x", "badArgument"),
        ("/oai?verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("/oai?verb=ListRecords&resumptionToken=", "badResumptionToken"),
    ] {
        assert_eq!(code(path).await, expected, "{path}");
    }
    let token = records(&site, LIST).await.unwrap().token.unwrap();
    assert_eq!(token.expires_at.unwrap().to_string(), "2026-01-08 00:00:00 UTC");
    site.set_now("2026-01-07T23:59:59Z");
    assert_eq!(records(&site, &following(&token)).await.unwrap().entries.len(), 2);
    site.set_now("2026-01-08T00:00:00Z");
    assert_eq!(code(&following(&token)).await, "badResumptionToken");
    let identity = get(&site, "/oai?verb=Identify").await.text().await.unwrap();
    assert!(identity.contains("<granularity>YYYY-MM-DD</granularity>"), "{identity}");
    site.leave_out_totals();
    let token = records(&site, LIST).await.unwrap().token.unwrap();
    assert_eq!((token.complete_list_size, token.cursor), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_find_papers_and_their_versions() {
    let site = site();
    site.add(odd_papers());
    site.change("2601.00004", Paper::unknown_to_arxiv);
    let query = async |query: &str| atom::parse(&octets(&site, &format!("/api/query?{query}")).await);
    let asked =
        "id_list=2601.00042,2601.00042v2,2601.00001v2,hep-th/9901001,2601.99999,2601.00004,2601.00043";
    let page = query(asked).await.unwrap();
    let records: Vec<Record> = page.entries.into_iter().map(Result::unwrap).collect();
    let versions: Vec<_> =
        records.iter().map(|record| (record.id.as_str(), record.version.unwrap())).collect();
    let expected = [("2601.00042", 11), ("2601.00042", 2), ("hep-th/9901001", 1), ("2601.00043", 2)];
    assert_eq!((versions, page.total, page.per_page), (expected.to_vec(), 4, 10));
    for (index, paper) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
        let paper = &odd_papers()[paper];
        check(&records[index], paper);
        assert_eq!(records[index].doi, paper.doi);
    }
    assert_eq!(records[1].updated_on.unwrap().to_string(), "2026-01-02");
    let page = query(&format!("{asked}&start=1&max_results=2")).await.unwrap();
    assert_eq!((page.entries.len(), page.total, page.start, page.per_page), (2, 4, 1, 2));
    assert_eq!(query("id_list=2601.99999").await.unwrap().entries, []);
    for (wrong, code) in [
        ("id_list=2601.00001,abc", "incorrect_id_format_for_abc"),
        ("id_list=2601.00001v0", "incorrect_id_format_for_2601.00001v0"),
        ("id_list=2601.1", "incorrect_id_format_for_2601.1"),
        ("id_list=2601.00001&max_results=x", "max_results_must_be_an_integer"),
        ("id_list=2601.00001&max_results=30001", "max_results_too_large"),
    ] {
        assert!(
            matches!(query(wrong).await, Err(PageError::Reported { code: found, .. }) if found == code),
            "{wrong}"
        );
        assert_eq!(get(&site, &format!("/api/query?{wrong}")).await.status(), 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_have_their_sections_on_pages_of_any_size() {
    let site = site();
    site.add(odd_papers());
    let announcement =
        Announcement::on("2026-11-27").new_papers(&["2601.00042", "hep-th/9901001", "2601.00001"]);
    site.announce("cs.LG", announcement.cross(&["2601.00002"]).replaced(&["2601.00003", "2601.00043"]));
    let page = async |path: &str| listing::parse(&octets(&site, path).await);
    let whole = page("/list/cs.LG/new").await.unwrap();
    assert!(whole.is_complete());
    assert_eq!((whole.announced_on.to_string().as_str(), whole.total), ("2026-11-27", 6));
    let shape: Vec<_> = whole.sections.iter().map(|section| (section.kind, section.entries.len())).collect();
    assert_eq!(shape, [(AnnounceKind::New, 3), (AnnounceKind::Cross, 1), (AnnounceKind::Replace, 2)]);
    let records: Vec<&Record> = whole.entries().flatten().collect();
    check(records[0], &odd_papers()[0]);
    check(records[1], &odd_papers()[1]);
    assert!(records[5].withdrawal.is_some() && records[5].r#abstract.is_none());
    for show in 1..=6 {
        let mut found = Vec::new();
        for skip in (0..6).step_by(show) {
            let part = page(&format!("/list/cs.LG/new?skip={skip}&show={show}")).await.unwrap();
            assert_eq!(part.is_complete(), show == 6);
            found.extend(part.entries().flatten().map(|record| record.id.clone()));
        }
        assert!(found.iter().eq(records.iter().map(|record| &record.id)), "{show}: {found:?}");
    }
    site.announce("cs.LG", Announcement::on("2026-11-28"));
    assert_eq!(page("/list/cs.LG/new").await.unwrap().total, 0);
    site.announce("cs.LG", Announcement::on("2026-11-28").new_papers(&["2601.00001"]).with_wrong_counts());
    assert!(matches!(page("/list/cs.LG/new").await, Err(PageError::Count { stated: 2, found: 1, .. })));
    assert_eq!(get(&site, "/list/cs.XX/new").await.status(), 404);
}
