//! The HTTP side: GraphQL, the pages, health.
//!
//! [`routes::configure`] is the whole route table; [`server::bind`] makes a server of it. Nothing here knows
//! apalis; everything about papers, subscriptions and mail is in the domain.

mod admission;
pub mod auth;
mod body_hold;
mod bounces;
pub mod contract;
mod cors;
mod forwarded;
pub mod health;
mod http_metrics;
pub mod instruments;
mod limits;
mod media_type;
mod observe;
mod pages;
mod problems;
mod resources;
pub mod routes;
mod same_origin;
mod series;
pub mod server;
mod state;
mod visitor;

pub use cors::CorsOrigins;
pub use state::ApiState;
