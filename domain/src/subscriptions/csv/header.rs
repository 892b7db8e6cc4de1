//! The header of a CSV file: which of its columns are ours ([`Field`]), and in which listmonk, Ghost, Mailchimp and others
//! list subscribers and people who left.
//!
//! Always: a column that may say that somebody left is never passed over. Of a file of our own making an unknown column
//! is a mistake; other services have columns of which nothing follows here.

use crate::subscriptions::csv::columns::Field;
use crate::subscriptions::csv::standing::Standing;

/// The meaning of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// One of ours.
    Field(Field),
    /// In words, whether the person is subscribed.
    Status,
    /// Yes or no: whether they want mail.
    Wants,
    /// Yes or no: whether they confirmed.
    Confirmed,
    /// That they left, or why nothing reaches them, unless it is empty or says no.
    Left,
    /// Nothing that matters here.
    Other,
    /// Nobody knows what.
    Unknown(String),
}

/// Columns by which files of known services are recognized.
const FOREIGN_COLUMNS: [&str; 10] = [
    // listmonk
    "uuid",
    "attributes",
    "subscription_status",
    // Ghost
    "subscribed_to_emails",
    "complimentary_plan",
    "stripe_customer_id",
    // Mailchimp
    "member_rating",
    "leid",
    "euid",
    "optin_time",
];

/// Columns that are ignored in every file.
const IGNORED_COLUMNS: [&str; 16] = [
    "id",
    "name",
    "first_name",
    "last_name",
    "full_name",
    "note",
    "notes",
    "labels",
    "tags",
    "lists",
    "created_at",
    "updated_at",
    "joined_at",
    "uuid",
    "attributes",
    "tiers",
];

/// Prefixes of columns for people who unsubscribed or cannot be reached: `UNSUB_TIME`, `deleted_at`, bounced,
/// `email_disabled`.
const UNSUBSCRIBED_COLUMNS: [&str; 16] = [
    "unsub",
    "is_unsub",
    "clean",
    "bounced",
    "is_bounced",
    "hard_bounce",
    "delet",
    "is_deleted",
    "complain",
    "block",
    "is_blocked",
    "black",
    "suppress",
    "opted_out",
    "opt_out",
    "optout",
];

/// Columns that occur only in files of people who unsubscribed.
const UNSUBSCRIBED_FILE_COLUMNS: [&str; 2] = ["unsub_time", "clean_time"];

/// Prefixes of the names of files in which Mailchimp exports people who receive nothing.
const UNSUBSCRIBED_FILE_NAMES: [&str; 6] =
    ["unsubscribed_", "cleaned_", "nonsubscribed_", "non-subscribed_", "archived_", "bounced_"];

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) columns: Vec<Column>,
    /// The reason why everyone in the file counts as unsubscribed, if so.
    pub(crate) all_left: Option<String>,
}

impl Columns {
    /// Reads the first line; `name` is that of the file.
    pub(crate) fn read(header: &csv::StringRecord, name: &str) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(normalized).collect();
        let is_foreign = names.iter().any(|name| FOREIGN_COLUMNS.contains(&name.as_str()));
        let columns: Vec<Column> = names
            .iter()
            .zip(header)
            .map(|(name, written)| match column(name) {
                Column::Unknown(_) if is_foreign || name.is_empty() => Column::Other,
                Column::Unknown(_) => Column::Unknown(written.trim().to_owned()),
                known => known,
            })
            .collect();
        for (at, column) in columns.iter().enumerate() {
            let Column::Field(field) = column else { continue };
            if columns[..at].contains(column) {
                return Err(format!("line 1: the column {} appears twice", field.name()));
            }
        }
        let by_column =
            names.iter().zip(header).find(|(name, _)| UNSUBSCRIBED_FILE_COLUMNS.contains(&name.as_str()));
        let file = name.to_lowercase();
        let all_left = match by_column {
            Some((_, column)) => Some(format!(
                "The file has the column {}, so everyone in it has unsubscribed.",
                column.trim()
            )),
            None if UNSUBSCRIBED_FILE_NAMES.iter().any(|start| file.starts_with(start)) => Some(format!(
                "The file is named {name}, so everyone in it has unsubscribed or never subscribed."
            )),
            None => None,
        };
        Ok(Self { columns, all_left })
    }
}

/// Whether one of the columns holds addresses.
pub(crate) fn has_address(header: &csv::StringRecord) -> bool {
    header.iter().any(|name| column(&normalized(name)) == Column::Field(Field::Email))
}

fn column(name: &str) -> Column {
    if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
        return if field == Field::Status { Column::Status } else { Column::Field(field) };
    }
    match name {
        "e_mail" | "email_address" | "e_mail_address" | "emailaddress" | "mail" | "subscriber_email" => {
            Column::Field(Field::Email)
        }
        "subscription_status"
        | "subscriber_status"
        | "subscriber_type"
        | "member_status"
        | "email_status"
        | "state" => Column::Status,
        "subscribed_to_emails"
        | "subscribed"
        | "is_subscribed"
        | "opt_in"
        | "opted_in"
        | "optin"
        | "accepts_marketing"
        | "accepts_email_marketing" => Column::Wants,
        "confirmed" | "is_confirmed" | "double_opt_in" => Column::Confirmed,
        "email_disabled" | "disabled" => Column::Left,
        name if UNSUBSCRIBED_COLUMNS.iter().any(|start| name.starts_with(start)) => Column::Left,
        name if IGNORED_COLUMNS.contains(&name) => Column::Other,
        name => Column::Unknown(name.to_owned()),
    }
}

