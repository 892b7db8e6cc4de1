//! The whole route table: one table for each surface.

use actix_web::web::{self, ServiceConfig};

use crate::cors::CorsOrigins;
use crate::{bounces, contract, health, pages};

/// Puts every route in its place.
pub fn configure(config: &mut ServiceConfig, cors: &CorsOrigins) {
    contract::routes(config, cors);
    health::routes(config);
    bounces::routes(config);
    pages::routes(config);
    config.default_service(web::to(pages::not_found));
}
