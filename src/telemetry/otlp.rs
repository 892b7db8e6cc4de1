//! Spans on their way to an OpenTelemetry collector: OTLP over HTTP with protobuf, in batches, by a thread of its own.
//!
//! The crates open plain spans of `tracing`, and know nothing of this; what OpenTelemetry calls a kind, a status and a
//! route's name is made of their attributes here, when they are exported. The HTTP client is ureq, which the executable has
//! already, with its one TLS.
//!
//! Always: without `otlp_endpoint` no span leaves the process. A collector that is not there holds nothing up; spans that
//! find no room are dropped, and the log says once that they are. <https://opentelemetry.io/docs/specs/otlp/>, ADR 23.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry::{KeyValue, Value, global};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// The time limit for a response of the collector.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time limit for the last spans when the process ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the span of an HTTP request.
const REQUEST_SPAN: &str = "request";

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// The layer that sends spans to a collector. To be asked for once in a process.
///
/// # Errors
/// If the exporter cannot be built.
pub fn layer<S>(endpoint: &Url) -> Result<impl Layer<S> + use<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let address = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(UreqClient::new())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(EXPORT_TIMEOUT)
        .with_endpoint(address)
        .build()
        .context("otlp_endpoint")?;
    let resource = Resource::builder()
        .with_service_name("daily-papers")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", domain::random::name()))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(NamingExporter(exporter))
        .with_resource(resource)
        .build();
    global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = provider.tracer("daily-papers");
    let provider = PROVIDER.get_or_init(|| provider);
    tracing::debug!(?provider, "spans are exported");
    Ok(tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false))
}

/// Sends the last spans. Nothing if none are sent.
pub fn shut_down() {
    if let Some(provider) = PROVIDER.get()
        && let Err(error) = provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT)
    {
        tracing::warn!(%error, "the last spans were not sent");
    }
}

/// Names spans of requests as OpenTelemetry has them: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.
#[derive(Debug)]
struct NamingExporter(opentelemetry_otlp::SpanExporter);

impl SpanExporter for NamingExporter {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().filter(|span| span.name == REQUEST_SPAN).for_each(name_request);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn name_request(span: &mut SpanData) {
    let attribute = |name: &str| span.attributes.iter().find(|pair| pair.key.as_str() == name);
    let text = |name| attribute(name).map(|pair| pair.value.as_str().into_owned()).unwrap_or_default();
    let name = format!("{} {}", text("http.request.method"), text("http.route"));
    let status = attribute("http.response.status_code").map(|pair| &pair.value);
    if matches!(status, Some(Value::I64(500..))) {
        span.status = Status::error("");
    }
    span.name = name.trim_end().to_owned().into();
    span.span_kind = SpanKind::Server;
}

/// The HTTP client of the exporter, whose thread may wait.
#[derive(Debug)]
struct UreqClient {
    agent: ureq::Agent,
    is_failing: AtomicBool,
}

impl UreqClient {
    fn new() -> Self {
        let config =
            ureq::Agent::config_builder().timeout_global(Some(EXPORT_TIMEOUT)).http_status_as_error(false);
        Self { agent: config.build().into(), is_failing: AtomicBool::new(false) }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.agent.run(request.map(|body| body.to_vec()))?;
        let (head, mut body) = response.into_parts();
        Ok(Response::from_parts(head, Bytes::from(body.read_to_vec()?)))
    }

    /// Says when spans begin to be lost, and when they no longer are.
    fn log_change(&self, problem: Option<String>) {
        let was_failing = self.is_failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(problem) if !was_failing => {
                tracing::warn!(problem, "spans are lost: otlp_endpoint takes none");
            }
            None if was_failing => tracing::info!("otlp_endpoint takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for UreqClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        self.log_change(match &sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        });
        sent
    }
}
