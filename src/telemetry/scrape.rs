//! The address of metrics: Prometheus' text format, from a listener of its own.
//!
//! The crates record through the `metrics` facade, which costs next to nothing while no recorder is set; here one is. What
//! only the database knows is read when a scrape asks, a few seconds apart at least, however many ask.
//!
//! Always: without `metrics_listen` nothing is recorded. Metrics are never served if pages are: they say more about
//! the service than strangers should know. <https://prometheus.io/docs/instrumenting/exposition_formats/>, ADR 22.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context as _, Result};
use api::server;
use domain::{Services, gauges};
use metrics::{Unit, describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::config::Role;
use crate::problems;

/// The path that Prometheus asks for, if it is not told another one.
pub const METRICS_PATH: &str = "/metrics";

/// Version and name of the build.
const BUILD_INFO_GAUGE: &str = "daily_papers_build_info";

/// The age at which gauges of the database are read again.
const GAUGES_MAX_AGE: Duration = Duration::from_secs(3);

/// The interval at which recorded values are summed up, also if nobody scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Bounds of the durations of requests and statements, in seconds.
const SHORT_BUCKETS_SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Bounds of the durations of jobs and deliveries, in seconds.
const LONG_BUCKETS_SECONDS: [f64; 12] =
    [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0];

/// A listener that will serve metrics.
pub struct MetricsListener(TcpListener);

/// What a scrape works with.
#[derive(Clone)]
struct Scrape {
    services: Services,
    recorder: PrometheusHandle,
    process: Collector,
    read_at: Arc<Mutex<Option<Instant>>>,
    /// Connections to Postgres belong to the runtime that opened them, and the listener has its own.
    runtime: Handle,
}

impl MetricsListener {
    /// Takes the address and begins to record.
    ///
    /// # Errors
    /// If the address is not available.
    pub fn bind(address: SocketAddr) -> Result<Self> {
        server::bind(address)
            .map(Self)
            .map_err(|error| problems::listen_error("metrics_listen", address, &error))
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }

    /// Begins to record, and serves what is recorded for as long as the process lives.
    ///
    /// # Errors
    /// If the listener cannot be used.
    pub fn serve(self, services: Services, role: Role) -> Result<()> {
        let recorder = install_recorder(role)?;
        let upkeep = recorder.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP_INTERVAL).await;
                upkeep.run_upkeep();
            }
        });
        let process = Collector::default();
        process.describe();
        let scrape =
            Scrape { services, recorder, process, read_at: Arc::default(), runtime: Handle::current() };
        let app = move || {
            App::new()
                .app_data(web::Data::new(scrape.clone()))
                .service(web::resource(METRICS_PATH).route(web::get().to(respond)))
        };
        let server =
            HttpServer::new(app).workers(1).disable_signals().listen(self.0).context("metrics_listen")?;
        tokio::spawn(server.run());
        Ok(())
    }
}

/// Sets the recorder, and registers the metrics that a process of this role has.
fn install_recorder(role: Role) -> Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SHORT_BUCKETS_SECONDS)?
        .set_buckets_for_metric(Matcher::Prefix("daily_papers_job_".to_owned()), &LONG_BUCKETS_SECONDS)?
        .set_buckets_for_metric(Matcher::Prefix("daily_papers_delivery_".to_owned()), &LONG_BUCKETS_SECONDS)?
        .install_recorder()?;
    domain::instruments::register();
    if role != Role::Worker {
        api::instruments::register();
    }
    if role != Role::Api {
        worker::instruments::register();
    }
    describe_gauge!(BUILD_INFO_GAUGE, Unit::Count, "1, with the version of the program.");
    gauge!(BUILD_INFO_GAUGE, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(recorder)
}

/// `GET /metrics`.
async fn respond(scrape: web::Data<Scrape>) -> HttpResponse {
    let reading = Scrape::clone(&scrape);
    // A scrape that is given up must not leave the gauges half read.
    let read = scrape.runtime.spawn(async move { reading.refresh().await }).await;
    if let Err(error) = read {
        tracing::error!(%error, "gauges could not be read");
    }
    scrape.process.collect();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(scrape.recorder.render())
}

impl Scrape {
    /// Reads the gauges of the database, unless that was done a moment ago.
    async fn refresh(&self) {
        let mut read_at = self.read_at.lock().await;
        if read_at.is_none_or(|read_at| read_at.elapsed() >= GAUGES_MAX_AGE) {
            gauges::refresh(&self.services).await;
            *read_at = Some(Instant::now());
        }
    }
}
