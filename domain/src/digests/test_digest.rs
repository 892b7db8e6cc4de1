//! A test digest to one address, sent by an administrator and excluded from all counts.

use db::paging::PageRange;
use entity::delivery;
use entity::enums::{Cadence, DeliveryKind};
use entity::json::PaperIds;
use entity::topic_filter::TopicFilter;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use smtp::masked;

use crate::calendar::Period;
use crate::digests::send_edition;
use crate::error::{Error, UserErrorCode};
use crate::idempotency::IdempotencyKey;
use crate::mail::typed_address;
use crate::outbox;
use crate::outbox::retry;
use crate::papers::read::{self, PaperList, Scope};
use crate::papers::{PaperFilter, PaperOrder};
use crate::queue::Job;
use crate::subscriptions::settings::checked_filter;
use crate::{Result, Services, audit, editions};

/// The maximum number of papers in a test digest.
const MAX_PAPERS: u64 = 10;

/// The input of an administrator.
#[derive(Clone, Debug)]
pub struct TestDigestInput {
    /// The recipient.
    pub email: String,
    /// The digest to preview.
    pub cadence: Cadence,
    /// Of which period; without one, of the latest complete period that has papers.
    pub period: Option<Period>,
    /// The filter.
    pub filter: TopicFilter,
    /// Marks a repeated request.
    pub idempotency_key: Option<String>,
}

/// Queues the test digest, with its papers chosen.
///
/// # Errors
/// What is wrong in the input; `NOT_FOUND` if there is nothing to send.
pub async fn send(services: &Services, actor_id: i64, input: &TestDigestInput) -> Result<delivery::Model> {
    let now = services.now();
    let address = &typed_address(&input.email, &["input", "email"])?;
    let filter = &PaperFilter::of_digest(&checked_filter(&input.filter).map_err(Error::User)?);
    if input.period.is_some_and(|period| period.cadence() != input.cadence) {
        let message = format!("The period is not a {} one.", editions::cadence_word(input.cadence));
        return Err(Error::user(UserErrorCode::Invalid, &["input", "period"], message));
    }
    let delivery = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let key = IdempotencyKey {
                    user_id: actor_id,
                    action: "sendTestDigest",
                    key: input.idempotency_key.as_deref(),
                };
                if let Some(id) = key.first_target(tx, now).await?
                    && let Some(first) = delivery::Entity::find_by_id(id).one(tx).await?
                {
                    return Ok(first);
                }
                let nothing =
                    |message: &str| Error::user(UserErrorCode::NotFound, &["input", "period"], message);
                let edition = match input.period {
                    Some(period) => send_edition::publish_complete(tx, services, now, period)
                        .await
                        .map_err(below_input)?,
                    None => editions::publish::latest(tx, services, now, input.cadence)
                        .await?
                        .ok_or_else(|| nothing("No complete period has papers."))?,
                };
                let list = PaperList {
                    scope: Scope::Period(editions::period(&edition)?),
                    filter: filter.clone(),
                    order: PaperOrder::Trending,
                    lookup: services.db.backend().into(),
                };
                let slice = PageRange::first(MAX_PAPERS);
                let papers = read::page(tx, &list, &slice).await?;
                if papers.is_empty() {
                    return Err(nothing("No paper of the period matches the filter."));
                }
                let expires_at = now + retry::digest_lifetime(input.cadence);
                let mut row = outbox::build_delivery(
                    &services.settings,
                    DeliveryKind::Test,
                    address,
                    now,
                    now,
                    expires_at,
                );
                row.edition_id = Set(Some(edition.id));
                row.papers = Set(Some(PaperIds(papers.iter().map(|listed| listed.paper.id).collect())));
                let row = row.insert(tx).await?;
                key.remember(tx, now, row.id).await?;
                let target = Some(format!("Delivery:{}", row.id));
                let detail = serde_json::json!({ "to": masked(address.as_str()) });
                audit::record(tx, now, Some(actor_id), "sendTestDigest", target, Some(detail)).await?;
                Ok(row)
            })
        })
        .await?;
    services.wake(Job::SendTransactional);
    Ok(delivery)
}

/// The same errors, their places below `input`.
fn below_input(error: Error) -> Error {
    match error {
        Error::User(problems) => {
            Error::User(problems.into_iter().map(|problem| problem.below(&["input"])).collect())
        }
        other => other,
    }
}
