//! Closing connections whose requests continue after the response.
//!
//! A body that is refused, or that nobody asked for, is left unread. actix closes the connection then, but for one
//! case: a body in chunks, which says nowhere how long it is, is read on and thrown away if nobody holds it any
//! more, as long as it comes. So here it is held until the answer is written.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures::stream::{self, Stream as _};

/// The body of an answer, and that of the request until the former is written.
struct HeldBody {
    answer: BoxBody,
    _request: Rc<RefCell<Payload>>,
}

impl MessageBody for HeldBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

/// The service that closes such connections.
pub(crate) async fn hold(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    if !request.headers().contains_key(TRANSFER_ENCODING) {
        return next.call(request).await;
    }
    let held = Rc::new(RefCell::new(request.take_payload()));
    let read = held.clone();
    let bytes = stream::poll_fn(move |context| Pin::new(&mut *read.borrow_mut()).poll_next(context));
    request.set_payload(Payload::Stream { payload: Box::pin(bytes) });
    let response = next.call(request).await?;
    Ok(response.map_body(|_, answer| BoxBody::new(HeldBody { answer, _request: held })))
}
