//! Elements of an XML document, one after the other, within limits.
//!
//! What comes is read as it comes: the elements that hold many are entered, each of their children is read as a small
//! tree. Names are local ones, whatever prefix a source gives them. No document type is accepted, so that there are no
//! entities but those of XML and numbers; another one stays as it was written, as does a `&` alone, because one careless
//! record is no reason to lose its page.
//!
//! Always: memory is bounded by the page; the time grows as the page does; an end that is missing is an error.
//! Source: <https://www.w3.org/TR/xml/>.

mod element;
#[cfg(test)]
mod tests;

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesEnd, Event};

use crate::body;
use crate::error::{PageError, RecordError, quoted};

use element::{begin, push_text};

pub(crate) use element::Element;

/// Elements within each other.
const MAX_DEPTH: usize = 32;

/// Elements of a document. A page of 1,000 records has some 30,000, and millions if all are of large collaborations.
const MAX_DOCUMENT_ELEMENTS: usize = 5_000_000;

/// Bytes of the texts of one small tree.
const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// Elements of one small tree; a collaboration of 10,000 authors has four for each.
const MAX_ELEMENTS: usize = 60_000;

/// What an element alone exceeds, and what identifies it if that was read.
#[derive(Debug)]
pub(crate) struct Excess {
    limit: &'static str,
    id: Option<String>,
}

impl From<Excess> for RecordError {
    fn from(Excess { limit, id }: Excess) -> Self {
        Self::new(id.as_deref(), format!("it has more than {limit}"))
    }
}

impl From<Excess> for PageError {
    fn from(excess: Excess) -> Self {
        Self::Limit(excess.limit)
    }
}

/// A document that is read from its beginning to its end.
pub(crate) struct Document<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
    elements: usize,
    /// Set by a tag that opens and closes an element.
    is_closing: bool,
}

impl<'a> Document<'a> {
    /// A document and its root, which is entered.
    ///
    /// # Errors
    /// There is no root.
    pub(crate) fn open(text: &'a str) -> Result<(Self, Element), PageError> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().allow_dangling_amp = true;
        let mut document = Self { reader, depth: 0, elements: 0, is_closing: false };
        let root = document.child()?;
        Ok((document, root.ok_or(PageError::CutOff)?))
    }

    /// A document whose root has one of these names.
    ///
    /// # Errors
    /// It has another one; of HTML this is said as such.
    pub(crate) fn open_as(text: &'a str, names: &[&str]) -> Result<(Self, Element), PageError> {
        let (document, root) = Self::open(text)?;
        if names.contains(&root.name()) {
            return Ok((document, root));
        }
        let is_html = root.name.eq_ignore_ascii_case("html");
        Err(if is_html {
            body::html(text)
        } else {
            PageError::Unexpected(format!("<{}>", quoted(&root.name)))
        })
    }

    /// The next child of the element that was entered last, which is entered in its turn; `None` if there are no more,
    /// and then that element is left.
    pub(crate) fn child(&mut self) -> Result<Option<Element>, PageError> {
        loop {
            match self.event()? {
                Event::Start(tag) => {
                    let element = begin(&tag)?;
                    self.enter()?;
                    return Ok(Some(element));
                }
                Event::End(_) => return Ok(None),
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(PageError::CutOff),
                _ => {}
            }
        }
    }

    /// Reads the rest of an element that was just entered, and leaves it. The inner error is one of a limit that this
    /// element alone exceeds: the page goes on behind it.
    pub(crate) fn read(&mut self, start: Element) -> Result<Result<Element, Excess>, PageError> {
        let mut open = vec![start];
        let (mut text_bytes, mut elements, mut excess) = (0, 0, None);
        while let Some(mut current) = open.pop() {
            match self.event()? {
                Event::Start(tag) => {
                    self.enter()?;
                    let child = begin(&tag)?;
                    elements += 1;
                    open.push(current);
                    open.push(child);
                    if elements > MAX_ELEMENTS {
                        excess = Some("60,000 elements");
                    }
                }
                Event::End(_) => match open.last_mut() {
                    Some(parent) if excess.is_none() => parent.children.push(current),
                    Some(_) => {}
                    None => {
                        return Ok(match excess {
                            None => Ok(current),
                            Some(limit) => Err(Excess { limit, id: current.find_id().map(str::to_owned) }),
                        });
                    }
                },
                Event::Eof => return Err(PageError::CutOff),
                event => {
                    let before = current.text.len();
                    push_text(&mut current.text, &event);
                    text_bytes += current.text.len() - before;
                    if text_bytes > MAX_TEXT_BYTES {
                        excess = Some("2 MiB of text");
                        current.text.clear();
                    }
                    open.push(current);
                }
            }
        }
        Err(PageError::CutOff)
    }

    /// Leaves an element that was just entered, with all that it holds.
    pub(crate) fn skip(&mut self) -> Result<(), PageError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            match self.event()? {
                Event::Start(_) => self.enter()?,
                Event::Eof => return Err(PageError::CutOff),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads to the end of the document, after the root was left.
    pub(crate) fn finish(mut self) -> Result<(), PageError> {
        match self.child()? {
            None => Ok(()),
            Some(other) => Err(PageError::Malformed(format!("<{}> follows the root", quoted(&other.name)))),
        }
    }

    /// The next event; an element that one tag opens and closes has two.
    fn event(&mut self) -> Result<Event<'a>, PageError> {
        if self.is_closing {
            self.is_closing = false;
            self.depth -= 1;
            return Ok(Event::End(BytesEnd::new("")));
        }
        match self.reader.read_event().map_err(|error| page_error(&error))? {
            Event::Empty(tag) => {
                self.is_closing = true;
                Ok(Event::Start(tag))
            }
            Event::End(tag) => {
                // The reader has compared the names, and refuses an end without a beginning.
                self.depth = self.depth.saturating_sub(1);
                Ok(Event::End(tag))
            }
            Event::DocType(name) if name.trim_ascii_start().to_ascii_lowercase().starts_with("html") => {
                Err(PageError::Html { title: String::new() })
            }
            Event::DocType(_) => Err(PageError::Malformed("there is a document type".to_owned())),
            event => Ok(event),
        }
    }

    fn enter(&mut self) -> Result<(), PageError> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > MAX_DEPTH {
            return Err(PageError::Limit("32 elements within each other"));
        }
        if self.elements > MAX_DOCUMENT_ELEMENTS {
            Err(PageError::Limit("5,000,000 elements"))
        } else {
            Ok(())
        }
    }
}

fn page_error(error: &Error) -> PageError {
    match error {
        Error::Syntax(SyntaxError::InvalidBangMarkup) => PageError::Malformed(error.to_string()),
        // All others are of something that the document ends within.
        Error::Syntax(_) => PageError::CutOff,
        _ => PageError::Malformed(quoted(&error.to_string())),
    }
}
