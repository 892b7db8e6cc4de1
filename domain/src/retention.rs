//! Data retention: deletion of expired sessions, sign-in links and idempotency keys, unconfirmed subscriptions, old
//! returned mail, and what is remembered of readings of sources. Each module defines its own retention time.

use crate::accounts::{networks, sessions, sign_in};
use crate::outbox::link_limits;
use crate::sources::{lookup, schedule};
use crate::{Result, Services, bounces, idempotency, subscriptions};

/// Forgets what is past keeping.
pub async fn forget(services: &Services) -> Result<()> {
    let now = services.now();
    let (unconfirmed, returned) = services
        .db
        .write(|tx| {
            Box::pin(async move {
                idempotency::forget_old(tx, now).await?;
                sessions::forget_old(tx, now).await?;
                sign_in::forget_old(tx, now).await?;
                networks::forget_old(tx, now).await?;
                link_limits::forget_old(tx, now).await?;
                lookup::forget_old(tx, now).await?;
                schedule::forget_old(tx, now).await?;
                let unconfirmed = subscriptions::forget_old(tx, now).await?;
                Ok((unconfirmed, bounces::forget_old(tx, now).await?))
            })
        })
        .await?;
    if unconfirmed > 0 || returned > 0 {
        tracing::info!(unconfirmed, returned, "expired data was deleted");
    }
    Ok(())
}
