//! What people call themselves.

use entity::user;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::error::{Error, UserError, UserErrorCode};
use crate::papers::text::one_line;
use crate::{Result, Services};

/// Characters in a name as shown.
const MAX_DISPLAY_NAME: usize = 100;

/// Whether a text can be a handle: 1 to 39 ASCII letters, digits, dashes and underscores.
#[must_use]
pub(super) fn is_handle(text: &str) -> bool {
    (1..=39).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Changes what a person is called; what is absent stays.
///
/// # Errors
/// `INVALID` and `TAKEN` for the handle, `REQUIRED` and `TOO_LONG` for the name as shown.
pub async fn update(
    services: &Services,
    user_id: i64,
    handle: Option<&str>,
    display_name: Option<&str>,
) -> Result<user::Model> {
    let display_name = display_name.map(one_line);
    let mut problems = Vec::new();
    if handle.is_some_and(|handle| !is_handle(handle)) {
        let message = "A handle has 1 to 39 letters, digits, dashes and underscores.";
        problems.push(UserError::new(UserErrorCode::Invalid, &["input", "handle"], message.to_owned()));
    }
    if let Some(name) = &display_name {
        if name.is_empty() {
            let message = "The name that is shown is not empty.";
            problems.push(UserError::new(
                UserErrorCode::Required,
                &["input", "displayName"],
                message.to_owned(),
            ));
        }
        if name.chars().count() > MAX_DISPLAY_NAME {
            let message = format!("A name has at most {MAX_DISPLAY_NAME} characters.");
            problems.push(UserError::new(UserErrorCode::TooLong, &["input", "displayName"], message));
        }
    }
    if !problems.is_empty() {
        return Err(Error::User(problems));
    }
    let display_name = &display_name;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = user::Entity::find_by_id(user_id)
                    .lock_exclusive()
                    .one(tx)
                    .await?
                    .ok_or_else(|| Error::Internal("the viewer is gone".to_owned()))?;
                let mut changed: user::ActiveModel = row.into();
                if let Some(handle) = handle {
                    let other = user::Entity::find()
                        .filter(user::Column::Handle.eq(handle))
                        .filter(user::Column::Id.ne(user_id));
                    if other.one(tx).await?.is_some() {
                        let message = format!("{handle} is somebody else's.");
                        return Err(Error::user(UserErrorCode::Taken, &["input", "handle"], message));
                    }
                    changed.handle = Set(handle.to_owned());
                }
                if let Some(name) = display_name {
                    changed.display_name = Set(name.clone());
                }
                Ok(changed.update(tx).await?)
            })
        })
        .await
}
