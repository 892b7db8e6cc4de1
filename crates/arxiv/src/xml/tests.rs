//! Tests of the reader of XML.

use super::*;

fn tree(text: &str) -> Result<Element, PageError> {
    let (mut document, root) = Document::open(text)?;
    let tree = document.read(root)?.map_err(PageError::from)?;
    document.finish()?;
    Ok(tree)
}

#[test]
fn text_is_read_with_its_entities() {
    let root = tree(
        "<?xml version='1.0'?><!-- x --><a:r x='1 &lt; 2'>1 &amp; 2&#x41;&#0;&nbsp;& <![CDATA[<b>]]><c/></a:r>",
    );
    let root = root.unwrap();
    assert_eq!(root.name(), "r");
    assert_eq!(root.text(), "1 & 2A\u{FFFD}&nbsp;& <b>");
    assert_eq!(root.attribute("x"), Some("1 < 2"));
    assert!(root.child("c").is_some() && root.child("r").is_none());
}

#[test]
fn broken_documents_are_refused() {
    for (text, error) in [
        ("<a><b>", PageError::CutOff),
        ("<a><b", PageError::CutOff),
        ("<a><!-- ", PageError::CutOff),
        ("<?xml version='1.0'", PageError::CutOff),
        (" ", PageError::CutOff),
    ] {
        assert_eq!(tree(text).unwrap_err(), error, "{text}");
    }
    for text in ["<a></b>", "<a/><b/>", "</a>", "<!DOCTYPE a SYSTEM 'x'><a/>", "<a b=c/>", "<a></a></a>"] {
        let error = tree(text).unwrap_err();
        assert!(matches!(error, PageError::Malformed(_)), "{text}: {error:?}");
    }
}

#[test]
fn limits_hold() {
    let nested = "<a>".repeat(1_000_000);
    assert_eq!(tree(&nested).unwrap_err(), PageError::Limit("32 elements within each other"));
    let (mut document, _) = Document::open("<a><b><c/></b></a>").unwrap();
    document.child().unwrap();
    document.skip().unwrap();
    assert!(document.child().unwrap().is_none());
    let nested = format!("<r><s>{}", "<a>".repeat(1_000));
    let (mut document, _) = Document::open(&nested).unwrap();
    document.child().unwrap();
    assert_eq!(document.skip(), Err(PageError::Limit("32 elements within each other")));
    let (mut document, _) = Document::open("<a><b/><b/></a>").unwrap();
    document.elements = MAX_DOCUMENT_ELEMENTS - 1;
    assert!(document.child().is_ok() && document.skip().is_ok());
    assert_eq!(document.child().unwrap_err(), PageError::Limit("5,000,000 elements"));
    let wide = format!("<a {}/>", "b='' ".repeat(100_000));
    assert_eq!(tree(&wide).unwrap_err(), PageError::Limit("32 attributes of an element"));
    let many = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1));
    assert_eq!(tree(&many).unwrap_err(), PageError::Limit("60,000 elements"));
    let long = format!("<a><b>{}</b></a>", "x".repeat(MAX_TEXT_BYTES + 1));
    assert_eq!(tree(&long).unwrap_err(), PageError::Limit("2 MiB of text"));
}

#[test]
fn an_excessive_element_does_not_end_the_document() {
    let text =
        format!("<r><a><h><identifier>7</identifier></h>{}</a><b>2</b></r>", "<x/>".repeat(MAX_ELEMENTS + 1));
    let (mut document, _) = Document::open(&text).unwrap();
    let first = document.child().unwrap().unwrap();
    let excess = RecordError::from(document.read(first).unwrap().unwrap_err());
    assert_eq!(excess.to_string(), "7: it has more than 60,000 elements");
    let second = document.child().unwrap().unwrap();
    assert_eq!(document.read(second).unwrap().unwrap().text(), "2");
    assert!(document.child().unwrap().is_none());
    document.finish().unwrap();
}