/// `Email Address`, `EMAIL-ADDRESS` and `email_address` are one name.
fn normalized(name: &str) -> String {
    let letters = name.trim().to_lowercase();
    let words = letters.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// The status of a person according to the cells of a record.
///
/// # Errors
/// What is not understood: a person is only subscribed by what is.
pub(crate) fn standing<'a>(
    columns: &Columns,
    cells: impl Iterator<Item = &'a str>,
) -> Result<Standing, Vec<String>> {
    if columns.all_left.is_some() {
        return Ok(Standing::Left);
    }
    let mut standing = Standing::Subscribed;
    let mut problems = Vec::new();
    for (column, cell) in columns.columns.iter().zip(cells) {
        let said = match column {
            Column::Status => Standing::from_word(cell),
            Column::Wants => yes_or_no(cell).map(|is| if is { Standing::Subscribed } else { Standing::Left }),
            Column::Confirmed => {
                yes_or_no(cell).map(|is| if is { Standing::Subscribed } else { Standing::Unconfirmed })
            }
            Column::Left if cell.is_empty() => Some(Standing::Subscribed),
            Column::Left => {
                Some(if yes_or_no(cell) == Some(false) { Standing::Subscribed } else { Standing::Left })
            }
            Column::Field(_) | Column::Other | Column::Unknown(_) => continue,
        };
        match said {
            Some(said) => standing = standing.max(said),
            None if *column == Column::Status => problems.push(Standing::not_understood(cell)),
            None => problems.push(format!("{cell:?} is neither true nor false")),
        }
    }
    // Who left by one column left, whatever another one says.
    if problems.is_empty() || standing == Standing::Left { Ok(standing) } else { Err(problems) }
}

fn yes_or_no(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &[&str], name: &str) -> Columns {
        Columns::read(&csv::StringRecord::from(header.to_vec()), name).unwrap()
    }

    fn standing_of(header: &[&str], cells: &[&str]) -> Result<Standing, Vec<String>> {
        standing(&read(header, "list.csv"), cells.iter().copied())
    }

    #[test]
    fn columns_of_other_services_tell_who_unsubscribed() {
        use Standing::{Left, Subscribed, Unconfirmed};

        let listmonk = ["uuid", "email", "name", "attributes", "status", "subscription_status"];
        let ghost = ["id", "email", "subscribed_to_emails", "email_disabled", "labels", "deleted_at"];
        for (header, cells, expected) in [
            (&listmonk[..], &["u", "a@x.org", "A", "{}", "enabled", "confirmed"][..], Subscribed),
            (&listmonk, &["u", "a@x.org", "A", "{}", "enabled", "unconfirmed"], Unconfirmed),
            (&listmonk, &["u", "a@x.org", "A", "{}", "enabled", "unsubscribed"], Left),
            (&listmonk, &["u", "a@x.org", "A", "{}", "blocklisted", "confirmed"], Left),
            (&listmonk, &["u", "a@x.org", "A", "{}", "disabled", ""], Left),
            (&ghost, &["1", "a@x.org", "true", "", "vip", ""], Subscribed),
            (&ghost, &["1", "a@x.org", "TRUE", "false", "", ""], Subscribed),
            (&ghost, &["1", "a@x.org", "false", "", "", ""], Left),
            (&ghost, &["1", "a@x.org", "true", "true", "", ""], Left),
            (&ghost, &["1", "a@x.org", "true", "", "", "2025-01-01"], Left),
            (&["Email Address", "MEMBER_RATING", "Phone"], &["a@x.org", "2", "1"], Subscribed),
            (&["Email Address", "MEMBER_RATING", "CLEAN_TIME"], &["a@x.org", "2", ""], Left),
            (&["Email Address", "Unsubscribed At"], &["a@x.org", "2025-01-01"], Left),
            (&["email", "confirmed"], &["a@x.org", "no"], Unconfirmed),
        ] {
            assert_eq!(standing_of(header, cells), Ok(expected), "{header:?} {cells:?}");
        }
        for (header, cells) in [
            (["email", "subscribed"], ["a@x.org", "perhaps"]),
            (["email", "subscribed"], ["a@x.org", ""]),
            (["email", "status"], ["a@x.org", "gone fishing"]),
            (["email", "status"], ["a@x.org", ""]),
        ] {
            assert!(standing_of(&header, &cells).is_err(), "{header:?} {cells:?}");
        }
    }

    #[test]
    fn files_of_unsubscribed_people_are_recognized_by_name() {
        for name in ["unsubscribed_members_export_1f.csv", "cleaned_email_audience_export_1f.csv"] {
            assert!(read(&["Email Address"], name).all_left.is_some(), "{name}");
        }
        assert!(read(&["Email Address"], "subscribed_members_export_1f.csv").all_left.is_none());
    }

    #[test]
    fn unknown_columns_are_reported_in_files_of_unknown_services() {
        assert_eq!(read(&["email", " Colour"], "").columns[1], Column::Unknown("Colour".to_owned()));
        assert_eq!(read(&["email", "LEID", "Colour"], "").columns[2], Column::Other);
        let twice = csv::StringRecord::from(vec!["email", "Email Address"]);
        assert!(Columns::read(&twice, "").is_err());
    }
}
