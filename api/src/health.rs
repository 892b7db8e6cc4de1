//! Whether the process lives, and whether it can answer.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use tokio::time::timeout;

use crate::state::ApiState;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// `GET /health/live`: the process answers. It asks nothing else, so that a database that restarts does not
/// take the service with it.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

/// `GET /health/ready`: the database answers, its schema being the program's.
pub async fn ready(state: Data<ApiState>) -> HttpResponse {
    match timeout(PATIENCE, state.services.db.probe()).await {
        Ok(Ok(())) => HttpResponse::Ok().json(serde_json::json!({ "status": "ready", "database": "up" })),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable()
                .json(serde_json::json!({ "status": "not ready", "database": "down" }))
        }
        Err(_) => HttpResponse::ServiceUnavailable()
            .json(serde_json::json!({ "status": "not ready", "database": "silent" })),
    }
}
