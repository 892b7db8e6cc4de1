//! Subscribing. Every address causes the same statements and gets the same response; a mail says the rest.

use std::net::IpAddr;

use entity::enums::{DeliveryKind, SubscriptionStatus};
use entity::subscription;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    EntityTrait as _,
    sea_query::OnConflict,
};
use smtp::Address;

use crate::error::Error;
use crate::mail::typed_address;
use crate::outbox::link_limits::{self, LinkRequester};
use crate::outbox::transactional::{self, NewMail};
use crate::queue::Job;
use crate::{Result, Services, random};

use super::links::CONFIRM_LINK_LIFETIME;
use super::settings::{self, SettingsInput};
use super::{of_address, suppression};

/// Keeps what is asked for until the confirmation, which it has mailed, is used. Returns the address as
/// it was understood. `network` is where the request came from.
///
/// # Errors
/// What is wrong in the input.
pub async fn subscribe(
    services: &Services,
    email: &str,
    input: &SettingsInput,
    network: Option<IpAddr>,
) -> Result<Address> {
    let wanted = input.check();
    let address = typed_address(email, &["input", "email"]);
    let (Ok(address), Ok(wanted)) = (&address, &wanted) else {
        let problems = address.err().into_iter().chain(wanted.err().unwrap_or_default());
        return Err(Error::User(problems.collect()));
    };
    let now = services.now();
    let keys = &services.settings.keys;
    let asker = &LinkRequester::stranger(keys, network);
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let key = address.key();
                let row = subscription::ActiveModel {
                    id: NotSet,
                    address_key: Set(key.clone()),
                    address_hash: Set(keys.address_hash(&key)),
                    email: Set(address.to_string()),
                    status: Set(SubscriptionStatus::Pending),
                    link_nonce: Set(random::name()),
                    created_at: Set(now),
                    ..settings::columns(wanted.clone())
                };
                let keep = OnConflict::column(subscription::Column::AddressKey).do_nothing().to_owned();
                subscription::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await?;
                let row = of_address(tx, &key)
                    .await?
                    .ok_or_else(|| Error::Internal("the new subscription is missing".to_owned()))?;
                let kind = DeliveryKind::Confirmation;
                let sent = link_limits::outstanding(tx, keys, now, address, kind, asker).await?;
                let goes_out = match suppression::reason(tx, keys, &key).await? {
                    None => sent.allows(),
                    Some(reason) => suppression::is_liftable(reason) && sent.none_in_month(),
                };
                let leaves_at = transactional::leaves_at(tx, services, now, kind, goes_out).await?;
                // A second request on the same day changes nothing: the first one's mail is on its way,
                // and its link must go on working.
                let mut changed = subscription::ActiveModel { id: Set(row.id), ..Default::default() };
                changed.pending = Set(if goes_out { Some(wanted.clone()) } else { row.pending });
                changed.confirm_nonce = Set(if goes_out { Some(random::name()) } else { row.confirm_nonce });
                changed.confirm_expires_at = Set(if goes_out {
                    Some(leaves_at + CONFIRM_LINK_LIFETIME)
                } else {
                    row.confirm_expires_at
                });
                changed.update(tx).await?;
                let mail = NewMail {
                    kind,
                    subscription_id: Some(row.id),
                    sign_in_id: None,
                    recipient: address,
                    asker,
                    expires_at: leaves_at + CONFIRM_LINK_LIFETIME,
                };
                transactional::queue_if(tx, services, leaves_at, &mail, goes_out).await
            })
        })
        .await?;
    services.wake(Job::SendTransactional);
    Ok(address.clone())
}
