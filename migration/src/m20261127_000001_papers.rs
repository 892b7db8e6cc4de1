//! Papers, who wrote them, what they are about, and the words that filters look up.
//!
//! The words are in an index. On SQLite it is an FTS5 table without content of its own, kept by triggers. Its tokenizer
//! splits words at spaces only: letters beyond ASCII belong to words, and so do `+` and `#`, which are named. On Postgres it
//! is a GIN index over the words as an array, spelled as `domain` spells it in its queries.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::{drop_all, reference, run};

/// Indexes by which papers and their relations are found.
const INDEXES: [&str; 13] = [
    "CREATE INDEX organization_name_key ON organization (name_key)",
    "CREATE INDEX paper_title_key ON paper (title_key)",
    "CREATE INDEX paper_doi ON paper (lower(doi))",
    "CREATE INDEX paper_hidden ON paper (id) WHERE hidden_at IS NOT NULL",
    "CREATE INDEX paper_newest ON paper (published_on, id)",
    "CREATE INDEX paper_upvotes ON paper ((source_upvotes + upvotes), id)",
    "CREATE INDEX paper_comments ON paper ((source_comments + comments), id)",
    "CREATE INDEX paper_trending ON paper (trending, id)",
    "CREATE INDEX paper_organization ON paper (organization_id, published_on, id)",
    "CREATE INDEX paper_author_paper ON paper_author (paper_id)",
    "CREATE INDEX paper_category_code ON paper_category (code, paper_id)",
    "CREATE INDEX keyword_key ON keyword (keyword_key, paper_id)",
    "CREATE INDEX paper_words_rules ON paper_words (rules)",
];

/// The word index on SQLite.
const SQLITE_WORD_INDEX: [&str; 4] = [
    "CREATE VIRTUAL TABLE paper_word_index USING fts5(words, content='', contentless_delete=1, \
     tokenize=\"ascii tokenchars '+#'\")",
    "CREATE TRIGGER paper_words_added AFTER INSERT ON paper_words BEGIN \
     INSERT INTO paper_word_index (rowid, words) VALUES (new.paper_id, new.words); END",
    "CREATE TRIGGER paper_words_removed AFTER DELETE ON paper_words BEGIN \
     DELETE FROM paper_word_index WHERE rowid = old.paper_id; END",
    "CREATE TRIGGER paper_words_changed AFTER UPDATE OF words ON paper_words BEGIN \
     UPDATE paper_word_index SET words = new.words WHERE rowid = old.paper_id; END",
];

/// The word index on Postgres.
const POSTGRES_WORD_INDEX: [&str; 1] =
    ["CREATE INDEX paper_words_index ON paper_words USING gin (string_to_array(btrim(words), ' '))"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let organization = Table::create()
            .table("organization")
            .col(big_pk_auto("id"))
            .col(text_uniq("slug"))
            .col(text("name"))
            .col(text("name_key"))
            .col(text_null("logo_url"))
            .col(date_null("named_on"))
            .to_owned();
        for table in [organization, paper()] {
            manager.create_table(table).await?;
        }
        for table in relations() {
            manager.create_table(table).await?;
        }
        run(manager, &INDEXES).await?;
        let is_sqlite = manager.get_connection().get_database_backend() == DbBackend::Sqlite;
        if is_sqlite {
            run(manager, &SQLITE_WORD_INDEX).await
        } else {
            run(manager, &POSTGRES_WORD_INDEX).await
        }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_connection().get_database_backend() == DbBackend::Sqlite {
            drop_all(manager, &["paper_word_index"]).await?;
        }
        drop_all(
            manager,
            &[
                "paper_words",
                "keyword",
                "paper_category",
                "category",
                "paper_author",
                "paper_version",
                "paper",
                "organization",
            ],
        )
        .await
    }
}

fn paper() -> TableCreateStatement {
    Table::create()
        .table("paper")
        .col(big_pk_auto("id"))
        .col(text_uniq("slug"))
        .col(text_null("arxiv_id").unique_key())
        .col(text("title"))
        .col(text("title_key"))
        .col(text("abstract"))
        .col(text_null("summary"))
        .col(json_binary("authors"))
        .col(integer("author_count"))
        .col(big_integer_null("organization_id"))
        .col(date("published_on"))
        .col(date_null("updated_on"))
        .col(text_null("project_url"))
        .col(text_null("repository_url"))
        .col(integer_null("repository_stars"))
        .col(text_null("thumbnail_url"))
        .col(text_null("doi"))
        .col(json_binary("media_urls").default("[]"))
        .col(json_binary_null("submitter"))
        .col(json_binary("participants").default("[]"))
        .col(integer_null("said_version"))
        .col(date_null("said_on"))
        .col(integer_null("arxiv_version"))
        .col(date_null("arxiv_on"))
        .col(json_binary("curated_fields").default("[]"))
        .col(json_binary("said_before").default("[]"))
        .col(date_null("withdrawn_on"))
        .col(integer("source_upvotes"))
        .col(integer("source_comments"))
        .col(integer("upvotes"))
        .col(integer("comments"))
        .col(big_integer("trending"))
        .col(timestamp_with_time_zone_null("hidden_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("changed_at"))
        .foreign_key(&mut reference("paper", "organization_id", "organization", ForeignKeyAction::SetNull))
        .to_owned()
}

fn relations() -> [TableCreateStatement; 6] {
    let paper_author = Table::create()
        .table("paper_author")
        .col(text("name_key"))
        .col(big_integer("paper_id"))
        .primary_key(Index::create().col("name_key").col("paper_id"))
        .foreign_key(&mut reference("paper_author", "paper_id", "paper", ForeignKeyAction::Cascade))
        .to_owned();
    let paper_version = Table::create()
        .table("paper_version")
        .col(big_integer("paper_id"))
        .col(integer("number"))
        .col(timestamp_with_time_zone("submitted_at"))
        .primary_key(Index::create().col("paper_id").col("number"))
        .foreign_key(&mut reference("paper_version", "paper_id", "paper", ForeignKeyAction::Cascade))
        .to_owned();
    let category =
        Table::create().table("category").col(text("code").primary_key()).col(text("name")).to_owned();
    let paper_category = Table::create()
        .table("paper_category")
        .col(big_integer("paper_id"))
        .col(text("code"))
        .col(integer("position"))
        .primary_key(Index::create().col("paper_id").col("code"))
        .foreign_key(&mut reference("paper_category", "paper_id", "paper", ForeignKeyAction::Cascade))
        .foreign_key(
            ForeignKey::create()
                .name("paper_category_code_fkey")
                .from("paper_category", "code")
                .to("category", "code"),
        )
        .to_owned();
    let keyword = Table::create()
        .table("keyword")
        .col(big_integer("paper_id"))
        .col(text("keyword_key"))
        .col(text("name"))
        .col(integer("position"))
        .primary_key(Index::create().col("paper_id").col("keyword_key"))
        .foreign_key(&mut reference("keyword", "paper_id", "paper", ForeignKeyAction::Cascade))
        .to_owned();
    let paper_words = Table::create()
        .table("paper_words")
        .col(big_integer("paper_id").primary_key())
        .col(text("words"))
        .col(integer("rules").default(0))
        .foreign_key(&mut reference("paper_words", "paper_id", "paper", ForeignKeyAction::Cascade))
        .to_owned();
    [paper_author, paper_version, category, paper_category, keyword, paper_words]
}
