//! HTTP of every surface: methods, headers, other sites, proxies.

mod cors;
mod methods_and_headers;
mod same_origin;

use reqwest::{Method, RequestBuilder, Response};

use crate::support::Process;

const TYPENAME_URL: &str = "/graphql?query=%7B__typename%7D";

fn ask(server: &Process, method: Method, path: &str) -> RequestBuilder {
    reqwest::Client::new().request(method, server.url(path))
}

fn header(response: &Response, name: &str) -> String {
    let values = response.headers().get_all(name).iter().map(|value| value.to_str().unwrap().to_lowercase());
    values.collect::<Vec<_>>().join(", ")
}
