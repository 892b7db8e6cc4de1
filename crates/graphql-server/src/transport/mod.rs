//! How operations come and responses go: HTTP, server-sent events, `WebSocket`.

pub mod http;
pub(crate) mod params;
pub mod response;
pub(crate) mod sse;
pub mod ws;
