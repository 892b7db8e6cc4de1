//! Transactional mails: when they leave and how they are queued. [`crate::outbox::link_limits`] limits how many an
//! address can get.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::DeliveryKind;
use entity::{delivery, link_request, triggered_mail_pace};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _,
    DatabaseTransaction, EntityTrait, Iterable as _, QueryFilter as _, QuerySelect as _,
};
use smtp::Address;

use crate::outbox;
use crate::outbox::link_limits::LinkRequester;
use crate::{Error, Result, Services};

/// The time by which mails may be ahead of their pace, so that a burst of up to a tenth of an hour's mails leaves at
/// once.
const BURST_WINDOW: TimeDelta = TimeDelta::minutes(6);

/// When a mail of this kind may leave, if it does: at once, or spread out behind those that were asked for before, so
/// that a flood of requests does not make the service a flood of mail. Nothing is dropped; what a mail carries is to be
/// good from then on. Runs the same statements whether it goes out or not.
pub async fn leaves_at(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    kind: DeliveryKind,
    goes_out: bool,
) -> Result<DateTime<Utc>> {
    let row = triggered_mail_pace::Entity::find_by_id(kind).lock_exclusive().one(tx).await?;
    let spread_until = std::cmp::max(now, row.map_or(now, |row| row.spread_until));
    let per_hour = services.settings.mail.triggered_per_hour.filter(|_| goes_out);
    let step = per_hour.map(|mails| TimeDelta::hours(1) / i32::try_from(mails.get()).unwrap_or(i32::MAX));
    let paced = triggered_mail_pace::ActiveModel {
        kind: Set(kind),
        spread_until: Set(spread_until + step.unwrap_or_default()),
    };
    triggered_mail_pace::Entity::update_many()
        .set(paced)
        .filter(triggered_mail_pace::Column::Kind.eq(kind))
        .exec(tx)
        .await?;
    Ok(std::cmp::max(now, spread_until - BURST_WINDOW))
}

/// A mail to be queued.
#[derive(Clone, Copy, Debug)]
pub struct NewMail<'a> {
    /// The content.
    pub kind: DeliveryKind,
    /// Whose.
    pub subscription_id: Option<i64>,
    /// Of a sign-in mail: which link.
    pub sign_in_id: Option<i64>,
    /// The recipient.
    pub recipient: &'a Address,
    /// The requester.
    pub asker: &'a LinkRequester,
    /// The time at which its content expires.
    pub expires_at: DateTime<Utc>,
}

/// Queues a mail if `goes_out`, to leave at `leaves_at`, and counts it; runs the same statements either way, so that
/// the time they take does not reveal which.
pub async fn queue_if(
    tx: &DatabaseTransaction,
    services: &Services,
    leaves_at: DateTime<Utc>,
    mail: &NewMail<'_>,
    goes_out: bool,
) -> Result<()> {
    let (settings, now) = (&services.settings, services.now());
    let mut row =
        outbox::build_delivery(settings, mail.kind, mail.recipient, now, leaves_at, mail.expires_at);
    row.subscription_id = Set(mail.subscription_id);
    row.sign_in_id = Set(mail.sign_in_id);
    insert_if::<delivery::Entity, _>(tx, &row, goes_out).await?;
    debug_assert_ne!(mail.kind.to_value(), DeliveryKind::Digest.to_value());
    let keys = &settings.keys;
    let counted = link_request::ActiveModel {
        kind: Set(mail.kind),
        mailbox_hash: Set(keys.address_hash(&mail.recipient.mailbox_key())),
        network_hash: Set(mail.asker.network_hash().map(ToOwned::to_owned)),
        is_known: Set(mail.asker.is_known()),
        asked_at: Set(now),
        used_at: Set(None),
        ..Default::default()
    };
    insert_if::<link_request::Entity, _>(tx, &counted, goes_out).await
}

/// Inserts a row if `goes_out`, by one statement either way.
async fn insert_if<E, A>(tx: &DatabaseTransaction, row: &A, goes_out: bool) -> Result<()>
where
    E: EntityTrait + Default,
    A: ActiveModelTrait<Entity = E>,
{
    let columns: Vec<E::Column> = E::Column::iter().filter(|&column| row.get(column).is_set()).collect();
    let mut select = Query::select();
    for &column in &columns {
        let value = row.get(column).into_value().unwrap_or(sea_orm::Value::String(None));
        select.expr(Expr::val(value));
    }
    select.and_where(Expr::val(goes_out).eq(true));
    let mut insert = Query::insert();
    insert.into_table(E::default()).columns(columns);
    insert.select_from(select).map_err(Error::failed("building the statement for a mail"))?;
    tx.execute(&insert).await?;
    Ok(())
}
