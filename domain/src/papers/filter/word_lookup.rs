//! Look-ups of words and phrases in the word index of the database.
//!
//! A hundred keywords are a hundred look-ups and no reading of all papers: on SQLite in the table `paper_word_index`
//! (FTS5, kept by triggers), on Postgres in a GIN index over the words' array, which finds the papers that have all words
//! of a phrase; those are then looked at for the phrase.

use entity::paper_words;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait as _, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, Condition, DbBackend, Value};

use crate::papers::words;

/// The indexed expression on Postgres, as in its migration.
const WORDS: &str = "string_to_array(btrim(words COLLATE \"C\"), ' ')";

/// The word index of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// In SQLite's full-text index.
    FullText,
    /// In the index of Postgres over an array.
    Array,
}

impl From<DbBackend> for Lookup {
    fn from(backend: DbBackend) -> Self {
        if backend == DbBackend::Sqlite { Self::FullText } else { Self::Array }
    }
}

impl Lookup {
    /// The papers that have any of these words or phrases.
    pub(super) fn papers_with(self, phrases: &[String]) -> SelectStatement {
        let mut keys: Vec<String> = phrases.iter().map(|phrase| words::key(phrase)).collect();
        keys.retain(|key| !key.is_empty());
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Query::select()
                .column(paper_words::Column::PaperId)
                .from(paper_words::Entity)
                .and_where(Expr::cust("1 = 0"))
                .to_owned();
        }
        match self {
            Self::FullText => in_full_text(&keys),
            Self::Array => in_array(&keys),
        }
    }
}

/// By SQLite's full-text index.
fn in_full_text(keys: &[String]) -> SelectStatement {
    // A key has no quotation mark that would end its string.
    let query: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    Query::select()
        .expr(Expr::cust("rowid"))
        .from("paper_word_index")
        .and_where(Expr::cust_with_values("paper_word_index MATCH ?", [query.join(" OR ")]))
        .to_owned()
}

/// By the index of Postgres over the array of words.
fn in_array(keys: &[String]) -> SelectStatement {
    let has = |operator: &str, words: Vec<&str>| {
        let words = words.into_iter().map(Value::from).collect();
        let words = Value::Array(ArrayType::String, Some(Box::new(words)));
        Expr::cust_with_values(format!("{WORDS} {operator} $1"), [words])
    };
    let (phrases, single): (Vec<&str>, Vec<&str>) =
        keys.iter().map(String::as_str).partition(|key| key.contains(' '));
    let mut any = Condition::any();
    if !single.is_empty() {
        any = any.add(has("&&", single));
    }
    for phrase in phrases {
        let pattern = LikeExpr::new(format!("% {phrase} %"));
        let whole = paper_words::Column::Words.into_expr().like(pattern);
        any = any.add(Condition::all().add(has("@>", phrase.split(' ').collect())).add(whole));
    }
    Query::select().column(paper_words::Column::PaperId).from(paper_words::Entity).cond_where(any).to_owned()
}
