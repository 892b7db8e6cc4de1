//! The sample papers of a new installation.
//!
//! Titles, identifiers, authors, days and comment counts are those of the papers; the abstracts were written for this
//! file, and the comments that can be read are examples and say so. The latest of the days is the one that a visitor
//! sees first, the others give it something to be compared with.

use chrono::{NaiveDate, NaiveTime};
use entity::enums::{PaperSource, Role};
use entity::{paper, user};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _,
};
use serde::Deserialize;

use crate::accounts::names;
use crate::community::comments::{self, NewComment};
use crate::papers::{ArxivId, NewFeature, NewOrganization, NewPaper};
use crate::{Error, Result, Services};

use super::pipeline;

const PAPERS: &str = include_str!("../../../data/sample-papers.json");

/// The handle of whom the comments are by.
const COMMENTER: &str = "example-reader";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sample {
    /// The day whose feed shows it.
    day: NaiveDate,
    arxiv_id: String,
    title: String,
    r#abstract: String,
    authors: Vec<String>,
    organization: Option<SampleOrganization>,
    categories: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    repository_url: Option<String>,
    published_on: NaiveDate,
    upvotes: i32,
    comments: i32,
    /// Comments to read.
    #[serde(default)]
    examples: Vec<String>,
}

#[derive(Deserialize)]
struct SampleOrganization {
    slug: String,
    name: String,
}

fn samples() -> Result<Vec<Sample>> {
    serde_json::from_str(PAPERS).map_err(Error::failed("reading the sample papers"))
}

/// The latest of the days whose feeds show the sample papers: 2026-01-06.
#[must_use]
pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 6).unwrap_or_default()
}

/// Loads the sample papers into a database that has no papers. Returns whether it did.
pub async fn load_if_empty(services: &Services) -> Result<bool> {
    let has_papers = paper::Entity::find().one(services.db.read()).await?.is_some();
    if has_papers {
        return Ok(false);
    }
    let samples = samples()?;
    let examples: Vec<(String, String)> = samples
        .iter()
        .flat_map(|sample| sample.examples.iter().map(|body| (sample.arxiv_id.clone(), body.clone())))
        .collect();
    let calendar = &services.settings.calendar;
    let papers = samples.into_iter().zip(0..).map(|(sample, position)| {
        let opens_at = calendar.opens_at(sample.day);
        let feature =
            NewFeature { day: sample.day, opens_at, featured_at: opens_at, position, featured_by: None };
        new_paper(sample, feature)
    });
    pipeline::papers(services, PaperSource::Sample, papers.collect()).await?;
    comment(services, &examples).await?;
    Ok(true)
}

fn new_paper(sample: Sample, feature: NewFeature) -> NewPaper {
    let organization = sample.organization.map(|organization| NewOrganization {
        slug: organization.slug,
        name: organization.name,
        logo_url: None,
    });
    NewPaper {
        arxiv_id: ArxivId::parse(&sample.arxiv_id),
        title: Some(sample.title),
        r#abstract: Some(sample.r#abstract),
        authors: sample.authors,
        organization,
        categories: sample.categories,
        keywords: sample.keywords,
        repository_url: sample.repository_url,
        published_on: Some(sample.published_on),
        source_upvotes: Some(sample.upvotes),
        source_comments: Some(sample.comments),
        feature: Some(feature),
        ..NewPaper::default()
    }
    .cleaned()
}

/// Writes the examples of comments, by somebody who cannot sign in.
async fn comment(services: &Services, examples: &[(String, String)]) -> Result<()> {
    let mut commenter = user::ActiveModel {
        id: NotSet,
        handle: Set(COMMENTER.to_owned()),
        display_name: Set("Example reader".to_owned()),
        role: Set(Role::Reader),
        email: Set(None),
        email_key: Set(None),
        joined_at: Set(day().and_time(NaiveTime::MIN).and_utc()),
        banned_at: Set(None),
        ban_reason: Set(None),
        ..Default::default()
    };
    names::set_keys(&mut commenter);
    let known = user::Entity::find().filter(user::Column::Handle.eq(COMMENTER));
    if known.one(services.db.read()).await?.is_some() {
        return Ok(());
    }
    let work = services.db.write(|tx| {
        let commenter = commenter.clone();
        Box::pin(async move { Ok(user::Entity::insert(commenter).exec(tx).await?.last_insert_id) })
    });
    let author_id = work.await?;
    for (arxiv_id, body) in examples {
        let found = paper::Entity::find().filter(paper::Column::ArxivId.eq(arxiv_id.as_str()));
        let Some(found) = found.one(services.db.read()).await? else { continue };
        let new =
            NewComment { paper_id: found.id, parent_id: None, body: body.clone(), idempotency_key: None };
        comments::write(services, author_id, &new).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use crate::papers::taxonomy;

    use super::*;

    #[test]
    fn every_sample_paper_is_complete() {
        let samples = samples().unwrap();
        let ids: HashSet<&str> = samples.iter().map(|sample| sample.arxiv_id.as_str()).collect();
        assert_eq!(ids.len(), samples.len(), "no paper is there twice");
        let mut days: HashMap<NaiveDate, usize> = HashMap::new();
        for sample in samples {
            *days.entry(sample.day).or_default() += 1;
            let opens_at = sample.day.and_time(NaiveTime::MIN).and_utc();
            assert!(sample.published_on <= sample.day, "{}", sample.title);
            assert!(!sample.categories.is_empty(), "{}", sample.title);
            assert!(sample.categories.iter().all(|code| taxonomy::name(code).is_some()), "{}", sample.title);
            let day = sample.day;
            let feature = NewFeature { day, opens_at, featured_at: opens_at, position: 0, featured_by: None };
            let paper = new_paper(sample, feature);
            assert!(paper.arxiv_id.is_some() && paper.problems(true).is_empty(), "{:?}", paper.title);
        }
        assert_eq!(days.remove(&day()), Some(46));
        assert!(days.len() >= 4 && days.keys().all(|&other| other < day()), "{days:?}");
    }
}
