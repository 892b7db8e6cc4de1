//! A paper, featured or not.

use sea_orm::entity::prelude::*;

use crate::json::{People, Person, StringList};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Stable name for URLs: the arXiv identifier, else made from the title.
    #[sea_orm(unique)]
    pub slug: String,
    /// arXiv identifier without a version.
    #[sea_orm(unique)]
    pub arxiv_id: Option<String>,
    /// Title, line breaks removed.
    pub title: String,
    /// Normalised title, by which papers without an arXiv identifier are merged.
    pub title_key: String,
    /// The authors' abstract, line breaks removed.
    pub r#abstract: String,
    /// One or two sentences, if the source gives them.
    pub summary: Option<String>,
    /// Author names in the order of the paper.
    #[sea_orm(column_type = "JsonBinary")]
    pub authors: StringList,
    /// The number that the source states; it can exceed the names given.
    pub author_count: i32,
    /// The institution, if one is named.
    pub organization_id: Option<i64>,
    /// Day of the first version.
    pub published_on: Date,
    /// The day of the latest version, if it is known.
    pub updated_on: Option<Date>,
    /// Project page.
    pub project_url: Option<String>,
    /// Source code.
    pub repository_url: Option<String>,
    /// Stars of the repository, as the source reported them.
    pub repository_stars: Option<i32>,
    /// A picture.
    pub thumbnail_url: Option<String>,
    /// Digital object identifier.
    pub doi: Option<String>,
    /// Pictures and films that were handed in with it.
    #[sea_orm(column_type = "JsonBinary")]
    pub media_urls: StringList,
    /// Who handed it in at its source.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub submitter: Option<Person>,
    /// Its authors who have an account at its source.
    #[sea_orm(column_type = "JsonBinary")]
    pub participants: People,
    /// The version that Hugging Face's last statement is of, if it told.
    pub said_version: Option<i32>,
    /// The feed day that Hugging Face's last statement is of.
    pub said_on: Option<Date>,
    /// The version that arXiv's last statement is of, if it told.
    pub arxiv_version: Option<i32>,
    /// The day on which arXiv's record last changed; null as long as arXiv has said nothing.
    pub arxiv_on: Option<Date>,
    /// Names of the fields that a curator has set or cleared, as in the contract.
    #[sea_orm(column_type = "JsonBinary")]
    pub curated_fields: StringList,
    /// Keys of its sources' statements, the latest last.
    #[sea_orm(column_type = "JsonBinary")]
    pub said_before: StringList,
    /// Day on which its authors withdrew it.
    pub withdrawn_on: Option<Date>,
    /// Votes that its source reported; set by imports only.
    pub source_upvotes: i32,
    /// Comments that its source reported; set by imports only.
    pub source_comments: i32,
    /// Votes given here.
    pub upvotes: i32,
    /// Comments written here.
    pub comments: i32,
    /// Trending score in millionths.
    pub trending: i64,
    /// Since when a curator keeps it from being shown; null while it is.
    pub hidden_at: Option<DateTimeUtc>,
    /// When it was looked up because somebody asked for it; null if it came by a source.
    pub looked_up_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When its data last changed.
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(
    id Id, slug Slug, arxiv_id ArxivId, title Title, title_key TitleKey, r#abstract Abstract, summary Summary,
    authors Authors, author_count AuthorCount, organization_id OrganizationId, published_on PublishedOn,
    updated_on UpdatedOn, project_url ProjectUrl, repository_url RepositoryUrl, repository_stars RepositoryStars,
    thumbnail_url ThumbnailUrl, doi Doi, media_urls MediaUrls, submitter Submitter, participants Participants,
    said_version SaidVersion, said_on SaidOn, arxiv_version ArxivVersion, arxiv_on ArxivOn, curated_fields CuratedFields, said_before SaidBefore, withdrawn_on WithdrawnOn,
    source_upvotes SourceUpvotes, source_comments SourceComments, upvotes Upvotes, comments Comments, trending Trending, hidden_at HiddenAt,
    looked_up_at LookedUpAt, created_at CreatedAt, changed_at ChangedAt,
);
