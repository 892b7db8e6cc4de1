//! Tests of the snapshot.

use std::io::{BufReader, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

const LINES: &str = include_str!("../../tests/data/snapshot.jsonl");

fn records(input: &[u8]) -> Vec<Line> {
    Records::new(LineReader::new(input)).collect::<io::Result<_>>().unwrap()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).unwrap()
}

fn unpacked(octets: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    io::Read::read_to_end(&mut decompress(octets)?, &mut text)?;
    Ok(text)
}

#[test]
fn lines_are_read() {
    let lines = records(LINES.as_bytes());
    assert_eq!(lines.len(), 3);
    let first = lines[0].record.as_ref().unwrap();
    assert_eq!((first.id.as_str(), first.version), ("0704.0001", Some(2)));
    assert_eq!(first.title, "Calculation of examples at several energies");
    assert_eq!(first.authors, ["C. Poé", "E. L. Doe", "C.-P. Roe", "Example Collaboration"]);
    assert!(first.has_more_authors);
    assert_eq!(first.categories, ["hep-ph", "hep-ex"]);
    assert_eq!(first.r#abstract.as_deref(), Some(r"A calculation of $\alpha$ is presented."));
    assert_eq!((first.license.as_ref(), first.doi.as_deref()), (None, Some("10.1000/example.1")));
    assert_eq!(first.submitted_on.unwrap().to_string(), "2007-04-02");
    assert_eq!(first.updated_on.unwrap().to_string(), "2007-07-24");
    let second = lines[1].record.as_ref().unwrap();
    assert_eq!(second.authors, ["A. Doe", "B. Roe"]);
    assert!(second.withdrawal.is_some());
    assert_eq!(second.updated_on.unwrap().to_string(), "2008-12-13");
    assert_eq!(lines[2].record.as_ref().unwrap_err().to_string(), "x: \"x\" is not an arXiv identifier");
}

#[test]
fn places_lead_back_to_their_lines() {
    let lines = records(LINES.as_bytes());
    for (before, line) in lines.iter().zip(&lines[1..]) {
        assert!(before.next_offset <= line.offset, "a blank line stands between them");
        let place = (line.number, line.offset, &line.record);
        let mut reader = LineReader::new(LINES.as_bytes());
        reader.skip_to(before.number, before.next_offset).unwrap();
        let skipped = Records::new(reader).next().unwrap().unwrap();
        assert_eq!((skipped.number, skipped.offset, &skipped.record), place);
        let rest = &LINES.as_bytes()[usize::try_from(before.next_offset).unwrap()..];
        let reader = LineReader::at(rest, before.number, before.next_offset);
        let sought = Records::new(reader).next().unwrap().unwrap();
        assert_eq!((sought.number, sought.offset, &sought.record), place);
    }
    let end = LineReader::new(LINES.as_bytes()).skip_to(9, 1 << 40).unwrap_err();
    assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_long_line_is_passed_over() {
    let input =
        format!("{}\r\n\n{}\n{}", "x".repeat(500), r#"{"id":"0704.0002","title":"T"}"#, "y".repeat(101));
    let lines = LineReader::new(BufReader::with_capacity(7, input.as_bytes())).with_max_line_bytes(100);
    let lines: Vec<Line> = Records::new(lines).map(Result::unwrap).collect();
    let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [1, 3, 4]);
    assert_eq!(lines[0].record.as_ref().unwrap_err().reason, "the line is too long");
    assert_eq!(lines[1].record.as_ref().unwrap().id.as_str(), "0704.0002");
    assert_eq!(lines[2].next_offset, input.len() as u64);
}

#[test]
fn other_lines_have_a_reason() {
    for line in [
        "{",
        "[]",
        "null",
        "\u{FEFF}{}",
        r#"{"title":"T"}"#,
        r#"{"id":704.0001,"title":"T"}"#,
        r#"{"id":"0704.0001"}"#,
        r#"{"id":"0704.0001","title":null}"#,
        r#"{"id":"0704.0001","id":"0704.0002","title":"T"}"#,
        r#"{"id":"0704.0001","title":"\ud800"}"#,
        &format!(r#"{{"id":"0704.0001","title":"T","x":{}"#, "[".repeat(100_000)),
    ] {
        assert!(parse(line.as_bytes()).is_err(), "{line}");
    }
    assert!(parse(b"{\"id\":\"0704.0001\",\"title\":\"\xFF\"}").is_err());
    let odd = r#" {"id":"0704.0001v3","title":"T","authors_parsed":[[],["","",""],["Doe"]],"versions":[{"version":"3","created":""}],"x":{"y":[1]}} "#;
    let record = parse(odd.as_bytes()).unwrap();
    assert_eq!((record.version, record.authors.len(), record.warnings.len()), (Some(3), 1, 1));
}

#[test]
fn compressed_input_is_recognized() {
    let text = LINES.as_bytes();
    let twice = [text, text].concat();
    assert_eq!(unpacked(text).unwrap(), text);
    assert_eq!(unpacked(&[gzip(text), gzip(text)].concat()).unwrap(), twice);
    assert_eq!(unpacked(&[zstd(text), zstd(text)].concat()).unwrap(), twice);
    assert_eq!(unpacked(b"").unwrap(), b"");
    for packed in [gzip(text), zstd(text)] {
        for cut in [5, packed.len() / 2, packed.len() - 1] {
            assert!(unpacked(&packed[..cut]).is_err(), "{cut}");
        }
        let mut damaged = packed.clone();
        for octet in &mut damaged[8..] {
            *octet = !*octet;
        }
        assert!(unpacked(&damaged).is_err());
    }
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0; 32 * 1024 * 1024];
    for packed in [gzip(&zeros), zstd(&zeros)] {
        let error = io::copy(&mut decompress(&packed[..]).unwrap(), &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let lines: Vec<_> = Records::new(LineReader::new(decompress(&packed[..]).unwrap())).collect();
        assert!(matches!(lines[..], [Err(_)]), "an error is the end");
    }
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(LINES.as_bytes()).unwrap();
    let wide = encoder.finish().unwrap();
    assert!(unpacked(&wide).is_err(), "a window of 128 MiB");
}

proptest! {
    #[test]
    fn any_line_is_read_without_a_panic(line in r#"\{?("(id|title|authors|versions)":("0704.0001"|"\PC{0,9}"|null|\[|\{|1),?){0,6}\}?"#) {
        let _ = parse(line.as_bytes());
    }

    #[test]
    fn any_octets_are_lines(octets in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300), size in 1..40_usize) {
        let mut reader = LineReader::new(BufReader::with_capacity(size, &octets[..])).with_max_line_bytes(20);
        let (mut end, mut count) = (0, 0);
        while let Some(line) = reader.next_line().unwrap() {
            count += 1;
            prop_assert_eq!((line.number, line.offset), (count, end));
            let bytes = usize::try_from(line.offset).unwrap()..usize::try_from(line.next_offset).unwrap();
            let whole = octets[bytes].strip_suffix(b"\n").unwrap_or(&octets[usize::try_from(line.offset).unwrap()..]);
            match line.content {
                LineContent::Text(text) => prop_assert!(whole.len() <= 20 && text.len() <= whole.len()),
                LineContent::TooLong => prop_assert!(whole.len() > 20),
            }
            end = line.next_offset;
        }
        prop_assert_eq!(end, octets.len() as u64);
    }

    #[test]
    fn written_lines_are_read_again(title in "[^\\p{C}\\p{Z}]{1,20}", names in proptest::collection::vec("[A-Z][a-zé]{2,9}", 1..5)) {
        prop_assume!(!plain_text::is_blank(&title));
        let parts: Vec<[&str; 3]> = names.iter().map(|name| [name.as_str(), "X.", ""]).collect();
        let line = serde_json::json!({ "id": "hep-th/9901001", "title": title, "authors_parsed": parts, "comments": null });
        let record = parse(line.to_string().as_bytes()).unwrap();
        prop_assert_eq!(record.title, plain_text::one_line(&title));
        let expected: Vec<String> = names.iter().map(|name| format!("X. {name}")).collect();
        prop_assert_eq!(record.authors, expected);
    }
}
