//! A client: sends a request, follows redirects by hand, and judges what comes.
//!
//! Always: a document has status 200, one of the media types that were asked for, and all of its octets. Dropping the
//! future of a request ends it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LOCATION, USER_AGENT,
};
use hyper::{Response, StatusCode};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::RootCertStore;
use url::{Position, Url};

use crate::answer::{Answer, Document};
use crate::body::BodyLimits;
use crate::connect::{Connector, check, host_of};
use crate::error::{Error, RequestStage, Result};
use crate::exchange::{ExchangeResult, Peer, exchange, read_beginning, read_document};
use crate::link;
use crate::redirect::{self, MAX_REDIRECTS};
use crate::request::{Request, Validators};
use crate::settings::Settings;
use crate::status::{MAX_STATUS_BODY, Status};

/// Gets documents. A clone shares its settings.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    user_agent: HeaderValue,
    connector: Connector,
}

/// The longest time that any request may take: times beyond it cannot be added up.
const MAX_TOTAL_TIME: Duration = Duration::from_hours(24);

/// What came of one visit to an address: an answer, or where it redirects to.
type Visit = ControlFlow<Answer, String>;

impl Client {
    /// A client that trusts the authorities which Mozilla lists.
    ///
    /// # Errors
    /// [`Error::Settings`] if the user agent is not visible ASCII.
    pub fn new(settings: Settings) -> Result<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::with_roots(settings, roots)
    }

    pub(crate) fn with_roots(settings: Settings, roots: RootCertStore) -> Result<Self> {
        let user_agent = HeaderValue::from_str(&settings.user_agent)
            .ok()
            .filter(|value| !value.is_empty() && settings.user_agent.is_ascii())
            .ok_or_else(|| {
                Error::Settings("the user agent has to be visible ASCII, and not empty".to_owned())
            })?;
        let connector = Connector::new(roots, settings.private_hosts.clone(), settings.connect_time)?;
        Ok(Self { shared: Arc::new(Shared { settings, user_agent, connector }) })
    }

    /// Gets a document.
    ///
    /// # Errors
    /// The reason for which there is none.
    pub async fn get(&self, request: &Request) -> Result<Answer> {
        check(&request.url)?;
        let limit = self.shared.settings.total_time;
        let deadline = Instant::now() + limit.min(MAX_TOTAL_TIME);
        let got = timeout_at(deadline, self.follow(request, deadline)).await;
        got.unwrap_or_else(|_| {
            let host = host_of(&request.url).to_owned();
            Err(Error::TooSlow { host, stage: RequestStage::Total, limit })
        })
    }

    async fn follow(&self, request: &Request, deadline: Instant) -> Result<Answer> {
        let mut url = request.url.clone();
        url.set_fragment(None);
        for _ in 0..=MAX_REDIRECTS {
            match self.visit(&url, request, deadline).await? {
                Visit::Break(answer) => return Ok(answer),
                Visit::Continue(location) => url = redirect::target(&url, &location)?,
            }
        }
        Err(Error::Redirect(format!("{} redirects more than {MAX_REDIRECTS} times", host_of(&url))))
    }

    async fn visit(&self, url: &Url, request: &Request, deadline: Instant) -> Result<Visit> {
        let stream = self.shared.connector.connect(url).await?;
        let sent = self.http_request(url, request)?;
        let peer = Peer { host: host_of(url), idle_time: self.shared.settings.idle_time, deadline };
        let judge = |response| self.judge(response, url, request, peer);
        let ExchangeResult { value: visit, has_surplus } = exchange(stream, sent, peer, judge).await?;
        match visit {
            Visit::Break(Answer::Document(_)) if has_surplus => {
                Err(peer.cut_off("goes on behind the length that it states"))
            }
            visit => Ok(visit),
        }
    }

    async fn judge(
        &self,
        response: Response<Incoming>,
        url: &Url,
        request: &Request,
        peer: Peer<'_>,
    ) -> Result<Visit> {
        let status = response.status();
        if status == StatusCode::OK {
            let document = self.document(response, url, request, peer).await?;
            return Ok(Visit::Break(Answer::Document(document)));
        }
        if status == StatusCode::NOT_MODIFIED && request.validators.sendable() != (None, None) {
            return Ok(Visit::Break(Answer::NotModified));
        }
        if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
            && let Some(location) = response.headers().get(LOCATION)
        {
            return Ok(Visit::Continue(String::from_utf8_lossy(location.as_bytes()).into_owned()));
        }
        let headers = response.headers().clone();
        let limits = BodyLimits { max_bytes: MAX_STATUS_BODY, max_ratio: u64::MAX };
        let body = read_beginning(response, limits, peer).await;
        Err(Error::Status(Status::new(peer.host.to_owned(), status.as_u16(), &headers, body)))
    }

    async fn document(
        &self,
        response: Response<Incoming>,
        url: &Url,
        request: &Request,
        peer: Peer<'_>,
    ) -> Result<Document> {
        let headers = response.headers();
        let media_type = headers.get(CONTENT_TYPE).map(essence).unwrap_or_default();
        if !request.media_types.is_empty() && !request.media_types.iter().any(|one| *one == media_type) {
            return Err(Error::MediaType { host: peer.host.to_owned(), found: media_type });
        }
        let validators = Validators::from_headers(headers);
        let next = link::next(headers, url);
        let settings = &self.shared.settings;
        let limits = BodyLimits { max_bytes: settings.max_bytes, max_ratio: settings.max_ratio };
        let body = read_document(response, limits, peer).await?;
        Ok(Document { url: url.clone(), media_type, body, validators, next })
    }

    fn http_request(&self, url: &Url, request: &Request) -> Result<hyper::Request<Empty<Bytes>>> {
        let mut host = host_of(url).to_owned();
        if let Some(port) = url.port() {
            host = format!("{host}:{port}");
        }
        let mut builder = hyper::Request::get(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &host)
            .header(USER_AGENT, &self.shared.user_agent)
            .header(ACCEPT_ENCODING, "gzip")
            .header(CONNECTION, "close");
        if !request.media_types.is_empty() {
            builder = builder.header(ACCEPT, request.media_types.join(", "));
        }
        let (etag, last_modified) = request.validators.sendable();
        if let Some(etag) = etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = last_modified {
            builder = builder.header(IF_MODIFIED_SINCE, date);
        }
        builder
            .body(Empty::new())
            .map_err(|error| Error::Address(format!("the address at {host} cannot be asked for: {error}")))
    }
}

/// A media type without its parameters, in lower case and short enough to be named.
fn essence(value: &HeaderValue) -> String {
    let value = String::from_utf8_lossy(value.as_bytes());
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    plain_text::shorten(&plain_text::one_line(&essence), 100)
}
