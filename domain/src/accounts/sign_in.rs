//! Signing in by a link in a mail.
//!
//! A person who can read the mail of an address is its owner. The request runs the same statements and gets the same
//! answer for every address; whether a mail goes out tells the rest. An address that is new becomes an account
//! when its link is used. A link works once, for 15 minutes, and only the latest does. Who is banned hears so when they
//! use theirs.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{DeliveryKind, Role, SuppressionReason};
use entity::{sign_in, user};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
    sea_query::OnConflict,
};
use smtp::Address;

use crate::error::{Error, UserErrorCode};
use crate::keys::{Purpose, Token};
use crate::mail::typed_address;
use crate::outbox::link_limits::{self, LinkRequester};
use crate::outbox::transactional::{self, NewMail};
use crate::queue::Job;
use crate::subscriptions::suppression;
use crate::{Result, Services, random};

use super::{bans, names, networks, sessions};

/// The lifetime of a link.
pub const SIGN_IN_LINK_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Has a sign-in link mailed to the address; `network` is where the request came from.
///
/// # Errors
/// `INVALID` if the text is not an address.
pub async fn request(services: &Services, email: &str, network: Option<IpAddr>) -> Result<Address> {
    let address = typed_address(email, &["email"])?;
    let now = services.now();
    let (keys, address) = (&services.settings.keys, &address);
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let key = address.key();
                let row = link(tx, address, &key).await?;
                let kind = DeliveryKind::SignIn;
                let known =
                    user::Entity::find().filter(user::Column::EmailKey.eq(key.as_str())).one(tx).await?;
                let asker = LinkRequester::stranger(keys, network);
                let user_id = known.as_ref().map_or(0, |user| user.id);
                let is_known = networks::is_known(tx, now, user_id, asker.network_hashes()).await?;
                let asker = &asker.known(is_known);
                let sent = link_limits::outstanding(tx, keys, now, address, kind, asker).await?;
                let reason = suppression::reason(tx, keys, &key).await?;
                let is_usual = match &known {
                    Some(_) if is_known => sent.allows_known(),
                    Some(_) => sent.allows_sign_in(),
                    None => sent.allows_newcomer(),
                };
                let goes_out = match reason {
                    None => is_usual,
                    // Who left the digests may sign in; an address that bounced, or is nobody's, is tried once a month.
                    Some(SuppressionReason::Unsubscribed) if known.is_some() => is_usual,
                    Some(reason) => is_usual && suppression::is_liftable(reason) && sent.none_in_month(),
                };
                // Strangers' mail is spread out; accounts have a limit of their own, and nobody makes them wait.
                let is_paced = goes_out && known.is_none();
                let paced = transactional::leaves_at(tx, services, now, kind, is_paced).await?;
                let leaves_at = if known.is_some() { now } else { paced };
                let mut changed = sign_in::ActiveModel { id: Set(row.id), ..Default::default() };
                changed.email = Set(address.to_string());
                changed.nonce = Set(if goes_out { Some(random::name()) } else { row.nonce });
                changed.expires_at =
                    Set(if goes_out { Some(leaves_at + SIGN_IN_LINK_LIFETIME) } else { row.expires_at });
                changed.update(tx).await?;
                let mail = NewMail {
                    kind,
                    subscription_id: None,
                    sign_in_id: Some(row.id),
                    recipient: address,
                    asker,
                    expires_at: leaves_at + SIGN_IN_LINK_LIFETIME,
                };
                transactional::queue_if(tx, services, leaves_at, &mail, goes_out).await
            })
        })
        .await?;
    services.wake(Job::SendTransactional);
    Ok(address.clone())
}

async fn link(tx: &DatabaseTransaction, address: &Address, key: &str) -> Result<sign_in::Model> {
    let row = sign_in::ActiveModel {
        id: NotSet,
        email_key: Set(key.to_owned()),
        email: Set(address.to_string()),
        nonce: Set(None),
        expires_at: Set(None),
    };
    let keep = OnConflict::column(sign_in::Column::EmailKey).do_nothing().to_owned();
    sign_in::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await?;
    sign_in::Entity::find()
        .filter(sign_in::Column::EmailKey.eq(key))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::Internal("the new sign-in link is missing".to_owned()))
}

