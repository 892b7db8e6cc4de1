//! The whole route table.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header;
use actix_web::middleware::Condition;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};

use crate::cors::CorsOrigins;
use crate::problems::GRAPHQL;
use crate::state::ApiState;
use crate::{bounces, health, pages};
use graphql_server::transport::{http as graphql, ws};

/// Puts every route in its place.
pub fn configure(config: &mut ServiceConfig, cors: &CorsOrigins) {
    config
        .service(
            web::resource(GRAPHQL)
                .wrap(Condition::new(cors.are_some(), cors.middleware()))
                .route(web::get().guard(guard::fn_guard(ws::is_asked)).to(ws::upgrade::<ApiState>))
                .route(read().guard(guard::fn_guard(pages::graphiql::is_wanted)).to(pages::graphiql::show))
                .route(read().to(graphql::get::<ApiState>))
                .route(web::post().to(graphql::post::<ApiState>))
                .default_service(web::to(graphql::other)),
        )
        .service(shown("/health/live", health::live))
        .service(shown("/health/ready", health::ready))
        .service(shown("/", pages::feed::latest))
        .service(shown("/date/{day}", pages::feed::on_day))
        .service(shown("/papers/{slug:.+}", pages::paper::show))
        .service(shown("/editions/{cadence}/{period}", pages::edition::show))
        .service(form("/subscribe", pages::subscribe::form, pages::subscribe::submit))
        .service(form("/subscription/confirm", pages::confirm::button, pages::confirm::submit))
        .service(form("/subscription/manage", pages::manage::form, pages::manage::submit))
        .service(form("/sign-in", pages::sign_in::button, pages::sign_in::submit))
        .service(form("/unsubscribe/{token}", pages::unsubscribe::button, pages::unsubscribe::submit))
        .service(
            web::resource("/unsubscribe/{token}/undo")
                .route(web::post().to(pages::unsubscribe::undo))
                .default_service(web::to(|| other("POST"))),
        )
        .service(form("/not-me/{token}", pages::not_me::button, pages::not_me::submit))
        .service(
            web::resource("/mail/bounces")
                .route(web::post().to(bounces::take))
                .default_service(web::to(|| other("POST"))),
        )
        .service(shown("/dev/mail", pages::dev_mail::list))
        .service(shown("/dev/mail/{name}", pages::dev_mail::show))
        .service(shown("/dev/mail/{name}/html", pages::dev_mail::html))
        .service(shown("/style.css", pages::assets::style))
        .service(shown("/graphiql/{name}", pages::graphiql::file))
        .default_service(web::to(pages::not_found));
}

/// Something to look at.
fn shown<H, A>(path: &str, show: H) -> impl HttpServiceFactory + use<H, A>
where
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    readable(path, show).default_service(web::to(|| other("GET, HEAD")))
}

/// A page with something to post.
fn form<H, A, P, B>(path: &str, show: H, submit: P) -> impl HttpServiceFactory + use<H, A, P, B>
where
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
    P: Handler<B>,
    B: FromRequest + 'static,
    P::Output: Responder + 'static,
{
    readable(path, show).route(web::post().to(submit)).default_service(web::to(|| other("GET, HEAD, POST")))
}

fn readable<H, A>(path: &str, show: H) -> Resource
where
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    web::resource(path).route(read().to(show))
}

/// GET, and HEAD, which has the same answer without its body.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// The answer to a method that a path does not know. RFC 9110 section 15.5.6.
async fn other(allowed: &'static str) -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allowed)).finish()
}
