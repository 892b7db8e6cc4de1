//! Checks of the parts of a message: people and programs can read them,
//! and that the HTML neither runs nor loads anything.

/// The maximum size of the HTML part: Gmail cuts it at about 102 kB.
const MAX_HTML_BYTES: usize = 80_000;

/// One alternative of text and HTML, each in quoted-printable UTF-8. RFC 2045 section 6.7, RFC 2046 section 5.1.
pub(super) fn check(kind: &str, body: &str, faults: &mut Vec<String>) {
    if !kind.to_ascii_lowercase().starts_with("multipart/alternative") {
        return faults.push("content-type is not multipart/alternative".to_owned());
    }
    let boundary = kind.split("boundary=").nth(1).unwrap_or_default();
    let boundary = boundary.split(';').next().unwrap_or_default().trim().trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return faults.push("the boundary has 1 to 70 characters (RFC 2046 section 5.1.1)".to_owned());
    }
    let mark = format!("--{boundary}");
    if !body.contains(&format!("{mark}--")) {
        faults.push("the last boundary is missing".to_owned());
    }
    let mut found = Vec::new();
    for part in body.split(&mark).skip(1).filter(|part| !part.starts_with("--")) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            faults.push("a part without headers".to_owned());
            continue;
        };
        let head = head.to_ascii_lowercase();
        if !head.contains("charset=utf-8") {
            faults.push("a part that is not in UTF-8".to_owned());
        }
        if !head.contains("content-transfer-encoding: quoted-printable") {
            faults.push("a part that is not in quoted-printable".to_owned());
        }
        for line in content.split("\r\n").filter(|line| line.len() > 76) {
            faults.push(format!("a line of {} octets in quoted-printable, of 76", line.len()));
        }
        match unquoted(content) {
            Some(text) if head.contains("text/plain") => found.push(("text", text)),
            Some(text) if head.contains("text/html") => found.push(("html", text)),
            Some(_) => faults.push("a part that is neither text nor HTML".to_owned()),
            None => {
                faults.push("a part that is not valid quoted-printable (RFC 2045 section 6.7)".to_owned());
            }
        }
    }
    match &found[..] {
        [("text", text), ("html", html)] => {
            plain(text, faults);
            markup(html, faults);
        }
        _ => faults.push("the parts are not text and then HTML".to_owned()),
    }
}

/// The decoded text of quoted-printable.
fn unquoted(content: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(content.len());
    let mut rest = content.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            octets.push(byte);
            continue;
        }
        let pair = [rest.next()?, rest.next()?];
        if &pair != b"\r\n" {
            octets.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        }
    }
    String::from_utf8(octets).ok()
}

/// Whether a text has invisible characters, except isolates around right-to-left words: FSI and PDI, both
/// on one line, and not one within another.
fn has_unseen(text: &str) -> bool {
    let is_unseen = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}' | '\u{2067}' | '\u{FEFF}')
    };
    let is_open = |line: &str| {
        let mut marks = line.chars().filter(|c| matches!(c, '\u{2068}' | '\u{2069}'));
        std::iter::from_fn(|| Some((marks.next()?, marks.next())))
            .any(|pair| pair != ('\u{2068}', Some('\u{2069}')))
    };
    text.contains(is_unseen) || text.lines().any(is_open)
}

fn plain(text: &str, faults: &mut Vec<String>) {
    if text.trim().len() < 40 {
        faults.push("the text part is too short".to_owned());
    }
    let lower = text.to_ascii_lowercase();
    if ["<html", "<body", "<table", "<p>", "<br", "&nbsp;", "&amp;"].iter().any(|tag| lower.contains(tag)) {
        faults.push("the text part is HTML".to_owned());
    }
    if has_unseen(text) {
        faults.push("the text part has invisible characters".to_owned());
    }
    for line in text.split("\r\n").filter(|line| line.chars().count() > 78) {
        // A URL cannot be broken.
        if !line.split(' ').any(|word| word.starts_with("http") || word.chars().count() > 70) {
            faults.push(format!("the text part has a line of {} characters", line.chars().count()));
        }
    }
}

