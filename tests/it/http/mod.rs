//! HTTP under every surface: methods, headers, other sites, proxies.

mod clients;
mod same_origin;
