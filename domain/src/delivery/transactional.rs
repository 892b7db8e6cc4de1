//! Mails that people ask for, and how often anyone can have one sent to an address.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::DeliveryKind;
use entity::{delivery, mail_pace};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _,
    DatabaseTransaction, EntityTrait as _, Iterable as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::db::hold_mailbox;
use crate::keys::Keys;
use crate::mail::address::Address;
use crate::{Result, Services};

/// Mails of a kind that anyone can trigger to a mailbox in [`MONTH`].
const MONTHLY: u64 = 3;
const DAY: TimeDelta = TimeDelta::hours(24);
const MONTH: TimeDelta = TimeDelta::days(30);

/// How far ahead of their pace mails may leave: what comes in a moment leaves in a moment, up to a tenth of an hour's.
const BURST: TimeDelta = TimeDelta::minutes(6);

/// Sign-in mails to the mailbox of an account in a day.
const SIGN_INS: u64 = 5;

/// What was sent to a mailbox lately.
#[derive(Clone, Copy, Debug)]
pub struct Recent {
    in_day: u64,
    in_month: u64,
}

impl Recent {
    /// Whether another mail may go out: one a day and three a month.
    #[must_use]
    pub fn allows(self) -> bool {
        self.in_day == 0 && self.in_month < MONTHLY
    }

    /// Whether another sign-in mail may go to the mailbox of an account: five a day. Its owner needs one for
    /// every device, and knows where they come from.
    #[must_use]
    pub fn allows_sign_in(self) -> bool {
        self.in_day < SIGN_INS
    }

    /// Whether nothing went out for a month, as a suppressed address asks for.
    #[must_use]
    pub fn none_in_month(self) -> bool {
        self.in_month == 0
    }
}

/// What was sent lately to the mailbox behind `address`, whatever its tags. Until the transaction ends nobody
/// else counts or sends to it.
///
/// # Errors
/// Where the database fails.
pub async fn recent(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address: &Address,
    kind: DeliveryKind,
) -> Result<Recent> {
    hold_mailbox(tx, &keys.address_hash(&address.mailbox_key())).await?;
    let times = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::CreatedAt)
        .filter(delivery::Column::MailboxHash.is_in(keys.address_hashes(&address.mailbox_key())))
        .filter(Expr::cust("kind <> 'DIGEST'"))
        .filter(delivery::Column::Kind.eq(kind))
        .filter(delivery::Column::CreatedAt.gt(now - MONTH))
        .order_by_desc(delivery::Column::CreatedAt)
        .limit(std::cmp::max(MONTHLY, SIGN_INS))
        .into_tuple::<DateTime<Utc>>()
        .all(tx)
        .await?;
    let in_day = times.iter().filter(|&&at| at > now - DAY).count() as u64;
    Ok(Recent { in_day, in_month: times.len() as u64 })
}

/// When a mail of this kind may leave, if it does: at once, or spread out behind those that were asked for before, so
/// that a flood of requests does not make the service a flood of mail. Nothing is dropped; what a mail carries is to be
/// good from then on. Runs the same statements whether it goes out or not.
///
/// # Errors
/// Where the database fails.
pub async fn leaves_at(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    kind: DeliveryKind,
    goes_out: bool,
) -> Result<DateTime<Utc>> {
    let row = mail_pace::Entity::find_by_id(kind).lock_exclusive().one(tx).await?;
    let spread_until = std::cmp::max(now, row.map_or(now, |row| row.spread_until));
    let an_hour = services.settings.mail.triggered_per_hour;
    let step =
        if goes_out { TimeDelta::hours(1).checked_div(an_hour.try_into().unwrap_or(i32::MAX)) } else { None };
    let paced = mail_pace::ActiveModel {
        kind: Set(kind),
        spread_until: Set(spread_until + step.unwrap_or_default()),
    };
    mail_pace::Entity::update_many().set(paced).filter(mail_pace::Column::Kind.eq(kind)).exec(tx).await?;
    Ok(std::cmp::max(now, spread_until - BURST))
}

/// A mail to be queued.
#[derive(Clone, Copy, Debug)]
pub struct NewMail<'a> {
    /// What it carries.
    pub kind: DeliveryKind,
    /// Whose.
    pub subscription_id: Option<i64>,
    /// Of a sign-in mail: which link.
    pub sign_in_id: Option<i64>,
    /// Where it goes.
    pub recipient: &'a Address,
    /// When what it carries is worth nothing any more.
    pub expires_at: DateTime<Utc>,
}

/// Queues a mail if `goes_out`, to leave at `leaves_at`; runs the same statement either way, so that the time it takes
/// tells nobody which.
///
/// # Errors
/// Where the database fails.
pub async fn queue_if(
    tx: &DatabaseTransaction,
    services: &Services,
    leaves_at: DateTime<Utc>,
    mail: &NewMail<'_>,
    goes_out: bool,
) -> Result<()> {
    let (settings, now) = (&services.settings, services.now());
    let mut row = super::queued(settings, mail.kind, mail.recipient, now, leaves_at, mail.expires_at);
    row.subscription_id = Set(mail.subscription_id);
    row.sign_in_id = Set(mail.sign_in_id);
    let columns: Vec<_> = delivery::Column::iter().filter(|&column| row.get(column).is_set()).collect();
    let mut select = Query::select();
    for &column in &columns {
        let value = row.get(column).into_value().unwrap_or(sea_orm::Value::String(None));
        select.expr(Expr::val(value));
    }
    select.and_where(Expr::val(goes_out).eq(true));
    let mut insert = Query::insert();
    insert.into_table(delivery::Entity).columns(columns);
    insert.select_from(select).map_err(|error| crate::Error::Internal(error.to_string()))?;
    tx.execute(&insert).await?;
    debug_assert_ne!(mail.kind.to_value(), DeliveryKind::Digest.to_value());
    Ok(())
}
