//! Export and erasure of a person's data.
//!
//! An account of the same address is a thing of its own, and stays.
//!
//! What stays after erasure is the keyed hash of the address, which keeps it suppressed: a list that is imported
//! again, or a stranger's request, does not bring it back.

use chrono::{DateTime, Utc};
use entity::enums::{DeliveryReason, SuppressionReason};
use entity::{bounce, delivery, sign_in, subscription, user};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use smtp::Address;

use crate::error::Error;
use crate::outbox::returned;
use crate::outbox::withdraw;
use crate::{Result, Services, audit};

use super::links::wrong_token;
use super::{by_id, manage, suppression};

/// All that is stored about the address whose manage token this is, as JSON.
///
/// # Errors
/// `INVALID` if the token opens nothing.
pub async fn export(services: &Services, token: &str) -> Result<String> {
    let row = manage::open(services, token).await?.ok_or_else(wrong_token)?;
    let db = services.db.read();
    let deliveries = delivery::Entity::find()
        .filter(delivery::Column::SubscriptionId.eq(row.id))
        .order_by_asc(delivery::Column::Id)
        .all(db)
        .await?;
    let deliveries: Vec<_> = deliveries.iter().map(mail_of).collect();
    let returned = bounce::Entity::find()
        .filter(returned::of_address(services.settings.keys.address_hashes(&row.address_key)))
        .order_by_asc(bounce::Column::Id)
        .all(db)
        .await?;
    let returned: Vec<_> = returned
        .iter()
        .map(|row| serde_json::json!({ "kind": row.kind, "said": row.diagnostic, "receivedAt": row.received_at }))
        .collect();
    let suppressed = suppression::find(db, &services.settings.keys, &row.address_key).await?;
    let all = serde_json::json!({
        "email": row.email,
        "status": row.status,
        "suppression": suppressed.map(|row| serde_json::json!({
            "reason": row.reason, "note": row.note, "since": row.since,
        })),
        "settings": super::settings::current(&row),
        "pausedUntil": row.paused_until,
        "createdAt": row.created_at,
        "confirmedAt": row.confirmed_at,
        "nextDigestAt": row.next_due_at,
        "coveredUntil": row.covered_day,
        "mails": deliveries,
        "returned": returned,
    });
    serde_json::to_string_pretty(&all).map_err(Error::failed("writing the data of a subscription as JSON"))
}

fn mail_of(row: &delivery::Model) -> serde_json::Value {
    serde_json::json!({
        "kind": row.kind, "status": row.status, "reason": row.reason, "recipient": row.recipient,
        "messageId": row.message_id, "localDate": row.local_date, "dueAt": row.due_at, "sentAt": row.sent_at,
        "papers": row.papers.as_ref().map(|papers| papers.0.clone()),
    })
}

/// Erases the subscription that a manage token opens.
///
/// # Errors
/// `INVALID` or `EXPIRED` if the token opens none.
pub async fn by_owner(services: &Services, token: &str) -> Result<()> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = manage::lock(tx, keys, now, token).await?;
                erase(tx, services, now, row).await
            })
        })
        .await
}

/// Erases a subscription on a written request.
///
/// # Errors
/// `NOT_FOUND` if there is no such subscription.
pub async fn by_administrator(services: &Services, actor_id: i64, id: i64) -> Result<()> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = by_id(tx, id).await?;
                erase(tx, services, now, row).await?;
                let target = Some(format!("EmailSubscription:{id}"));
                audit::record(tx, now, Some(actor_id), "eraseSubscriber", target, None).await
            })
        })
        .await
}

async fn erase(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    row: subscription::Model,
) -> Result<()> {
    withdraw::withdraw(tx, row.id, DeliveryReason::Suppressed).await?;
    // What was sent stays counted, without saying to whom.
    let forgotten = delivery::ActiveModel {
        recipient: Set(String::new()),
        domain: Set(String::new()),
        reply: Set(None),
        ..Default::default()
    };
    let keys = &services.settings.keys;
    let mailbox = Address::parse(&row.email).map(|address| address.mailbox_key()).unwrap_or_default();
    // Sign-in and test mails to the address belong to no subscription.
    let to_address = Condition::all()
        .add(delivery::Column::MailboxHash.is_in(keys.address_hashes(&mailbox)))
        .add(Expr::from(Func::lower(delivery::Column::Recipient.into_expr())).eq(row.address_key.as_str()));
    let theirs = Condition::any().add(delivery::Column::SubscriptionId.eq(row.id)).add(to_address);
    let sent = Query::select()
        .column(delivery::Column::Id)
        .from(delivery::Entity)
        .cond_where(theirs.clone())
        .to_owned();
    returned::forget_words(tx, returned::of_deliveries(sent)).await?;
    returned::forget_words(tx, returned::of_address(keys.address_hashes(&row.address_key))).await?;
    delivery::Entity::update_many().set(forgotten).filter(theirs).exec(tx).await?;
    let account = user::Entity::find().filter(user::Column::EmailKey.eq(row.address_key.as_str()));
    if account.one(tx).await?.is_none() {
        sign_in::Entity::delete_many()
            .filter(sign_in::Column::EmailKey.eq(row.address_key.as_str()))
            .exec(tx)
            .await?;
    }
    suppression::add(tx, keys, now, &row.address_key, SuppressionReason::Erased, None).await?;
    suppression::forget_note(tx, keys, &row.address_key).await?;
    subscription::Entity::delete_by_id(row.id).exec(tx).await?;
    Ok(())
}
