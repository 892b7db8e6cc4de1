//! Reading a CSV file: who is to be subscribed, who is left out and why, and all mistakes.
//!
//! Always: nobody is subscribed of whom any line of the file says that they left.

use std::collections::HashSet;

use smtp::Address;

use crate::subscriptions::csv::columns::Field;
use crate::subscriptions::csv::entry::{Entry, entry};
use crate::subscriptions::csv::header::{self, Column, Columns};
use crate::subscriptions::csv::line::Line;
use crate::subscriptions::csv::standing::Standing;
use crate::subscriptions::csv::table::{Table, decode};
use crate::subscriptions::csv::{ListFile, Summary, cell};

/// Records of a file.
const MAX_RECORDS: usize = 1_000_000;

/// Mistakes that are kept; more are only counted.
const MAX_MISTAKES: usize = 1_000;

/// The content of a file.
#[derive(Default)]
pub(crate) struct CsvContent {
    pub(crate) entries: Vec<Entry>,
    pub(crate) summary: Summary,
    /// Notices for the operator.
    pub(crate) notices: Vec<String>,
    /// The mistakes, each with its line.
    pub(crate) mistakes: Vec<String>,
}

/// Reads a file. With `is_confirmed`, who did not confirm elsewhere is left out: nobody asks them again.
pub(crate) fn read(file: &ListFile<'_>, is_confirmed: bool) -> CsvContent {
    let mut reading = CsvContent::default();
    if let Err(mistake) = reading.read(file, is_confirmed) {
        reading.mistake(mistake);
    }
    reading
}

impl CsvContent {
    fn read(&mut self, file: &ListFile<'_>, is_confirmed: bool) -> Result<(), String> {
        let decoded = decode(file.bytes)?;
        self.notices.extend(decoded.notice);
        let mut table = Table::new(&decoded.text)?;
        let columns = Columns::read(&table.header, file.name)?;
        self.notices.extend(columns.all_left.clone());
        let (mut left, mut unknown) = (HashSet::new(), HashSet::new());
        while let Some((number, record)) = table.next_record() {
            if self.summary.read == MAX_RECORDS {
                return Err(format!("line {number}: a file can have at most {MAX_RECORDS} people; split it"));
            }
            self.summary.read += 1;
            let record = match record {
                Ok(record) => record,
                Err(mistake) => {
                    self.mistake(format!("line {number}: {mistake}"));
                    continue;
                }
            };
            let (line, surplus) = line_of(&columns, &record);
            for name in surplus.into_iter().filter(|name| unknown.insert((*name).to_owned())) {
                self.mistake(format!("line {number}: the column {name:?} is not known; remove it"));
            }
            self.take(&columns, number, &record, &line, is_confirmed, &mut left);
        }
        // Another line of the file may have said so before or after.
        let before = self.entries.len();
        self.entries.retain(|entry| !left.contains(&entry.address.key()));
        self.summary.left_out += before - self.entries.len();
        Ok(())
    }

    fn take(
        &mut self,
        columns: &Columns,
        number: u64,
        record: &csv::StringRecord,
        line: &Line,
        is_confirmed: bool,
        left: &mut HashSet<String>,
    ) {
        let cells = record.iter().map(|value| cell::unescape(value.trim()));
        match header::standing(columns, cells) {
            Ok(Standing::Left) => {
                self.summary.left_out += 1;
                left.extend(Address::parse(line.get(Field::Email)).map(|address| address.key()));
            }
            Ok(Standing::Unconfirmed) if is_confirmed => {
                self.summary.left_out += 1;
                self.summary.unconfirmed += 1;
            }
            Ok(Standing::Unconfirmed | Standing::Subscribed) => match entry(line) {
                Ok(entry) => self.entries.push(entry),
                Err(wrong) => self.mistakes_of(number, &wrong),
            },
            Err(wrong) => self.mistakes_of(number, &wrong),
        }
    }

