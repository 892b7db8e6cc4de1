//! The parts of a listing's HTML, taken from it tag by tag.
//!
//! Only tags are read, and no tree is built: the time grows as the page does, however its tags are nested. A part ends at
//! the end of its tag, or where an entry or a section begins or ends, so that a missing end costs no more than one part.

use chrono::NaiveDate;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use plain_text::one_line;

use crate::dates;
use crate::error::{PageError, quoted};
use crate::record::AnnounceKind;

use super::entry::WireEntry;

/// Entries of a page; arXiv shows at most 2,000.
const MAX_ENTRIES: usize = 20_000;

/// Tags and attributes of a page; 2,000 entries have some 200,000.
const MAX_TAGS: usize = 2_000_000;

/// Bytes of one part.
const MAX_PART_BYTES: usize = 256 * 1024;

/// Bytes of an attribute's value.
const MAX_VALUE_BYTES: usize = 300;

/// What precedes the day.
const DAY: &str = "Showing new listings for ";

/// A section as the page has it.
#[derive(Debug)]
pub(super) struct WireSection {
    pub(super) kind: AnnounceKind,
    /// The entries on this page that its heading states.
    pub(super) shown: u64,
    /// The entries on all pages that its heading states.
    pub(super) total: u64,
    pub(super) entries: Vec<WireEntry>,
}

/// A part of the page whose text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Heading,
    Paging,
    PageSize,
    Head,
    Title,
    Authors,
    Comments,
    JournalRef,
    Subjects,
    Abstract,
    Notice,
}

/// A start tag: its name and those of its attributes that matter.
#[derive(Debug, Default)]
struct Tag {
    name: Vec<u8>,
    attribute: Vec<u8>,
    class: String,
    href: String,
}

/// A part that is being read.
#[derive(Debug)]
struct OpenPart {
    part: Part,
    tag: Vec<u8>,
    /// Tags of the same name that are open within it.
    nested: usize,
    text: String,
}

/// What was read of a page.
#[derive(Debug, Default)]
pub(super) struct ListingReader {
    pub(super) announced_on: Option<NaiveDate>,
    pub(super) total: Option<u64>,
    /// The number of entries that a page can have.
    pub(super) per_page: Option<u64>,
    pub(super) sections: Vec<WireSection>,
    /// Whether the page says that nothing was announced.
    pub(super) says_empty: bool,
    /// Whether the end of the page was there.
    pub(super) is_ended: bool,
    tag: Option<Tag>,
    open: Option<OpenPart>,
    is_in_label: bool,
    entry_count: usize,
    tag_count: usize,
    error: Option<PageError>,
}

