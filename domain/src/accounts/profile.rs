//! Profiles: handles and display names, checked, changed and audited.

use entity::enums::Role;
use entity::user;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QuerySelect as _,
};

use crate::error::{Error, UserError, UserErrorCode};
use crate::{Result, Services, audit};

use super::names::{
    self, MAX_DISPLAY_NAME, MAX_HANDLE, handle_key, is_handle, is_reserved, piles_up, shown_name,
};

/// Changes what a person is called; what is absent stays.
///
/// # Errors
/// `INVALID` and `TAKEN` for either, `REQUIRED` and `TOO_LONG` for the name as shown.
pub async fn update(
    services: &Services,
    user_id: i64,
    handle: Option<&str>,
    display_name: Option<&str>,
) -> Result<user::Model> {
    let now = services.now();
    let display_name = &display_name.map(shown_name);
    let problems: Vec<UserError> = handle
        .and_then(handle_problem)
        .into_iter()
        .chain(display_name.as_deref().and_then(display_name_problem))
        .collect();
    if !problems.is_empty() {
        return Err(Error::User(problems));
    }
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let before = user::Entity::find_by_id(user_id)
                    .lock_exclusive()
                    .one(tx)
                    .await?
                    .ok_or_else(|| Error::Internal("the viewer's row is missing".to_owned()))?;
                let handle = handle.filter(|handle| *handle != before.handle);
                let display_name = display_name.as_ref().filter(|name| **name != before.display_name);
                if handle.is_none() && display_name.is_none() {
                    return Ok(before);
                }
                let mut changed: user::ActiveModel = before.clone().into();
                if let Some(handle) = handle {
                    check_handle_is_free(tx, user_id, handle).await?;
                    changed.handle = Set(handle.to_owned());
                }
                if let Some(name) = display_name {
                    check_name_is_free(tx, user_id, name).await?;
                    changed.display_name = Set(name.clone());
                }
                names::set_keys(&mut changed);
                let after = changed.update(tx).await?;
                let mut detail = serde_json::Map::new();
                if handle.is_some() {
                    detail.insert("handle".to_owned(), audit::change(&before.handle, &after.handle));
                }
                if display_name.is_some() {
                    let change = audit::change(&before.display_name, &after.display_name);
                    detail.insert("displayName".to_owned(), change);
                }
                let target = Some(format!("User:{user_id}"));
                audit::record(tx, now, Some(user_id), "updateProfile", target, Some(detail.into())).await?;
                Ok(after)
            })
        })
        .await
}

fn handle_problem(handle: &str) -> Option<UserError> {
    let path = ["input", "handle"];
    if !is_handle(handle) {
        let message = format!("A handle must have 1 to {MAX_HANDLE} letters, digits, dashes or underscores.");
        return Some(UserError::new(UserErrorCode::Invalid, &path, message));
    }
    is_reserved(handle).then(|| {
        let message = format!("{handle} is reserved. Choose another handle.");
        UserError::new(UserErrorCode::Taken, &path, message)
    })
}

fn display_name_problem(name: &str) -> Option<UserError> {
    let path = ["input", "displayName"];
    let (code, message) = if name.is_empty() {
        (UserErrorCode::Required, "The display name must not be empty.".to_owned())
    } else if name.chars().count() > MAX_DISPLAY_NAME {
        (UserErrorCode::TooLong, format!("A display name can have at most {MAX_DISPLAY_NAME} characters."))
    } else if piles_up(name) {
        (UserErrorCode::Invalid, "One letter of this name has too many accents.".to_owned())
    } else if is_reserved(name) {
        (UserErrorCode::Taken, "This name is reserved. Choose another name.".to_owned())
    } else {
        return None;
    };
    Some(UserError::new(code, &path, message))
}

/// Handles that look alike are one.
async fn check_handle_is_free(tx: &DatabaseTransaction, user_id: i64, handle: &str) -> Result<()> {
    let other = user::Entity::find()
        .filter(user::Column::HandleKey.eq(handle_key(handle)))
        .filter(user::Column::Id.ne(user_id));
    match other.one(tx).await? {
        None => Ok(()),
        Some(other) if other.handle == handle => {
            let message = format!("{handle} is already taken. Choose another handle.");
            Err(Error::user(UserErrorCode::Taken, &["input", "handle"], message))
        }
        Some(other) => {
            let message = format!(
                "{handle} looks too much like {}, which is already taken. Choose another handle.",
                other.handle
            );
            Err(Error::user(UserErrorCode::Taken, &["input", "handle"], message))
        }
    }
}

/// Many people share a name; nobody looks like a curator or an administrator who is another one.
async fn check_name_is_free(tx: &DatabaseTransaction, user_id: i64, name: &str) -> Result<()> {
    let others = user::Entity::find()
        .filter(user::Column::Role.ne(Role::Reader))
        .filter(user::Column::Id.ne(user_id))
        .all(tx)
        .await?;
    let key = handle_key(name);
    let is_alike =
        |other: &user::Model| handle_key(&other.display_name) == key || handle_key(&other.handle) == key;
    if others.iter().any(is_alike) {
        let message = "A curator or an administrator has this name. Choose another name.";
        return Err(Error::user(UserErrorCode::Taken, &["input", "displayName"], message));
    }
    Ok(())
}
