//! Liveness and readiness of the process.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use db::SchemaState;
use domain::Db;
use tokio::time::timeout;

use crate::resources::shown;
use crate::state::ApiState;

/// Its routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(shown("/health/live", live)).service(shown("/health/ready", ready));
}

/// The time limit for the database.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// `GET /health/live`: the process answers. It asks nothing else, so that a database that restarts does not
/// take the service with it.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

/// `GET /health/ready`: the database answers, takes writes and has the schema that the program needs.
pub async fn ready(state: Data<ApiState>) -> HttpResponse {
    let database = match timeout(DATABASE_TIMEOUT, check(&state.services.db)).await {
        Ok(Ok(None)) => {
            return HttpResponse::Ok().json(serde_json::json!({ "status": "ready", "database": "up" }));
        }
        Ok(Ok(Some(problem))) => problem,
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            "down"
        }
        Err(_) => "silent",
    };
    HttpResponse::ServiceUnavailable()
        .json(serde_json::json!({ "status": "not ready", "database": database }))
}

/// What keeps the database from being used, if it answers.
async fn check(db: &Db) -> domain::Result<Option<&'static str>> {
    if !db.takes_writes().await? {
        tracing::warn!("not ready: the database follows another one and takes no writes");
        return Ok(Some("read-only"));
    }
    let schema = db.check_schema().await?;
    let problem = match schema {
        SchemaState::Current => return Ok(None),
        SchemaState::Behind(_) => "older schema",
        SchemaState::Ahead(_) => "newer schema",
    };
    tracing::warn!("not ready: {schema}");
    Ok(Some(problem))
}
