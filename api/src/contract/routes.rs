//! The address of GraphQL: operations by HTTP, by a WebSocket or as a stream of events, and GraphiQL for browsers.

use actix_web::guard::fn_guard;
use actix_web::middleware::Condition;
use actix_web::web::{self, ServiceConfig};
use graphql_server::transport::{http, ws};

use crate::cors::CorsOrigins;
use crate::pages::graphiql;
use crate::problems::GRAPHQL;
use crate::resources::read;
use crate::state::ApiState;

/// Its routes.
pub fn routes(config: &mut ServiceConfig, cors: &CorsOrigins) {
    config.service(
        web::resource(GRAPHQL)
            .wrap(Condition::new(cors.are_some(), cors.middleware()))
            // First, because routes are tried in their order, and nearly all operations come so.
            .route(web::post().to(http::post::<ApiState>))
            .route(web::get().guard(fn_guard(ws::is_asked)).to(ws::upgrade::<ApiState>))
            .route(read().guard(fn_guard(graphiql::is_wanted)).to(graphiql::show))
            .route(read().to(http::get::<ApiState>))
            .default_service(web::to(http::other)),
    );
}