    fn mistakes_of(&mut self, number: u64, wrong: &[String]) {
        for wrong in wrong {
            self.mistake(format!("line {number}: {wrong}"));
        }
    }

    fn mistake(&mut self, mistake: String) {
        self.summary.mistakes += 1;
        if self.mistakes.len() < MAX_MISTAKES {
            self.mistakes.push(mistake);
        }
    }
}

/// The cells that are ours, and the names of columns that nobody knows and that say something.
fn line_of<'a>(columns: &'a Columns, record: &csv::StringRecord) -> (Line, Vec<&'a str>) {
    let (mut line, mut unknown) = (Line::default(), Vec::new());
    for (column, value) in columns.columns.iter().zip(record) {
        let value = cell::unescape(value.trim());
        match column {
            Column::Field(field) => line.set(*field, value),
            Column::Unknown(name) if !value.is_empty() => unknown.push(name.as_str()),
            _ => {}
        }
    }
    (line, unknown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(text: &str, is_confirmed: bool) -> CsvContent {
        read(&ListFile { bytes: text.as_bytes(), name: "list.csv" }, is_confirmed)
    }

    fn named(reading: &CsvContent) -> Vec<&str> {
        reading.entries.iter().map(|entry| entry.address.as_str()).collect()
    }

    #[test]
    fn unsubscribed_people_are_not_subscribed() {
        let text = "email,status\na@x.org,unsubscribed\nb@x.org,Blocklisted\nc@x.org,cleaned\nd@x.org,active\n\
                    e@x.org,PENDING\nf@x.org,enabled\nF@x.org,disabled\n";
        let confirmed = reading(text, true);
        assert_eq!(named(&confirmed), ["d@x.org"]);
        assert_eq!((confirmed.summary.left_out, confirmed.summary.unconfirmed), (6, 1));
        assert_eq!(named(&reading(text, false)), ["d@x.org", "e@x.org"]);
        // Mistakes of who left are nobody's concern.
        let left = reading("email,status,cadence\nnobody,unsubscribed,hourly\n", true);
        assert_eq!((left.summary.left_out, left.mistakes.len()), (1, 0));
    }

    #[test]
    fn an_unknown_status_is_an_error_with_its_line() {
        let strange = reading("email;status\na@x.org;active\nb@x.org;gone\n", true);
        assert_eq!(
            strange.mistakes,
            ["line 3: the status \"gone\" is not known; write active, pending or unsubscribed"]
        );
    }

    #[test]
    fn unknown_columns_are_reported_once() {
        let strange = reading("email,colour,empty\na@x.org,red,\nb@x.org,blue,\n", true);
        assert_eq!(strange.mistakes, ["line 2: the column \"colour\" is not known; remove it"]);
    }

    fn text() -> impl Strategy<Value = String> {
        "['=+\\-@]{0,2}[a-z;,\"\\\\ é\n]{0,12}".prop_map(|text| text.trim().to_owned())
    }

    proptest! {
        #[test]
        fn an_exported_file_is_read_back(values in prop::collection::vec(text(), 12)) {
            let mut line = Line::default();
            line.set(Field::Email, "+ada@example.org");
            line.set(Field::Status, "ACTIVE");
            for (field, value) in Field::ALL.into_iter().skip(2).zip(&values) {
                line.set(field, value.clone());
            }
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(Field::ALL.map(Field::name)).unwrap();
            writer.write_record(line.cells()).unwrap();
            let bytes = writer.into_inner().unwrap();
            let decoded = decode(&bytes).unwrap();
            let mut table = Table::new(&decoded.text).unwrap();
            let columns = Columns::read(&table.header, "").unwrap();
            let record = table.next_record().unwrap().1.unwrap();
            let mut read = line_of(&columns, &record).0;
            read.set(Field::Status, "ACTIVE");
            prop_assert_eq!(read, line);
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "(email|status|[a-z@.,;\"'\n\r\t]){0,60}") {
            let reading = reading(&text, true);
            prop_assert!(reading.entries.len() <= reading.summary.read);
        }
    }
}
