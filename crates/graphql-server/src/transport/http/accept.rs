//! Which media type an answer has. RFC 9110 section 12.5.1.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};

use crate::transport::http::charset;

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/json`: what older clients understand.
    Json,
    /// `application/graphql-response+json`: its status tells whether the request was executed.
    GraphqlResponse,
    /// `text/event-stream`: responses as they come. What is refused before that is JSON.
    EventStream,
}

impl MediaType {
    /// What an answer says that it is; a stream says so itself.
    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json | Self::EventStream => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// The media type that the request prefers; `None` if it takes neither.
pub(crate) fn negotiate(request: &HttpRequest) -> Option<MediaType> {
    let mut ranges = request.headers().get_all(header::ACCEPT).peekable();
    if ranges.peek().is_none() {
        return Some(MediaType::Json);
    }
    let text = ranges.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    choose(&text)
}

fn choose(accept: &str) -> Option<MediaType> {
    let mut best: Option<(f32, u8, MediaType)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let (media_type, precision) = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => (MediaType::GraphqlResponse, 2),
            "application/json" => (MediaType::Json, 2),
            "text/event-stream" => (MediaType::EventStream, 2),
            "application/*" => (MediaType::Json, 1),
            "*/*" => (MediaType::Json, 0),
            _ => continue,
        };
        let mut quality = 1.0;
        let mut is_utf8 = true;
        for parameter in parts {
            match parameter.split_once('=') {
                Some(("q" | "Q", value)) => quality = value.parse().unwrap_or(0.0),
                Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                    is_utf8 = charset::is_utf8(value);
                }
                _ => {}
            }
        }
        let is_better =
            best.is_none_or(|(known, exact, _)| quality > known || (quality >= known && precision > exact));
        if is_utf8 && quality > 0.0 && is_better {
            best = Some((quality, precision, media_type));
        }
    }
    best.map(|(_, _, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_type_is_chosen() {
        for (accept, chosen) in [
            ("application/json", Some(MediaType::Json)),
            ("application/graphql-response+json", Some(MediaType::GraphqlResponse)),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
                Some(MediaType::GraphqlResponse),
            ),
            ("application/json, application/graphql-response+json", Some(MediaType::Json)),
            ("application/json;q=0.5, application/graphql-response+json", Some(MediaType::GraphqlResponse)),
            ("*/*", Some(MediaType::Json)),
            ("application/*", Some(MediaType::Json)),
            ("*/*, application/graphql-response+json", Some(MediaType::GraphqlResponse)),
            ("text/html, */*;q=0.1", Some(MediaType::Json)),
            ("text/event-stream", Some(MediaType::EventStream)),
            ("application/json, text/event-stream;q=0.9", Some(MediaType::Json)),
            ("text/event-stream, application/json;q=0.9", Some(MediaType::EventStream)),
            ("application/json; charset=utf8", Some(MediaType::Json)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json; charset=iso-8859-1", None),
            ("", None),
        ] {
            assert_eq!(choose(accept), chosen, "{accept}");
        }
    }
}
