//! A person with an account.

use sea_orm::entity::prelude::*;

use crate::enums::Role;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Unique name.
    #[sea_orm(unique)]
    pub handle: String,
    /// The handle folded: those that look alike have the same; null in data that was put in by hand.
    #[sea_orm(unique)]
    pub handle_key: Option<String>,
    /// Name as shown.
    pub display_name: String,
    /// Handle, name and address folded, for looking people up.
    pub search_key: String,
    /// What the person may do.
    pub role: Role,
    /// The address that signs in; null for accounts made at the command line.
    pub email: Option<String>,
    /// The address, lower-cased.
    #[sea_orm(unique)]
    pub email_key: Option<String>,
    /// The mailbox behind the address, whatever its tags; null without an address.
    pub mailbox_key: Option<String>,
    /// When the account was made.
    pub joined_at: DateTimeUtc,
    /// Since when the person may not act; null while they may.
    pub banned_at: Option<DateTimeUtc>,
    /// Why.
    pub ban_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(
    id Id, handle Handle, display_name DisplayName, role Role, email Email, email_key EmailKey, joined_at JoinedAt,
    banned_at BannedAt, ban_reason BanReason, handle_key HandleKey, search_key SearchKey, mailbox_key MailboxKey,
);
