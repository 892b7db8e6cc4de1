//! The authors of a paper: names for display, in the order of the paper, from each form in which arXiv gives them.
//!
//! A name is what stands on the paper, in Unicode; affiliations are left out. A collaboration is an author, without the
//! words that lead to it ("for the", "on behalf of the"). All forms end in the same name, so that two sources of one paper
//! agree: `D.V. Doe` and `D. V. Doe` are equal, and so are `C.-P. Roe` and `C. -P. Roe`.
//!
//! Always: no name is empty or longer than [`MAX_NAME_CHARS`]; no more than [`MAX_AUTHORS`] are read. Sources:
//! <https://info.arxiv.org/help/prep.html#author>, `arxiv/authors` of <https://github.com/arXiv/arxiv-base>.

mod name;
mod split;
#[cfg(test)]
mod tests;

/// Names in a list; the largest collaborations have thousands.
pub const MAX_AUTHORS: usize = 10_000;

/// Characters in a name.
pub const MAX_NAME_CHARS: usize = 200;

/// The authors that a source names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorList {
    /// Their names, in order.
    pub names: Vec<String>,
    /// Whether there are more ("et al.", or more than [`MAX_AUTHORS`]).
    pub has_more: bool,
}

/// The parts of a name, as OAI-PMH and the snapshot have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameParts<'a> {
    /// The family name, or the whole name if it has no parts.
    pub keyname: &'a str,
    /// The other names.
    pub forenames: &'a str,
    /// Jr., III and the like.
    pub suffix: &'a str,
}

impl AuthorList {
    /// The authors of a line as people write it: `A. B. Smith, C. Jones (1 and 2) and D. Li ((1) MIT, (2) CERN)`.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let mut list = ListBuilder::default();
        for piece in split::pieces(line) {
            list.push(&piece);
        }
        list.list
    }

    /// The authors of a list of whole names.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list = ListBuilder::default();
        for name in names {
            list.push(name);
        }
        list.list
    }

    /// The authors of a list of names in parts.
    pub fn from_parts<'a>(names: impl IntoIterator<Item = NameParts<'a>>) -> Self {
        let mut list = ListBuilder::default();
        for NameParts { keyname, forenames, suffix } in names {
            let mut whole = String::with_capacity(keyname.len() + forenames.len() + suffix.len() + 2);
            for part in
                [forenames, keyname, suffix].map(str::trim).into_iter().filter(|part| !part.is_empty())
            {
                if !whole.is_empty() {
                    whole.push(' ');
                }
                whole.push_str(part);
            }
            list.push(&whole);
        }
        list.list
    }

    /// Whether a line of authors ends by saying that there are more, for names that come apart from it.
    pub(crate) fn goes_on(line: &str) -> bool {
        let line = line.trim_end();
        let end = line.rfind('(').filter(|_| line.ends_with(')')).map_or(line, |at| line[..at].trim_end());
        [line, end].iter().any(|end| name::strip_et_al(end).1)
    }
}

/// A list that names are added to.
#[derive(Default)]
struct ListBuilder {
    list: AuthorList,
    /// Whether the last name is the first of several collaborations: "for the RBC" of "for the RBC and UKQCD
    /// Collaborations".
    is_group_open: bool,
}

impl ListBuilder {
    /// Adds what stands between two separators: a name, the end of the one before it, or a word about the list.
    fn push(&mut self, piece: &str) {
        let (piece, has_more) = name::strip_et_al(piece.trim());
        self.list.has_more |= has_more;
        if piece.is_empty() || name::is_remark(piece) {
            return;
        }
        if name::is_suffix(piece) {
            let has_room = |name: &&mut String| name.len() + piece.len() < MAX_NAME_CHARS;
            if let Some(last) = self.list.names.last_mut().filter(has_room) {
                last.push(' ');
                last.push_str(piece);
            }
            return;
        }
        let (person, group) = name::split_group(piece);
        let was_open = std::mem::take(&mut self.is_group_open);
        if let Some(person) = person {
            self.add(person);
        }
        let Some(group) = group else { return };
        match self.list.names.last_mut() {
            Some(first)
                if was_open
                    && person.is_none()
                    && name::is_group(group)
                    && first.len() + group.len() < MAX_NAME_CHARS =>
            {
                first.push_str(" and ");
                first.push_str(group);
            }
            _ => {
                self.add(group);
                self.is_group_open = !name::is_group(group);
            }
        }
    }

    fn add(&mut self, name: &str) {
        if self.list.names.len() == MAX_AUTHORS {
            self.list.has_more = true;
        } else {
            self.list.names.extend(name::display(name));
        }
    }
}
