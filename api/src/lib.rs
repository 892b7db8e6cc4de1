//! The HTTP side: GraphQL, the pages, health.
//!
//! [`routes::configure`] is the whole route table; [`server::bind`] makes a server of it. Nothing here knows
//! apalis; everything about papers, subscriptions and mail is in the domain.

mod admission;
pub mod auth;
mod body;
mod bounces;
mod cors;
mod forwarded;
pub mod graphql;
pub mod health;
mod limits;
mod media_type;
mod problems;
pub mod routes;
mod same_origin;
pub mod server;
mod state;
mod unread;
mod web;

pub use cors::CorsOrigins;
pub use state::ApiState;
