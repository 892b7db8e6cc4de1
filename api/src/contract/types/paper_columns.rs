//! What the fields of a paper are made of, so that no other columns are read.

use async_graphql::parser::types::Field;
use db::paging::Columns as _;
use domain::entity::{featured_paper, paper};
use domain::papers::PaperColumns;

use crate::contract::projection;
use crate::contract::types::organization;

/// What a field of a paper is made of; what is not known here may be made of anything.
pub fn columns(field: &Field) -> PaperColumns {
    use featured_paper::Column as Feature;
    use paper::Column;

    let of = |columns| PaperColumns::paper(columns);
    match field.name.node.as_str() {
        "__typename" | "id" | "categories" | "keywords" | "versions" | "history" | "viewerHasUpvoted"
        | "comments" => of(&[]),
        "arxivId" | "arxivUrl" => of(&[Column::ArxivId]),
        "pdfUrl" => of(&[Column::ArxivId, Column::WithdrawnOn]),
        "slug" | "url" => of(&[Column::Slug]),
        "title" | "related" => of(&[Column::Title]),
        "abstract" => of(&[Column::Abstract]),
        "summary" => of(&[Column::Summary]),
        "authors" => of(&[Column::Authors]),
        "authorCount" => of(&[Column::AuthorCount]),
        "organization" => of(&[]).with_organization(projection::of_object(field, organization::columns)),
        "publishedOn" => of(&[Column::PublishedOn]),
        "updatedOn" => of(&[Column::UpdatedOn]),
        "featuredOn" => of(&[]).with_feature(&[Feature::Day]),
        "submittedBy" => of(&[]).with_feature(&[Feature::FeaturedBy]),
        "hiddenAt" => of(&[Column::HiddenAt]),
        "projectUrl" => of(&[Column::ProjectUrl]),
        "repositoryUrl" => of(&[Column::RepositoryUrl]),
        "repositoryStars" => of(&[Column::RepositoryStars]),
        "thumbnailUrl" => of(&[Column::ThumbnailUrl]),
        "mediaUrls" => of(&[Column::MediaUrls]),
        "sourceSubmitter" => of(&[Column::Submitter]),
        "participants" => of(&[Column::Participants]),
        "curatedFields" => of(&[Column::CuratedFields]),
        "lookedUpAt" => of(&[Column::LookedUpAt]),
        "doi" => of(&[Column::Doi]),
        "withdrawnOn" => of(&[Column::WithdrawnOn]),
        "upvoteCount" => of(&[Column::SourceUpvotes, Column::Upvotes]),
        "commentCount" => of(&[Column::SourceComments, Column::Comments]),
        "trending" => of(&[
            Column::Trending,
            Column::PublishedOn,
            Column::SourceUpvotes,
            Column::Upvotes,
            Column::SourceComments,
            Column::Comments,
        ])
        .with_feature(&[Feature::FeaturedAt]),
        _ => PaperColumns::ALL,
    }
}
