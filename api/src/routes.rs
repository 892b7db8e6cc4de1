//! The whole route table.

use actix_web::web::{self, ServiceConfig};

use crate::graphql::http as graphql;
use crate::{health, web as pages};

/// Puts every route in its place.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/graphql")
                .route(web::get().to(graphql::get))
                .route(web::post().to(graphql::post))
                .default_service(web::to(graphql::other)),
        )
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready))
        .route("/", web::get().to(pages::feed::latest))
        .route("/date/{day}", web::get().to(pages::feed::on_day))
        .route("/papers/{slug:.+}", web::get().to(pages::paper::show))
        .route("/editions/{cadence}/{period}", web::get().to(pages::edition::show))
        .service(
            web::resource("/subscribe")
                .route(web::get().to(pages::subscribe::form))
                .route(web::post().to(pages::subscribe::submit)),
        )
        .service(
            web::resource("/subscription/confirm")
                .route(web::get().to(pages::confirm::button))
                .route(web::post().to(pages::confirm::submit)),
        )
        .service(
            web::resource("/subscription/manage")
                .route(web::get().to(pages::manage::form))
                .route(web::post().to(pages::manage::submit)),
        )
        .service(
            web::resource("/unsubscribe/{token}")
                .route(web::get().to(pages::unsubscribe::button))
                .route(web::post().to(pages::unsubscribe::submit)),
        )
        .route("/style.css", web::get().to(pages::assets::style))
        .default_service(web::to(pages::not_found));
}