impl ListingReader {
    pub(super) fn read(text: &str) -> Result<Self, PageError> {
        let mut reader = Self::default();
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
            reader.take(&event);
            reader.error.is_some().then_some(())
        });
        emitter.naively_switch_states(true);
        // The first token that the callback returns is the end.
        let _ = Tokenizer::new_with_emitter(text, emitter).next();
        reader.close();
        reader.error.take().map_or(Ok(reader), Err)
    }

    fn take(&mut self, event: &CallbackEvent<'_>) {
        self.tag_count += 1;
        if self.tag_count > MAX_TAGS {
            self.error.get_or_insert(PageError::Limit("2,000,000 tags and attributes"));
            return;
        }
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Some(Tag { name: name.to_vec(), ..Tag::default() });
            }
            CallbackEvent::AttributeName { name } => {
                if let Some(tag) = &mut self.tag {
                    tag.attribute = name.to_vec();
                }
            }
            CallbackEvent::AttributeValue { value } => self.attribute_value(value),
            CallbackEvent::CloseStartTag { .. } => {
                if let Some(tag) = self.tag.take() {
                    self.start(tag);
                }
            }
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } if !self.is_in_label => {
                self.push(&String::from_utf8_lossy(value));
            }
            _ => {}
        }
    }

    fn attribute_value(&mut self, value: &[u8]) {
        let Some(tag) = &mut self.tag else { return };
        let text = || String::from_utf8_lossy(&value[..value.len().min(MAX_VALUE_BYTES)]).into_owned();
        match tag.attribute.as_slice() {
            b"class" => tag.class = text(),
            b"href" => tag.href = text(),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(open) = &mut self.open
            && open.text.len() + text.len() <= MAX_PART_BYTES
        {
            open.text.push_str(text);
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag.name.as_slice() {
            b"h3" => self.open(Part::Heading, tag.name),
            b"dt" => {
                self.open(Part::Head, tag.name);
                self.begin_entry();
            }
            b"dd" | b"dl" => self.close(),
            b"br" => self.push(" "),
            b"span" if tag.class.contains("descriptor") => self.is_in_label = true,
            b"a" if self.is_reading(Part::Head) && tag.href.contains("/abs/") => {
                if let Some(entry) = self.entry() {
                    entry.link.get_or_insert(tag.href);
                }
            }
            b"p" if self.sections.is_empty() => self.open(Part::Notice, tag.name),
            b"p" => self.open(Part::Abstract, tag.name),
            b"div" => {
                if let Some(part) = part_of(&tag.class) {
                    self.open(part, tag.name);
                } else if let Some(open) = self.open.as_mut().filter(|open| open.tag == b"div") {
                    open.nested += 1;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"span" => self.is_in_label = false,
            b"html" => self.is_ended = true,
            b"dl" | b"dd" | b"dt" => self.close(),
            _ => match &mut self.open {
                Some(open) if open.tag == name && open.nested == 0 => self.close(),
                Some(open) if open.tag == name => open.nested -= 1,
                _ => {}
            },
        }
    }

    fn is_reading(&self, part: Part) -> bool {
        self.open.as_ref().is_some_and(|open| open.part == part)
    }

    fn open(&mut self, part: Part, tag: Vec<u8>) {
        self.close();
        self.open = Some(OpenPart { part, tag, nested: 0, text: String::new() });
    }

    fn entry(&mut self) -> Option<&mut WireEntry> {
        self.sections.last_mut()?.entries.last_mut()
    }

    fn begin_entry(&mut self) {
        self.entry_count += 1;
        if self.entry_count > MAX_ENTRIES {
            self.error.get_or_insert(PageError::Limit("20,000 entries"));
        } else if let Some(section) = self.sections.last_mut() {
            section.entries.push(WireEntry::default());
        } else {
            self.error.get_or_insert_with(|| PageError::Unexpected("an entry before any section".to_owned()));
        }
    }

    /// Takes the part that is being read.
    fn close(&mut self) {
        self.is_in_label = false;
        let Some(OpenPart { part, text, .. }) = self.open.take() else { return };
        match part {
            Part::Heading => self.heading(&one_line(&text)),
            Part::Paging => self.total = self.total.or_else(|| number_after(&text, "otal of ")),
            Part::PageSize => self.per_page = self.per_page.or_else(|| number_after(&text, "howing up to ")),
            Part::Notice => self.says_empty |= text.trim_start().to_ascii_lowercase().starts_with("no "),
            _ => {
                let Some(entry) = self.entry() else { return };
                let slot = match part {
                    Part::Title => &mut entry.title,
                    Part::Authors => &mut entry.authors,
                    Part::Comments => &mut entry.comments,
                    Part::JournalRef => &mut entry.journal_ref,
                    Part::Subjects => &mut entry.subjects,
                    Part::Abstract => &mut entry.r#abstract,
                    _ => return entry.head = text,
                };
                slot.get_or_insert(text);
            }
        }
    }

    /// Reads the day, or begins a section: `New submissions (showing first 50 of 80 entries)`.
    fn heading(&mut self, text: &str) {
        if let Some(day) = text.strip_prefix(DAY) {
            self.announced_on = self.announced_on.or_else(|| dates::long_day(day));
            return;
        }
        let lower = text.to_ascii_lowercase();
        let kind =
            ["new submission", "cross", "replacement"].iter().position(|start| lower.starts_with(start));
        let Some(kind) =
            kind.and_then(|at| [AnnounceKind::New, AnnounceKind::Cross, AnnounceKind::Replace].get(at))
        else {
            return;
        };
        let Some((shown, total)) = counts(&lower) else {
            let message = format!("the section {:?}, which does not state its entries", quoted(text));
            self.error.get_or_insert(PageError::Unexpected(message));
            return;
        };
        self.sections.push(WireSection { kind: *kind, shown, total, entries: Vec::new() });
    }
}

fn part_of(class: &str) -> Option<Part> {
    class.split_ascii_whitespace().find_map(|class| match class {
        "paging" => Some(Part::Paging),
        "morefewer" => Some(Part::PageSize),
        "list-title" => Some(Part::Title),
        "list-authors" => Some(Part::Authors),
        "list-comments" => Some(Part::Comments),
        "list-journal-ref" => Some(Part::JournalRef),
        "list-subjects" => Some(Part::Subjects),
        _ => None,
    })
}

/// The two numbers of `(continued, showing last 12 of 80 entries)`.
fn counts(heading: &str) -> Option<(u64, u64)> {
    let (_, counts) = heading.split_once("showing ")?;
    let (shown, total) = counts.split_once(" of ")?;
    let shown = shown.rsplit(' ').next()?.parse().ok()?;
    Some((shown, total.split(' ').next()?.parse().ok()?))
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
