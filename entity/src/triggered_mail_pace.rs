//! How far ahead the mail of a kind that strangers can cause is spread, so that no more than so many leave in an hour.

use sea_orm::entity::prelude::*;

use crate::enums::DeliveryKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "triggered_mail_pace")]
pub struct Model {
    /// What the mail carries.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: DeliveryKind,
    /// When what was asked for so far would have left, one after the other.
    pub spread_until: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
