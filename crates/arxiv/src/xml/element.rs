//! One element of a document: its name, attributes, text and children.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::error::PageError;

/// Attributes of an element.
const MAX_ATTRIBUTES: usize = 32;

/// An element with all that it holds, or one that was entered and so holds nothing.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The name without a prefix.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text between its tags, without that of its children.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.trim())
    }

    /// The children of this name.
    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// What identifies a record, wherever in it that stands.
    pub(super) fn find_id(&self) -> Option<&str> {
        let is_id = matches!(self.name(), "id" | "identifier" | "guid") && !self.text().is_empty();
        if is_id { Some(self.text()) } else { self.children.iter().find_map(Self::find_id) }
    }

    /// The text of the first child of this name that has some.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.children.iter().filter(|child| child.name == name).map(Self::text).find(|text| !text.is_empty())
    }
}

/// The element that a tag begins.
pub(super) fn begin(tag: &BytesStart<'_>) -> Result<Element, PageError> {
    let name = tag.local_name().as_ref().to_owned();
    let mut attributes = Vec::new();
    // The check for doubles compares each with all.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| PageError::Malformed(error.to_string()))?;
        if attributes.len() == MAX_ATTRIBUTES {
            return Err(PageError::Limit("32 attributes of an element"));
        }
        let key = attribute.key.local_name().as_ref().to_owned();
        let value = quick_xml::escape::unescape(&attribute.value)
            .map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
        attributes.push((key, value));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

/// Adds what a part of the document has of text.
pub(super) fn push_text(text: &mut String, event: &Event<'_>) {
    match event {
        Event::Text(part) => text.push_str(part),
        Event::CData(part) => text.push_str(part),
        Event::GeneralRef(reference) => push_reference(text, reference),
        _ => {}
    }
}

fn push_reference(text: &mut String, reference: &BytesRef<'_>) {
    if reference.is_char_ref() {
        text.push(reference.resolve_char_ref().ok().flatten().unwrap_or(char::REPLACEMENT_CHARACTER));
    } else if let Some(resolved) = quick_xml::escape::resolve_xml_entity(reference) {
        text.push_str(resolved);
    } else {
        text.extend(["&", reference, ";"]);
    }
}
