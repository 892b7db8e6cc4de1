//! The sample papers: what a fresh installation shows until it has papers of its own.
//!
//! Titles, days, author counts, organizations and comment counts are those of the papers; the abstracts
//! were written for this file.

use chrono::NaiveDate;
use entity::enums::PaperSource;
use entity::paper;
use sea_orm::EntityTrait as _;
use serde::Deserialize;

use crate::papers::{NewFeature, NewOrganization, NewPaper};
use crate::{Error, Result, Services};

use super::import;

const PAPERS: &str = include_str!("../../data/sample-papers.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sample {
    title: String,
    r#abstract: String,
    author_count: Option<i32>,
    organization: Option<SampleOrganization>,
    published_on: NaiveDate,
    comments: i32,
}

#[derive(Deserialize)]
struct SampleOrganization {
    slug: String,
    name: String,
}

/// The day whose feed shows the sample papers: 2026-01-06.
#[must_use]
pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 6).unwrap_or_default()
}

/// Loads the sample papers into a database that has no papers. Answers whether it did.
///
/// # Errors
/// Where the database fails.
pub async fn load_if_empty(services: &Services) -> Result<bool> {
    let has_papers = paper::Entity::find().one(services.db.read()).await?.is_some();
    if has_papers {
        return Ok(false);
    }
    let samples: Vec<Sample> =
        serde_json::from_str(PAPERS).map_err(|error| Error::Internal(format!("sample papers: {error}")))?;
    let day = day();
    let featured_at = services.settings.calendar.opens_at(day);
    let papers = samples.into_iter().zip(0..).map(|(sample, position)| {
        let organization = sample.organization.map(|organization| NewOrganization {
            slug: organization.slug,
            name: organization.name,
            logo_url: None,
        });
        NewPaper {
            title: Some(sample.title),
            r#abstract: Some(sample.r#abstract),
            author_count: sample.author_count,
            organization,
            published_on: Some(sample.published_on),
            source_comments: Some(sample.comments),
            feature: Some(NewFeature { day, featured_at, position, featured_by: None }),
            ..NewPaper::default()
        }
        .cleaned()
    });
    import::papers(services, PaperSource::Sample, papers.collect()).await?;
    Ok(true)
}
