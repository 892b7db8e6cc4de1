//! The next page of a document, as the field `Link` names it.
//!
//! Always: the time grows as the field does; a page of another origin is none. RFC 8288, sections 3 and B.2.

use hyper::HeaderMap;
use hyper::header::LINK;
use url::Url;

use crate::connect::has_user;
use crate::redirect::MAX_ADDRESS_OCTETS;

/// The next page of the document at `base`: the first link that has this relation, if it is of the same origin.
pub(crate) fn next(headers: &HeaderMap, base: &Url) -> Option<Url> {
    let mut values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let target = values.find_map(next_target)?;
    let url = base.join(target).ok().filter(|_| target.len() <= MAX_ADDRESS_OCTETS)?;
    (url.origin() == base.origin() && !has_user(&url)).then_some(url)
}

/// The target of the first link with the relation `next` in one field.
fn next_target(field: &str) -> Option<&str> {
    let mut rest = field;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (target, after) = rest.strip_prefix('<')?.split_once('>')?;
        let mut params = LinkParams { rest: after };
        let (mut relation, mut has_anchor) = (None, false);
        for (name, value) in params.by_ref() {
            // Only the first counts.
            if name.eq_ignore_ascii_case("rel") && relation.is_none() {
                relation = Some(value.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case("next")));
            }
            // The link is one of another document.
            has_anchor |= name.eq_ignore_ascii_case("anchor");
        }
        if relation == Some(true) && !has_anchor {
            return Some(target.trim());
        }
        rest = params.rest;
    }
}

/// The parameters that follow a target.
struct LinkParams<'a> {
    rest: &'a str,
}

impl Iterator for LinkParams<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start().strip_prefix(';')?.trim_start();
        let end = self.rest.find(['=', ';', ',', ' ', '\t']).unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        let name = name.to_owned();
        self.rest = after.trim_start();
        let Some(value) = self.rest.strip_prefix('=') else { return Some((name, String::new())) };
        self.rest = value.trim_start();
        let value = match self.rest.strip_prefix('"') {
            Some(quoted) => self.take_quoted(quoted),
            None => self.take_token(),
        };
        Some((name, value))
    }
}

impl<'a> LinkParams<'a> {
    fn take_token(&mut self) -> String {
        let end = self.rest.find([';', ',']).unwrap_or(self.rest.len());
        let (token, after) = self.rest.split_at(end);
        self.rest = after;
        token.trim_end().to_owned()
    }

    /// The text of a quoted string whose opening quote is behind; without the closing one it goes to the end.
    fn take_quoted(&mut self, quoted: &'a str) -> String {
        let mut text = String::new();
        let mut chars = quoted.chars();
        loop {
            match chars.next() {
                None | Some('"') => break,
                Some('\\') => text.extend(chars.next()),
                Some(c) => text.push(c),
            }
        }
        self.rest = chars.as_str();
        text
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn next_of(fields: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(LINK, HeaderValue::from_str(field).unwrap());
        }
        next(&headers, &"https://a.org/papers?page=1".parse().unwrap()).map(String::from)
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        for field in [
            r#"<?page=2>; rel="next""#,
            "</papers?page=2>;rel=next",
            r#"<https://a.org/papers?page=2> ; REL = "last NEXT" ; title="a, b; \"c\"""#,
            r#"<?page=9>; rel="last"; title="<x>; rel=next", <?page=2>; rel="next""#,
            r#",, <?page=9>; rel="prev"; rel="next", <?page=2>; rel="next"; rel="prev""#,
            r#"<?page=9>; rel=next; anchor="/other", <?page=2>; crossorigin; rel=next"#,
        ] {
            assert_eq!(next_of(&[field]).as_deref(), Some("https://a.org/papers?page=2"), "{field}");
        }
        let fields = [r#"<?page=9>; rel="last""#, "<?page=2>; rel=next"];
        assert_eq!(next_of(&fields).as_deref(), Some("https://a.org/papers?page=2"));
    }

    #[test]
    fn a_page_of_another_origin_or_of_no_link_is_none() {
        for field in [
            "<https://b.org/?page=2>; rel=next",
            "<http://a.org/?page=2>; rel=next",
            "<https://a.org:8443/?page=2>; rel=next",
            "<https://user:secret@a.org/?page=2>; rel=next",
            "<javascript:alert(1)>; rel=next",
            "<https://[>; rel=next",
            "<?page=2>; rel=nextt",
            "<?page=2>; title=next",
            r#"<?page=2>; title="rel=next"#,
            "<?page=2; rel=next",
            "?page=2; rel=next",
            "<",
            "",
        ] {
            assert_eq!(next_of(&[field]), None, "{field}");
        }
        assert_eq!(next_of(&[&format!("<{}>; rel=next", "x".repeat(MAX_ADDRESS_OCTETS + 1))]), None);
    }

    proptest! {
        #[test]
        fn no_field_makes_it_panic_or_leave_the_origin(field in r#"([<>;,="\\ ]|next|rel|//b\.org|a|\?){0,40}"#) {
            if let Some(next) = next_of(&[&field]) {
                prop_assert!(next.starts_with("https://a.org/"), "{next}");
            }
        }

        #[test]
        fn whatever_stands_in_quotes_of_other_links_the_next_page_is_found(title in "[ -~]{0,40}") {
            let quoted = title.replace('\\', "\\\\").replace('"', "\\\"");
            let field = format!(r#"<?page=9>; rel=prev; title="{quoted}", <?page=2>; title="{quoted}"; rel=next"#);
            let next = next_of(&[&field]);
            prop_assert_eq!(next.as_deref(), Some("https://a.org/papers?page=2"));
        }
    }
}
