//! The subscriber's preferences, behind a link that is mailed on request.

use std::net::IpAddr;

use chrono::{DateTime, Days, Utc};
use entity::enums::{DeliveryKind, SubscriptionStatus};
use entity::subscription;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _,
};
use smtp::Address;

use crate::error::{Error, UserError, UserErrorCode};
use crate::keys::{Keys, Purpose, Token};
use crate::mail::typed_address;
use crate::outbox::link_limits::{self, LinkRequester};
use crate::outbox::transactional::{self, NewMail};
use crate::queue::Job;
use crate::subscriptions::reschedule;
use crate::{Result, Services, random};

use super::links::{self, MANAGE_LINK_LIFETIME, by_token, expired_token};
use super::settings::{SettingsChange, SettingsInput, apply, current};
use super::{of_address, suppression};

/// The maximum length of a pause.
const MAX_PAUSE: Days = Days::new(366);

/// The subscription that a manage token opens; `None` if the token is wrong or expired.
pub async fn open(services: &Services, token: &str) -> Result<Option<subscription::Model>> {
    let Some(token) = Token::parse(token) else { return Ok(None) };
    let row = subscription::Entity::find_by_id(token.id).one(services.db.read()).await?;
    let now = services.now();
    Ok(row.filter(|row| {
        row.manage_expires_at.is_some_and(|expiry| now < expiry)
            && row
                .manage_nonce
                .as_deref()
                .is_some_and(|nonce| services.settings.keys.verify(token, Purpose::Manage, nonce))
    }))
}

/// The subscription that a manage token opens, locked.
///
/// # Errors
/// `INVALID` or `EXPIRED` if the token opens none.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    token: &str,
) -> Result<subscription::Model> {
    let row = by_token(tx, keys, token, Purpose::Manage, |row| row.manage_nonce.clone()).await?;
    if row.manage_expires_at.is_none_or(|expiry| expiry <= now) {
        return Err(expired_token());
    }
    link_limits::mark_used(tx, keys, now, &row.email, DeliveryKind::Manage).await?;
    Ok(row)
}

/// Changes the settings of the subscription that a manage token opens.
///
/// # Errors
/// `INVALID` or `EXPIRED` if the token opens none, and what is wrong in the input.
pub async fn update(
    services: &Services,
    token: &str,
    change: &SettingsChange,
) -> Result<subscription::Model> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = lock(tx, keys, now, token).await?;
                let mut changed = changed(row.clone(), change, now)?;
                if changed.status == SubscriptionStatus::Active {
                    reschedule::reschedule(tx, keys, now, &row, &mut changed).await?;
                }
                let row: subscription::ActiveModel = changed.into();
                Ok(row.reset_all().update(tx).await?)
            })
        })
        .await
}

fn changed(
    row: subscription::Model,
    change: &SettingsChange,
    now: DateTime<Utc>,
) -> Result<subscription::Model> {
    let (wanted, pause) = change.clone().merge(SettingsInput::from(current(&row)));
    let paused_until = pause.unwrap_or(row.paused_until);
    let settings = wanted.check();
    let latest = now.date_naive() + MAX_PAUSE;
    let too_late = pause.flatten().filter(|&day| day > latest).map(|_| {
        let message =
            format!("A pause can last until {latest} at most. To stop the digests altogether, unsubscribe.");
        UserError::new(UserErrorCode::Invalid, &["input", "pausedUntil"], message)
    });
    match (settings, too_late) {
        (Ok(settings), None) => Ok(subscription::Model { paused_until, ..apply(settings, row) }),
        (settings, too_late) => {
            let problems = settings.err().unwrap_or_default();
            Err(Error::User(problems.into_iter().chain(too_late).collect()))
        }
    }
}

/// Has a manage link mailed to the address, if it is subscribed. The same statements and the same answer
/// for every address. `network` is where the request came from.
///
/// # Errors
/// `INVALID` if the text is not an address.
pub async fn request_link(services: &Services, email: &str, network: Option<IpAddr>) -> Result<Address> {
    let address = typed_address(email, &["email"])?;
    let asker = LinkRequester::stranger(&services.settings.keys, network);
    mail_link(services, &address, &asker).await?;
    Ok(address)
}

/// Has a manage link mailed to the subscriber whose mail held this token.
///
/// # Errors
/// `INVALID` if the token is wrong.
pub async fn request_link_by_token(services: &Services, token: &str) -> Result<()> {
    let wrong = links::wrong_token;
    let token = Token::parse(token).ok_or_else(wrong)?;
    let row = subscription::Entity::find_by_id(token.id).one(services.db.read()).await?;
    let keys = &services.settings.keys;
    let row = row
        .filter(|row| keys.verify(token, Purpose::RequestManageLink, &row.link_nonce))
        .ok_or_else(wrong)?;
    let address = Address::parse(&row.email).ok_or_else(wrong)?;
    mail_link(services, &address, &LinkRequester::HOLDER).await
}

async fn mail_link(services: &Services, address: &Address, asker: &LinkRequester) -> Result<()> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let key = address.key();
                let row = of_address(tx, &key).await?;
                let kind = DeliveryKind::Manage;
                let sent = link_limits::outstanding(tx, keys, now, address, kind, asker).await?;
                let is_usual = if asker.is_known() { sent.allows_known() } else { sent.allows() };
                let reason = suppression::reason(tx, keys, &key).await?;
                let is_active = row.as_ref().is_some_and(|row| row.status == SubscriptionStatus::Active);
                let goes_out = is_active && reason.is_none() && is_usual;
                let leaves_at = transactional::leaves_at(tx, services, now, kind, goes_out).await?;
                let id = row.as_ref().map_or(0, |row| row.id);
                let (nonce, expiry) =
                    row.map_or((None, None), |row| (row.manage_nonce, row.manage_expires_at));
                let changed = subscription::ActiveModel {
                    manage_nonce: Set(if goes_out { Some(random::name()) } else { nonce }),
                    manage_expires_at: Set(if goes_out {
                        Some(leaves_at + MANAGE_LINK_LIFETIME)
                    } else {
                        expiry
                    }),
                    ..Default::default()
                };
                subscription::Entity::update_many()
                    .set(changed)
                    .filter(subscription::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                let mail = NewMail {
                    kind,
                    subscription_id: Some(id),
                    sign_in_id: None,
                    recipient: address,
                    asker,
                    expires_at: leaves_at + MANAGE_LINK_LIFETIME,
                };
                transactional::queue_if(tx, services, leaves_at, &mail, goes_out).await
            })
        })
        .await?;
    services.wake(Job::SendTransactional);
    Ok(())
}
