//! Limits on mails with links to a mailbox: outstanding links are counted.
//!
//! Anybody can type anybody's address, so there is a bound for each mailbox and day. But who is locked out by it is the
//! owner. So a link that was used counts no more, whose it is having been shown; what one network asked for counts
//! against that network over a month, and not against the mailbox; and who is known, by a network that has signed in
//! before or by an earlier mail, has a budget that strangers cannot use up.
//!
//! Always: a request runs the same statements whatever is counted.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::DeliveryKind;
use entity::link_request;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use smtp::Address;

use crate::Result;
use crate::keys::Keys;
use crate::locks::hold_mailbox;

/// The window of the limits of a day.
const DAY_WINDOW: TimeDelta = TimeDelta::hours(24);

/// The window of the limits of a month.
const MONTH_WINDOW: TimeDelta = TimeDelta::days(30);

/// The maximum number of outstanding confirmations, or manage links, that strangers cause at a mailbox in a day.
const MAX_PER_DAY: usize = 1;

/// The maximum number of those that one network causes at a mailbox in a month.
const MAX_PER_MONTH: usize = 3;

/// The maximum number of sign-in links that strangers have outstanding at a mailbox in a day.
const MAX_SIGN_INS_PER_DAY: usize = 5;

/// The maximum number of sign-in links that one network has outstanding at a mailbox without an account in a month.
const MAX_SIGN_INS_PER_MONTH: usize = 10;

/// The maximum number of links that a known asker has outstanding at a mailbox in a day.
const MAX_KNOWN_PER_DAY: usize = 10;

/// The maximum number of requests of a month that are read.
const MAX_REQUESTS: u64 = 1_000;

/// The requester of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkRequester {
    network_hashes: Vec<String>,
    is_known: bool,
}

impl LinkRequester {
    /// Subscriptions with an earlier mail to the mailbox.
    pub const HOLDER: Self = Self { network_hashes: Vec::new(), is_known: true };

    /// Somebody at a network: an IPv4 address, or an IPv6 network of 64 bits; `None` at the command line.
    #[must_use]
    pub fn stranger(keys: &Keys, network: Option<IpAddr>) -> Self {
        // No address holds a space.
        let hashes = network.map(|network| keys.address_hashes(&format!("network {network}")));
        Self { network_hashes: hashes.unwrap_or_default(), is_known: false }
    }

    /// The same, from where somebody signed in before.
    #[must_use]
    pub fn known(self, is_known: bool) -> Self {
        Self { is_known, ..self }
    }

    /// The keyed hash of the network.
    #[must_use]
    pub fn network_hash(&self) -> Option<&str> {
        self.network_hashes.first().map(String::as_str)
    }

    /// That under every key.
    #[must_use]
    pub fn network_hashes(&self) -> &[String] {
        &self.network_hashes
    }

    /// Whether they are likely the owner of the mailbox.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_known
    }
}

/// The outstanding mails at a mailbox: those of a kind whose links have not been used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outstanding {
    strangers_in_day: usize,
    strangers_in_month_with_used: usize,
    network_in_month: usize,
    known_in_day: usize,
}

impl Outstanding {
    /// Whether another mail may go out that a stranger asked for: one a day, and three a month for one network.
    #[must_use]
    pub fn allows(self) -> bool {
        self.strangers_in_day < MAX_PER_DAY && self.network_in_month < MAX_PER_MONTH
    }

    /// Whether another mail may go out that a known asker asked for.
    #[must_use]
    pub fn allows_known(self) -> bool {
        self.known_in_day < MAX_KNOWN_PER_DAY
    }

    /// Whether another sign-in mail may go to the mailbox of an account.
    #[must_use]
    pub fn allows_sign_in(self) -> bool {
        self.strangers_in_day < MAX_SIGN_INS_PER_DAY
    }

    /// Whether another sign-in mail may go to a mailbox that has no account.
    #[must_use]
    pub fn allows_newcomer(self) -> bool {
        self.strangers_in_day < MAX_SIGN_INS_PER_DAY && self.network_in_month < MAX_SIGN_INS_PER_MONTH
    }

    /// Whether no stranger had a mail sent for a month, used or not, as a suppressed address asks for.
    #[must_use]
    pub fn none_in_month(self) -> bool {
        self.strangers_in_month_with_used == 0
    }
}

/// The outstanding mails at the mailbox of `address`, regardless of tags. Until the transaction ends, nobody else
/// counts them or sends to it.
pub async fn outstanding(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address: &Address,
    kind: DeliveryKind,
    asker: &LinkRequester,
) -> Result<Outstanding> {
    hold_mailbox(tx, &keys.address_hash(&address.mailbox_key())).await?;
    let requests = of_mailbox(keys, address, kind)
        .filter(link_request::Column::AskedAt.gt(now - MONTH_WINDOW))
        .order_by_desc(link_request::Column::Id)
        .limit(MAX_REQUESTS)
        .all(tx)
        .await?;
    let count = |which: &dyn Fn(&link_request::Model) -> bool| {
        requests.iter().filter(|row| row.used_at.is_none() && which(row)).count()
    };
    let is_of_day = |row: &link_request::Model| row.asked_at > now - DAY_WINDOW;
    let is_of_network = |row: &link_request::Model| match &row.network_hash {
        Some(hash) => asker.network_hashes.contains(hash),
        None => asker.network_hashes.is_empty(),
    };
    Ok(Outstanding {
        strangers_in_day: count(&|row| !row.is_known && is_of_day(row)),
        strangers_in_month_with_used: requests.iter().filter(|row| !row.is_known).count(),
        network_in_month: count(&|row| !row.is_known && is_of_network(row)),
        known_in_day: count(&|row| row.is_known && is_of_day(row)),
    })
}

/// Frees the place of the latest link, which was used.
pub async fn mark_used(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address: &str,
    kind: DeliveryKind,
) -> Result<()> {
    let Some(address) = Address::parse(address) else { return Ok(()) };
    let latest = of_mailbox(keys, &address, kind)
        .filter(link_request::Column::UsedAt.is_null())
        .order_by_desc(link_request::Column::Id)
        .one(tx)
        .await?;
    if let Some(latest) = latest {
        let mut used: link_request::ActiveModel = latest.into();
        used.used_at = Set(Some(now));
        used.update(tx).await?;
    }
    Ok(())
}

fn of_mailbox(keys: &Keys, address: &Address, kind: DeliveryKind) -> sea_orm::Select<link_request::Entity> {
    link_request::Entity::find()
        .filter(link_request::Column::MailboxHash.is_in(keys.address_hashes(&address.mailbox_key())))
        .filter(link_request::Column::Kind.eq(kind))
}

/// Forgets requests that count no more.
pub async fn forget_old(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
    link_request::Entity::delete_many()
        .filter(link_request::Column::AskedAt.lte(now - MONTH_WINDOW))
        .exec(connection)
        .await?;
    Ok(())
}
