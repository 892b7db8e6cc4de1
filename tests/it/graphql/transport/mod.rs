//! How operations arrive: HTTP, WebSockets, server-sent events, and the page that writes them.

mod graphiql;
mod graphql_http_audit;
mod graphql_over_http;
mod live_events;
mod websocket_protocol;
