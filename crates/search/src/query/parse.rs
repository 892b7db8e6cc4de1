//! The grammar. Its last rule takes anything.

use super::{CategoryClause, Clause, Field, Query, Years, identifier};

/// Something between spaces, or between quotation marks.
struct Item<'a> {
    is_excluded: bool,
    field: Option<&'a str>,
    value: &'a str,
    is_quoted: bool,
    /// All of it, as typed.
    whole: &'a str,
}

/// Reads a query.
pub(super) fn parse(typed: &str) -> Query {
    let mut query = Query::default();
    let mut rest = typed.trim_matches(is_space);
    query.identifier = identifier::identifier(rest);
    while let Some((item, after)) = next_item(rest) {
        rest = after;
        add(&mut query, &item);
    }
    query
}

/// Spaces, and what nobody sees: control characters end words.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn next_item(text: &str) -> Option<(Item<'_>, &str)> {
    let text = text.trim_start_matches(is_space);
    let first = text.chars().next()?;
    let is_sign = |c: char| matches!(c, '-' | '\u{2212}');
    let unsigned = if is_sign(first) { &text[first.len_utf8()..] } else { text };
    let is_excluded = unsigned.len() < text.len() && unsigned.starts_with(|c| !is_space(c) && !is_sign(c));
    let body = if is_excluded { unsigned } else { text };
    let (field, value) = named(body).map_or((None, body), |(name, value)| (Some(name), value));
    let quoted = value.strip_prefix(['"', '\u{201c}', '\u{201d}', '\u{201e}']);
    if let Some(inner) = quoted
        && let Some(end) = inner.find(['"', '\u{201c}', '\u{201d}'])
    {
        let after = &inner[end..];
        let after = &after[after.chars().next().map_or(0, char::len_utf8)..];
        let whole = &text[..text.len() - after.len()];
        return Some((Item { is_excluded, field, value: &inner[..end], is_quoted: true, whole }, after));
    }
    let end = text.find(is_space).unwrap_or(text.len());
    let value_end = value.find(is_space).unwrap_or(value.len());
    let item = Item { is_excluded, field, value: &value[..value_end], is_quoted: false, whole: &text[..end] };
    Some((item, &text[end..]))
}

/// The name of a field and what follows it.
fn named(body: &str) -> Option<(&str, &str)> {
    let (name, value) = body.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_name && !value.is_empty() && !value.starts_with(is_space)).then_some((name, value))
}

fn add(query: &mut Query, item: &Item<'_>) {
    let has_words = |text: &str| text.chars().any(char::is_alphanumeric);
    if !has_words(item.value) {
        return;
    }
    let mut clause = |field| {
        query.clauses.push(Clause {
            field,
            text: item.value.to_owned(),
            is_phrase: item.is_quoted || field != Field::Any && item.value.contains(['-', '_', '.']),
            is_excluded: item.is_excluded,
        });
    };
    match item.field.map(str::to_ascii_lowercase).as_deref() {
        None => clause(Field::Any),
        Some("author" | "au") => clause(Field::Author),
        Some("title" | "ti") => clause(Field::Title),
        Some("org" | "organization" | "organisation") => clause(Field::Organization),
        Some("cat" | "category") => {
            let code = item.value.to_owned();
            query.categories.push(CategoryClause { code, is_excluded: item.is_excluded });
        }
        Some("year") if let Some(years) = years(item.value).filter(|_| !item.is_excluded) => {
            query.years = Some(query.years.map_or(years, |others| others.and(years)));
        }
        Some("has") if item.value.eq_ignore_ascii_case("code") => query.has_code = Some(!item.is_excluded),
        Some(_) => plain(query, item.whole),
    }
}

/// Takes something as plain words.
fn plain(query: &mut Query, text: &str) {
    let text = text.trim_start_matches('-').to_owned();
    query.clauses.push(Clause { field: Field::Any, text, is_phrase: false, is_excluded: false });
}

/// `2024`, `2020-2023`, `2020..2023`, `2020-`, `-2023`, `>=2020`, `<2020` and the like.
fn years(value: &str) -> Option<Years> {
    let year = |text: &str| text.parse::<u16>().ok().filter(|year| (1_000..=9_999).contains(year));
    for (sign, is_lower, step) in [(">=", true, 0), ("<=", false, 0), (">", true, 1_i32), ("<", false, -1)] {
        if let Some(text) = value.strip_prefix(sign) {
            let bound = year(text)?.checked_add_signed(i16::try_from(step).ok()?);
            let (first, last) = if is_lower { (bound, None) } else { (None, bound) };
            return Some(Years { first, last });
        }
    }
    let range = value.split_once("..").or_else(|| value.split_once(['-', '\u{2013}']));
    let Some((first, last)) = range else {
        return year(value).map(|year| Years { first: Some(year), last: Some(year) });
    };
    let bound = |text: &str| if text.is_empty() { Some(None) } else { year(text).map(Some) };
    let (first, last) = (bound(first)?, bound(last)?);
    (first.is_some() || last.is_some()).then_some(Years { first, last })
}