fn markup(html: &str, faults: &mut Vec<String>) {
    if html.len() > MAX_HTML_BYTES {
        faults.push(format!("{} octets of HTML, of {MAX_HTML_BYTES}", html.len()));
    }
    if has_unseen(html) {
        faults.push("the HTML part has invisible characters".to_owned());
    }
    let lower = html.to_ascii_lowercase();
    for (wanted, what) in [
        ("<!doctype html>", "a document type"),
        ("<html lang=", "a language"),
        ("<title>", "a title"),
        ("<meta charset=", "a character set"),
        ("name=\"viewport\"", "a viewport"),
        ("name=\"color-scheme\"", "a color scheme"),
        ("prefers-color-scheme: dark", "a dark mode"),
        ("<h1", "a heading"),
    ] {
        if !lower.contains(wanted) {
            faults.push(format!("the HTML part lacks {what}"));
        }
    }
    for (bad, what) in [
        ("<script", "a script"),
        ("<iframe", "a frame"),
        ("<form", "a form"),
        ("<object", "an object"),
        ("<link", "a style sheet from elsewhere"),
        ("@import", "a style sheet from elsewhere"),
        ("url(", "something from elsewhere"),
        ("<img", "a picture, which may count who looks"),
        ("<video", "a film"),
    ] {
        if lower.contains(bad) {
            faults.push(format!("the HTML part has {what}"));
        }
    }
    let tags = lower.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    for tag in tags {
        let is_handler =
            tag.split_whitespace().skip(1).any(|word| word.starts_with("on") && word.contains('='));
        if is_handler || tag.contains("javascript:") {
            faults.push("a tag that runs a script".to_owned());
        }
    }
    for table in lower.split("<table").skip(1) {
        if !table.split('>').next().unwrap_or_default().contains("role=\"presentation\"") {
            faults.push("a layout table without role=presentation".to_owned());
        }
    }
    for link in lower.split(" href=\"").skip(1) {
        let target = link.split('"').next().unwrap_or_default();
        if !["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
            faults.push(format!("a link to {target:?}"));
        }
    }
    sizes_and_colors(&lower, faults);
}

/// Text of 14 pixels and more, which stands out against what is behind it. WCAG 2.1, 1.4.3: 4.5 to 1.
fn sizes_and_colors(html: &str, faults: &mut Vec<String>) {
    for size in html.split("font-size:").skip(1) {
        let pixels: String = size.trim_start().chars().take_while(char::is_ascii_digit).collect();
        // A line between rows is a cell without text.
        if pixels.parse::<u32>().is_ok_and(|pixels| (1..14).contains(&pixels)) {
            faults.push(format!("text of {pixels} pixels"));
        }
    }
    let value = |style: &str, name: &str| {
        let declared = style.split(';').filter_map(|part| part.split_once(':'));
        declared
            .map(|(known, value)| (known.trim(), value.trim()))
            .find(|(known, _)| *known == name)
            .map(|(_, v)| v.to_owned())
    };
    // The background is that of the nearest element around that has one; in these mails, the last one opened.
    let mut behind = "#ffffff".to_owned();
    for style in html.split(" style=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if let Some(color) = value(style, "background-color") {
            behind = color;
        }
        let Some(color) = value(style, "color") else { continue };
        let lights = [luminance(&color), luminance(&behind), luminance("#fdfdfe")];
        let [Some(front), Some(back), Some(card)] = lights else { continue };
        let contrast = |one: f64, other: f64| (one.max(other) + 0.05) / (one.min(other) + 0.05);
        if contrast(front, back) < 4.5 && contrast(front, card) < 4.5 {
            faults.push(format!("{color} on {behind} is hard to read"));
        }
    }
}

/// WCAG 2.1, relative luminance.
fn luminance(color: &str) -> Option<f64> {
    let hex = color.strip_prefix('#').filter(|hex| hex.len() == 6)?;
    let mut light = 0.0;
    for (at, weight) in [(0, 0.2126), (2, 0.7152), (4, 0.0722)] {
        let part = f64::from(u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?) / 255.0;
        light += weight * if part <= 0.039_28 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    }
    Some(light)
}
