//! Papers, who wrote them, and what they are about.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::table::{drop_all, reference, run};

/// By which papers and what hangs on them are found.
const INDEXES: [&str; 11] = [
    "CREATE INDEX organization_name_key ON organization (name_key)",
    "CREATE INDEX paper_title_key ON paper (title_key)",
    "CREATE INDEX paper_hidden ON paper (id) WHERE hidden_at IS NOT NULL",
    "CREATE INDEX paper_newest ON paper (published_on, id)",
    "CREATE INDEX paper_upvotes ON paper ((source_upvotes + upvotes), id)",
    "CREATE INDEX paper_comments ON paper ((source_comments + comments), id)",
    "CREATE INDEX paper_trending ON paper (trending, id)",
    "CREATE INDEX paper_organization ON paper (organization_id, published_on, id)",
    "CREATE INDEX paper_author_paper ON paper_author (paper_id)",
    "CREATE INDEX paper_category_code ON paper_category (code, paper_id)",
    "CREATE INDEX keyword_key ON keyword (keyword_key, paper_id)",
];

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
            .to_owned();
        let paper = Table::create()
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
            .col(date_null("withdrawn_on"))
            .col(integer("source_upvotes"))
            .col(integer("source_comments"))
            .col(integer("upvotes"))
            .col(integer("comments"))
            .col(big_integer("trending"))
            .col(timestamp_with_time_zone_null("hidden_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("changed_at"))
            .foreign_key(&mut reference(
                "paper",
                "organization_id",
                "organization",
                ForeignKeyAction::SetNull,
            ))
            .to_owned();
        let paper_author = Table::create()
            .table("paper_author")
            .col(text("name_key"))
            .col(big_integer("paper_id"))
            .primary_key(Index::create().col("name_key").col("paper_id"))
            .foreign_key(&mut reference("paper_author", "paper_id", "paper", ForeignKeyAction::Cascade))
            .to_owned();
        let paper_words = Table::create()
            .table("paper_words")
            .col(big_integer("paper_id").primary_key())
            .col(text("words"))
            .foreign_key(&mut reference("paper_words", "paper_id", "paper", ForeignKeyAction::Cascade))
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
        for table in [organization, paper, paper_author, paper_words, category, paper_category, keyword] {
            manager.create_table(table).await?;
        }
        run(manager, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &[
                "keyword",
                "paper_category",
                "category",
                "paper_words",
                "paper_author",
                "paper",
                "organization",
            ],
        )
        .await
    }
}
