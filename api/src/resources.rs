//! Resources of the kinds that the route tables are made of: shown, posted, or both.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header;
use actix_web::web;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};

/// Something to look at.
pub(crate) fn shown<H, A>(path: &str, show: H) -> impl HttpServiceFactory + use<H, A>
where
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    readable(path, show).default_service(web::to(|| other("GET, HEAD")))
}

/// A page with something to post.
pub(crate) fn form<H, A, P, B>(path: &str, show: H, submit: P) -> impl HttpServiceFactory + use<H, A, P, B>
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
pub(crate) fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Something that is only posted.
pub(crate) fn posted<H, A>(path: &str, submit: H) -> impl HttpServiceFactory + use<H, A>
where
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(submit)).default_service(web::to(|| other("POST")))
}

/// The answer to a method that a path does not know. RFC 9110 section 15.5.6.
async fn other(allowed: &'static str) -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allowed)).finish()
}
