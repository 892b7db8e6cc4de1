//! Papers, as Hugging Face's daily-papers JSON, and circuits that are open.

use std::path::PathBuf;

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{Process, Stack};

/// An item: paper `number` of January 2026.
pub fn item(number: u32, upvotes: u32) -> Value {
    json!({
        "paper": {
            "id": format!("2601.{number:05}"),
            "authors": [{ "name": format!("Author {number}") }, { "name": "Ada Lovelace" }],
            "publishedAt": format!("2026-01-{:02}T12:00:00.000Z", 1 + number % 5),
            "title": format!("Paper {number}"),
            "summary": format!("What paper {number} is about."),
            "upvotes": upvotes,
            "ai_keywords": [if number.is_multiple_of(2) { "even numbers" } else { "odd numbers" }],
        },
        "title": format!("Paper {number}"),
        "numComments": number % 3,
    })
}

/// Items with falling votes.
pub fn items(numbers: std::ops::Range<u32>) -> Vec<Value> {
    let end = numbers.end;
    numbers.map(|number| item(number, end - number)).collect()
}

/// A paper in Hebrew and Arabic, with an author and a keyword in Latin script.
pub fn right_to_left_item(number: u32, upvotes: u32) -> Value {
    let mut item = item(number, upvotes);
    item["title"] = json!("למידה עמוקה: BERT בעברית");
    item["paper"]["summary"] = json!("אנחנו מראים ש-BERT לומד עברית מהר. ".repeat(5));
    item["paper"]["authors"] =
        json!([{ "name": "דנה כהן" }, { "name": "Ada Lovelace" }, { "name": "محمد\u{202e} علي\u{2069}" }]);
    item["paper"]["organization"] = json!({ "name": "al-mada", "fullname": "مختبر المدى" });
    item["paper"]["ai_keywords"] = json!(["עברית", "parsing"]);
    item
}

/// Writes the file of a day.
pub fn write_day(stack: &Stack, day: &str, items: &[Value]) -> PathBuf {
    let folder = stack.path("hf");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{day}.json"));
    std::fs::write(&path, serde_json::to_vec(items).unwrap()).unwrap();
    path
}

/// Imports a day with these papers; answers the summary.
pub fn import_day(stack: &Stack, day: &str, numbers: std::ops::Range<u32>) -> String {
    import_items(stack, day, &items(numbers))
}

/// Imports a day with these items; answers the summary.
pub fn import_items(stack: &Stack, day: &str, items: &[Value]) -> String {
    let path = write_day(stack, day, items);
    if !stack.is_embedded() {
        stack.done(&["migrate"]);
    }
    stack.done(&["import", "hf-daily", path.to_str().unwrap()])
}

/// Imports `count` confirmed subscribers, `a0@example.org` and so on.
pub fn import_subscribers(stack: &Stack, count: usize) {
    let list: String = (0..count).map(|number| format!("a{number}@example.org\n")).collect();
    std::fs::write(stack.path("list.csv"), format!("email\n{list}")).unwrap();
    stack.done(&["migrate"]);
    stack.done(&["subscribers", "import", stack.path("list.csv").to_str().unwrap(), "--confirmed"]);
}

/// A stack with these papers on 2026-01-06, and a server that serves them.
pub async fn stack_with_papers(numbers: std::ops::Range<u32>) -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", numbers);
    let server = stack.serve().await;
    (stack, server)
}

/// Opens circuits as after refusals: domains, and the time of each probe, in UTC. In the format of the program: SQLite
/// compares text.
pub async fn open_circuits(stack: &Stack, circuits: &[(&str, &str)]) {
    let database = stack.database().await;
    for (domain, probe_at) in circuits {
        let sql = format!(
            "INSERT INTO circuit_breaker (domain, opened_at, reason, failures, probe_at) \
             VALUES ('{domain}', '2026-01-08T08:00:00+00:00', 'refused', 0, '{probe_at}+00:00')"
        );
        database.execute_unprepared(&sql).await.unwrap();
    }
    database.close().await.unwrap();
}
