//! The HTTP server.

use std::any::Any;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
#[cfg(target_os = "linux")]
use actix_web::rt::net::TcpStream as TcpConnection;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use domain::Services;
use domain::search::Search;
use graphql_server::{Engine, READ_TIMEOUT, ResponseCache};
use ipnet::IpNet;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

pub use crate::auth::BearerToken;
pub use crate::bounces::BounceSettings;
use crate::contract::schema;
use crate::cors::CorsOrigins;
pub use crate::limits::LimitSettings;
use crate::limits::Limits;
use crate::state::ApiState;
use crate::{admission, body_hold, observe, routes};

/// The time limit for requests in progress during shutdown.
const SHUTDOWN_SECONDS: u64 = 15;

/// The time after which the connection of a client that reads nothing is cut.
#[cfg(target_os = "linux")]
const UNREAD_RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The operator's settings for HTTP.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Proxies whose X-Forwarded-For or Forwarded counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The limits of one client.
    pub limits: LimitSettings,
    /// Whether browsers get GraphiQL from `/graphql`.
    pub graphiql: bool,
    /// The time for which the response to a query without a token is cached; zero disables the cache.
    pub answer_life: Duration,
    /// The folder whose mail a browser on this machine may read; `None`: there is no such page.
    pub dev_mail: Option<PathBuf>,
    /// Sites whose pages may ask GraphQL.
    pub cors: CorsOrigins,
    /// Settings for the intake of returned mail.
    pub bounces: BounceSettings,
}

/// Takes the address, so that what is wrong with it is known before anything else runs.
///
/// # Errors
/// If the address is not available.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until `stop` is cancelled, then lets requests under way end.
///
/// # Errors
/// If the server cannot run.
pub async fn run(
    listener: TcpListener,
    services: Services,
    search: Arc<Search>,
    settings: HttpSettings,
    stop: CancellationToken,
) -> io::Result<()> {
    let limits = Limits::new(settings.limits);
    let responses = ResponseCache::new(settings.answer_life);
    tokio::spawn(invalidate_at_events(responses.clone(), services.clone(), stop.clone()));
    let shared = ApiState {
        services,
        search,
        limits,
        trusted_proxies: settings.trusted_proxies,
        graphiql: settings.graphiql,
        dev_mail: settings.dev_mail,
        cors: settings.cors.clone(),
        bounces: settings.bounces,
        amazon: Arc::default(),
        stop: stop.clone(),
    };
    let schema = schema::build(shared.limits.clone());
    let guard = schema::guard().map_err(io::Error::other)?;
    let engine = Engine::new(shared, schema, guard, responses);
    // Each of these threads has a runtime of its own, and runs this closure.
    let cors = settings.cors;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = u32::try_from(threads).unwrap_or(u32::MAX);
    let server = HttpServer::new(move || {
        let (mut state, cors) = (engine.host().clone(), cors.clone());
        state.services.db = state.services.db.for_runtime(share, READ_TIMEOUT);
        App::new()
            .app_data(Data::new(engine.for_host(state.clone())))
            .app_data(Data::new(state))
            .wrap(from_fn(admission::admit))
            .wrap(from_fn(body_hold::hold))
            .wrap(Compress::default())
            .wrap(headers())
            .wrap(from_fn(observe::observe))
            .configure(move |config| routes::configure(config, &cors))
    })
    .on_connect(|connection, _| cut_when_unread(connection))
    .workers(threads)
    .listen(listener)?
    .client_request_timeout(Duration::from_secs(10))
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .run();
    let handle = server.handle();
    tokio::spawn(async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
    server.await
}

/// Makes responses anew after every event, until `stop` is cancelled.
async fn invalidate_at_events(responses: ResponseCache, services: Services, stop: CancellationToken) {
    let mut events = services.events.subscribe();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(_) | Err(RecvError::Lagged(_)) => responses.invalidate(),
                Err(RecvError::Closed) => return,
            },
            () = stop.cancelled() => return,
        }
    }
}

/// A client that no longer reads would keep its connection, and what is written to it, for as long as it likes:
/// actix waits for room. The system can cut it instead, if it knows how.
#[cfg(target_os = "linux")]
fn cut_when_unread(connection: &dyn Any) {
    if let Some(connection) = connection.downcast_ref::<TcpConnection>()
        && let Err(error) = SockRef::from(connection).set_tcp_user_timeout(Some(UNREAD_RESPONSE_TIMEOUT))
    {
        tracing::debug!(%error, "a connection has no time limit");
    }
}

#[cfg(not(target_os = "linux"))]
fn cut_when_unread(_: &dyn Any) {}

/// Pages load nothing but their own style sheet, are framed by nobody, and tell no other site where a reader
/// came from: their addresses hold tokens. GraphiQL says a policy of its own.
fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "same-origin"))
}
