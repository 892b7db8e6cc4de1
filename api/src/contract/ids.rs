//! Global identifiers: opaque, typed, unique across all types. A type's name and a row id in base64url.

use async_graphql::ID;
use data_encoding::BASE64URL_NOPAD;
use plain_text::key;

/// The types that have identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeType {
    /// A paper.
    Paper,
    /// An organization.
    Organization,
    /// An e-mail subscription.
    EmailSubscription,
    /// An edition.
    Edition,
    /// A delivery.
    Delivery,
    /// A person.
    User,
    /// A comment.
    Comment,
    /// An access token.
    AccessToken,
    /// An import run.
    ImportRun,
    /// An entry of the audit log.
    AuditEntry,
}

impl NodeType {
    const ALL: [Self; 10] = [
        Self::Paper,
        Self::Organization,
        Self::EmailSubscription,
        Self::Edition,
        Self::Delivery,
        Self::User,
        Self::Comment,
        Self::AccessToken,
        Self::ImportRun,
        Self::AuditEntry,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Paper => "Paper",
            Self::Organization => "Organization",
            Self::EmailSubscription => "EmailSubscription",
            Self::Edition => "Edition",
            Self::Delivery => "Delivery",
            Self::User => "User",
            Self::Comment => "Comment",
            Self::AccessToken => "AccessToken",
            Self::ImportRun => "ImportRun",
            Self::AuditEntry => "AuditEntry",
        }
    }

    /// The identifier of a row of this type.
    #[must_use]
    pub fn id(self, row: i64) -> ID {
        ID(BASE64URL_NOPAD.encode(format!("{}:{row}", self.name()).as_bytes()))
    }

    /// The row id in an identifier of this type; `None` if it is invalid, or of another type.
    #[must_use]
    pub fn row(self, id: &ID) -> Option<i64> {
        parse(id).filter(|&(node_type, _)| node_type == self).map(|(_, row)| row)
    }
}

/// The type and the row that an identifier names.
#[must_use]
pub fn parse(id: &ID) -> Option<(NodeType, i64)> {
    let text = String::from_utf8(BASE64URL_NOPAD.decode(id.as_bytes()).ok()?).ok()?;
    let (name, row) = text.split_once(':')?;
    let node_type = NodeType::ALL.into_iter().find(|node_type| node_type.name() == name)?;
    // Only the form that `id` writes: no sign, no leading zero.
    let row: i64 = row.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == row)?;
    Some((node_type, row))
}

/// What the identifier of a category begins with, before its code: its row has no number.
const CATEGORY: &str = "Category:";

/// The identifier of a category.
#[must_use]
pub fn of_category(code: &str) -> ID {
    ID(BASE64URL_NOPAD.encode(format!("{CATEGORY}{code}").as_bytes()))
}

/// The code that the identifier of a category names; `None` if it is invalid.
#[must_use]
pub fn category(id: &ID) -> Option<String> {
    let text = String::from_utf8(BASE64URL_NOPAD.decode(id.as_bytes()).ok()?).ok()?;
    text.strip_prefix(CATEGORY).filter(|code| !code.is_empty() && !code.contains('\0')).map(str::to_owned)
}

/// The identifier of an author, who is a name and has no row.
#[must_use]
pub fn of_author(name: &str) -> ID {
    ID(BASE64URL_NOPAD.encode(format!("Author:{}", key(name)).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_name_a_type_and_a_row() {
        for node_type in NodeType::ALL {
            let id = node_type.id(12);
            assert_eq!(parse(&id), Some((node_type, 12)));
            assert_eq!(node_type.row(&id), Some(12));
        }
        assert_eq!(NodeType::Paper.row(&NodeType::Edition.id(12)), None);
    }

    #[test]
    fn categories_and_authors_have_identifiers_by_name() {
        assert_eq!(category(&of_category("cs.CL")).as_deref(), Some("cs.CL"));
        assert_eq!(category(&NodeType::Paper.id(1)), None);
        assert_eq!(category(&ID(BASE64URL_NOPAD.encode(b"Category:"))), None);
        assert_eq!(parse(&of_category("1")), None);
        assert_eq!(of_author("Ada  LOVELACE"), of_author("Ada Lovelace"));
        assert_ne!(of_author("Ada Lovelace"), of_author("Ada Byron"));
    }

    #[test]
    fn invalid_text_is_refused() {
        for text in ["", "12", "Paper:12", "!!!", "UGFwZXI6", "UGFwZXI6MDEy"] {
            assert_eq!(parse(&ID(text.to_owned())), None, "{text}");
        }
    }
}
