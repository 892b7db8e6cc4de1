//! The `charset` parameter of media types. RFC 9110, section 8.3.2.

/// Whether the value of `charset` means UTF-8. Programs also write it without its hyphen, in capitals and in quotation
/// marks of either kind.
pub(crate) fn is_utf8(charset: &str) -> bool {
    let name = charset.trim().trim_matches(['"', '\'']).trim();
    name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8")
}

/// Whether every `charset` among the parameters behind a media type means UTF-8.
pub(crate) fn are_utf8<'a>(mut parameters: impl Iterator<Item = &'a str>) -> bool {
    parameters.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => is_utf8(value),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_spellings_of_utf8_are_accepted() {
        for text in ["utf-8", "UTF-8", "utf8", "UTF8", "\"utf-8\"", "'Utf8'", " utf-8 "] {
            assert!(is_utf8(text), "{text}");
        }
        for text in ["", "utf-16", "utf", "iso-8859-1", "us-ascii", "utf-8x"] {
            assert!(!is_utf8(text), "{text}");
        }
        assert!(are_utf8(["q=1", " Charset = utf8"].into_iter()));
        assert!(!are_utf8(["charset=utf-8", "charset=latin1"].into_iter()));
    }
}
