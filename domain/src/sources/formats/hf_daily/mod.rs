//! Hugging Face's daily-papers JSON, as `GET /api/daily_papers` answers it and as archives keep it.
//!
//! A file holds a list of items, or an object that wraps one; an item is an object, or the same object as JSON or
//! Python text. Only what a paper cannot be without, its identifier, its title and its day, is worth refusing an item
//! for, with a reason; of everything else what cannot be read is left out with a warning. The feed day is that of
//! the file's name or wrapper, else that of the submission, else (older items) that of the item.

mod item;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde_json::Value;

use crate::calendar::DayBounds;
use crate::papers::new_paper::NewPaper;

use super::fields::{Warning, Warnings};
use super::lenient;
use item::WireItem;

/// Bytes of an item that is text.
const MAX_TEXT: usize = 1 << 20;

/// Items in a file; a day has less than a hundred.
const MAX_ITEMS: usize = 200_000;

/// The result of one item: a paper with its warnings, or the reason for its rejection.
pub type Item = Result<(NewPaper, Vec<Warning>), String>;

/// Keys under which a wrapper object has its list.
const LIST_KEYS: [&str; 4] = ["data", "papers", "items", "dailyPapers"];

/// Reads a file. `day` is the feed day that its name says.
///
/// # Errors
/// Why nothing of it can be read.
pub fn parse(bytes: &[u8], day: Option<NaiveDate>, bounds: &DayBounds) -> Result<Vec<Item>, String> {
    let value =
        lenient::parse(&lenient::decode(bytes)).map_err(|reason| format!("not valid JSON: {reason}"))?;
    let (items, wrapped_day) = match value {
        Value::Array(items) => (items, None),
        Value::Object(mut wrapper) => {
            let wrapped_day = wrapper.get("date").and_then(Value::as_str).and_then(|day| day.parse().ok());
            let list = LIST_KEYS.iter().find_map(|&key| match wrapper.remove(key) {
                Some(Value::Array(items)) => Some(items),
                _ => None,
            });
            (list.ok_or("an object without a list of papers")?, wrapped_day)
        }
        _ => return Err("neither a list of papers nor an object with one".to_owned()),
    };
    if items.len() > MAX_ITEMS {
        return Err(format!("more than {MAX_ITEMS} items"));
    }
    let day = day.or(wrapped_day);
    Ok(items.into_iter().zip(0..).map(|(item, position)| read(item, position, day, bounds)).collect())
}

fn read(item: Value, position: i32, day: Option<NaiveDate>, bounds: &DayBounds) -> Item {
    let item = match item {
        Value::String(text) if text.len() > MAX_TEXT => {
            return Err(format!("text of more than {MAX_TEXT} bytes"));
        }
        Value::String(text) => {
            lenient::parse(&text).map_err(|_| "text that is neither JSON nor a Python literal".to_owned())?
        }
        other => other,
    };
    let Value::Object(mut object) = item else { return Err("not an object".to_owned()) };
    if let Some(Value::String(reason)) = object.get("unreadable") {
        return Err(reason.clone());
    }
    let paper = match object.remove("paper") {
        Some(Value::Object(paper)) => paper,
        Some(_) => return Err("paper is not an object".to_owned()),
        None => return Err("there is no paper".to_owned()),
    };
    let mut warnings = Warnings::default();
    let paper = WireItem::new(object, paper).paper(position, day, bounds, &mut warnings)?;
    Ok((paper, warnings.into_vec()))
}
