//! The "not me" link: the owner of an address stops all mail that they did not request, no matter who requests it. The
//! link is in confirmations and is valid until the subscription is confirmed. Idempotent.

use entity::enums::{SubscriptionStatus, SuppressionReason};
use entity::subscription;
use sea_orm::EntityTrait as _;

use crate::keys::{Purpose, Token};
use crate::{Result, Services};

use super::links::{by_token, wrong_token};
use super::suppression;

/// Whether the link of a mail stops all mail, for the page that shows its button. Changes nothing.
///
/// # Errors
/// `INVALID` if the token is wrong, or its subscription was confirmed.
pub async fn preview(services: &Services, token: &str) -> Result<()> {
    let token = Token::parse(token).ok_or_else(wrong_token)?;
    let row = subscription::Entity::find_by_id(token.id).one(services.db.read()).await?;
    let keys = &services.settings.keys;
    let is_good =
        row.is_some_and(|row| nonce(&row).is_some_and(|nonce| keys.verify(token, Purpose::NotMe, &nonce)));
    if is_good { Ok(()) } else { Err(wrong_token()) }
}

/// Stops all mail to the address.
///
/// # Errors
/// `INVALID` if the token is wrong, or its subscription was confirmed.
pub async fn refuse(services: &Services, token: &str) -> Result<()> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = by_token(tx, keys, token, Purpose::NotMe, nonce).await?;
                suppression::stop(tx, keys, now, &row.address_key, SuppressionReason::NotMe, None).await
            })
        })
        .await
}

/// The nonce of the token; none once the owner of the address has confirmed or unsubscribed.
fn nonce(row: &subscription::Model) -> Option<String> {
    let is_asked = row.pending.is_some() && row.status != SubscriptionStatus::Active;
    let is_good =
        is_asked || matches!(row.status, SubscriptionStatus::Pending | SubscriptionStatus::Suppressed);
    is_good.then(|| row.link_nonce.clone())
}