/// Whether a token signs in. Changes nothing.
///
/// # Errors
/// `INVALID` or `EXPIRED` if it does not, `CONFLICT` for who is banned.
pub async fn preview(services: &Services, token: &str) -> Result<()> {
    let token = Token::parse(token).ok_or_else(wrong)?;
    let row = sign_in::Entity::find_by_id(token.id).one(services.db.read()).await?;
    let row = check(services, row, token, services.now())?;
    match bans::of_address(services.db.read(), &row.email_key).await? {
        Some(ban) => Err(ban.into()),
        None => Ok(()),
    }
}

/// Signs in, once: returns the token of a session, which is kept nowhere, and whose it is. `network` is where the
/// request came from.
///
/// # Errors
/// `INVALID` or `EXPIRED` if the token does not sign in, `CONFLICT` if the person is banned.
pub async fn sign_in(
    services: &Services,
    token: &str,
    network: Option<IpAddr>,
) -> Result<(String, user::Model)> {
    let token = Token::parse(token).ok_or_else(wrong)?;
    let (now, keys) = (services.now(), &services.settings.keys);
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = sign_in::Entity::find_by_id(token.id).lock_exclusive().one(tx).await?;
                let row = check(services, row, token, now)?;
                if let Some(ban) = bans::of_address(tx, &row.email_key).await? {
                    return Err(ban.into());
                }
                let user = user(tx, now, &row).await?;
                let asker = LinkRequester::stranger(keys, network);
                networks::remember(tx, now, user.id, asker.network_hash()).await?;
                link_limits::mark_used(tx, keys, now, &row.email, DeliveryKind::SignIn).await?;
                let mut spent: sign_in::ActiveModel = row.into();
                spent.nonce = Set(None);
                spent.expires_at = Set(None);
                spent.update(tx).await?;
                Ok((sessions::begin(tx, now, user.id).await?, user))
            })
        })
        .await
}

fn check(
    services: &Services,
    row: Option<sign_in::Model>,
    token: Token,
    now: DateTime<Utc>,
) -> Result<sign_in::Model> {
    let keys = &services.settings.keys;
    let is_right = |row: &sign_in::Model| {
        row.nonce.as_deref().is_some_and(|nonce| keys.verify(token, Purpose::SignIn, nonce))
    };
    let row = row.filter(is_right).ok_or_else(wrong)?;
    if row.expires_at.is_none_or(|expiry| expiry <= now) {
        return Err(Error::user(UserErrorCode::Expired, &["token"], "This link has expired."));
    }
    Ok(row)
}

/// The account of the address, made if there is none. The row of the link is locked, so nobody else makes it
/// at the same time.
async fn user(tx: &DatabaseTransaction, now: DateTime<Utc>, row: &sign_in::Model) -> Result<user::Model> {
    let known =
        user::Entity::find().filter(user::Column::EmailKey.eq(row.email_key.as_str())).one(tx).await?;
    if let Some(known) = known {
        return Ok(known);
    }
    // A name of one's own comes with the profile; the address gives none away.
    let handle = format!("reader-{}", &random::name()[..10]);
    let mut user = user::ActiveModel {
        id: NotSet,
        display_name: Set(handle.clone()),
        handle: Set(handle),
        role: Set(Role::Reader),
        email: Set(Some(row.email.clone())),
        email_key: Set(Some(row.email_key.clone())),
        joined_at: Set(now),
        banned_at: Set(None),
        ban_reason: Set(None),
        ..Default::default()
    };
    names::set_keys(&mut user);
    Ok(user.insert(tx).await?)
}

fn wrong() -> Error {
    Error::user(
        UserErrorCode::Invalid,
        &["token"],
        "This link is not valid, or has already been used. Request a new one.",
    )
}

/// Forgets links that can no longer be used.
pub async fn forget_old(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
    let is_over = Condition::any()
        .add(sign_in::Column::ExpiresAt.is_null())
        .add(sign_in::Column::ExpiresAt.lte(now - TimeDelta::days(1)));
    sign_in::Entity::delete_many().filter(is_over).exec(connection).await?;
    Ok(())
}
