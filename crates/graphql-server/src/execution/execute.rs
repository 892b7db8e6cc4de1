//! From the parameters of an operation to its answers, whatever carries them: the one way to the executor.
//!
//! Every operation is scanned, measured, validated and collected, and its data completed; a query or a mutation has a
//! deadline, a subscription lasts until its carrier drops it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Data;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use async_graphql::{Executor as _, Pos, Positioned, Request, Response, Variables};
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::time::timeout;
use tracing::{Instrument as _, Span};

use crate::ErrorCode as Code;
use crate::documents::document_cache::Key;
use crate::engine::Engine;
use crate::execution::complete::complete;
use crate::execution::introspection::is_introspection;
use crate::guard::{Admitted, SchemaTypes};
use crate::host::Host;
use crate::report::{self, OperationOutcome, OperationReport};
use crate::transport::params::Parameters;
use crate::transport::response::GraphqlResponse;

/// The time that a query or a mutation may take.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(10);

/// The time that reading for an operation may take; by then nobody waits for it any more.
pub const READ_TIMEOUT: Duration = OPERATION_TIMEOUT.saturating_add(Duration::from_secs(1));

/// An operation that may be executed.
pub(crate) struct Prepared {
    name: Option<Arc<str>>,
    operation: Arc<OperationDefinition>,
    variables: Variables,
    cost: u64,
    /// Where it is kept once it was executed, if it is new.
    key: Option<Key>,
    /// Where its answer is kept, if it asks for the schema alone.
    introspection: Option<Key>,
    /// Whether it is not to change anything.
    is_safe: bool,
}

/// Finds the document that is meant, and lets it pass the guard.
///
/// # Errors
/// The response, if it is not executed.
pub(crate) fn prepare<H: Host>(
    engine: &Engine<H>,
    parameters: Parameters,
) -> Result<Prepared, GraphqlResponse> {
    let prepared =
        find(engine, parameters).inspect_err(|_| engine.host.on_operation(&OperationReport::REFUSED))?;
    record_on_span(prepared.name.as_deref(), prepared.cost);
    Ok(prepared)
}

/// Says on the span of the request which operation it asks for.
pub(crate) fn record_on_span(name: Option<&str>, cost: u64) {
    // Nothing happens in a span that has no such fields.
    let span = Span::current();
    tracing::record_all!(span, graphql.operation.name = name, graphql.operation.cost = cost);
}

fn find<H: Host>(engine: &Engine<H>, parameters: Parameters) -> Result<Prepared, GraphqlResponse> {
    let Parameters { query, persisted, operation_name, variables, is_safe } = parameters;
    let query = engine
        .persisted
        .resolve(query, persisted.as_deref())
        .map_err(|(code, message)| GraphqlResponse::refusal(code, message))?;
    let key = Key::new(&query, operation_name.as_ref(), &variables);
    let types = engine.guard.types();
    let known = key.as_ref().and_then(|key| engine.documents.find(types, key, &variables));
    let is_known = known.is_some();
    let (operation, cost) = if let Some(known) = known {
        let cost = engine.guard.admit_cached(&known, &variables)?;
        (known, cost)
    } else {
        let Admitted { operation, cost } =
            engine.guard.admit(&query, operation_name.as_deref(), &variables)?;
        (Arc::new(operation.node), cost)
    };
    if let Some(hash) = persisted {
        engine.persisted.remember(&hash, &query);
    }
    let introspection = key.clone().filter(|_| is_introspection(&operation, &variables));
    let key = key.filter(|_| !is_known);
    let name = report::operation_name(&query, operation_name.as_deref()).map(Arc::from);
    Ok(Prepared { name, operation, variables, cost: cost.max(1), key, introspection, is_safe })
}

impl Prepared {
    /// What kind of operation it is.
    pub(crate) fn kind(&self) -> OperationType {
        self.operation.ty
    }

    /// What it costs, in points.
    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    /// Its name, if it has one.
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.name.clone()
    }

    /// Runs a query or a mutation.
    ///
    /// # Errors
    /// The response, if it took too long.
    pub(crate) async fn run<H: Host>(
        self,
        engine: &Engine<H>,
        caller: &H::Caller,
        client: IpAddr,
    ) -> Result<Done, GraphqlResponse> {
        let (name, kind, began) = (self.name.clone(), self.kind(), Instant::now());
        let done = self.execute(engine, caller, client).await;
        let outcome = match &done {
            Ok(done) if done.response.errors().is_empty() => OperationOutcome::Succeeded,
            Ok(_) => OperationOutcome::Failed,
            Err(_) => OperationOutcome::TimedOut,
        };
        let (name, took) = (name.as_deref(), began.elapsed());
        engine.host.on_operation(&OperationReport { name, kind: Some(kind), outcome, took });
        done
    }

    async fn execute<H: Host>(
        mut self,
        engine: &Engine<H>,
        caller: &H::Caller,
        client: IpAddr,
    ) -> Result<Done, GraphqlResponse> {
        let maximum = engine.guard.prices().max_operation;
        let is_query = self.kind() == OperationType::Query;
        if let Some(data) = self.introspection.as_ref().and_then(|key| engine.introspection.find(key)) {
            let response = GraphqlResponse::from(Response::new(data)).charged(self.cost, maximum);
            return Ok(Done { response, is_public: true });
        }
        // Also if nobody waits for the response any more.
        let _changing = (self.kind() == OperationType::Mutation).then(|| engine.responses.changing());
        let running = engine.schema.execute(engine.host.prepare(self.request(), caller, client));
        let response = timeout(OPERATION_TIMEOUT, running).await.map_err(|_| {
            tracing::warn!("an operation exceeded its deadline");
            let message = format!("The operation took more than {} s.", OPERATION_TIMEOUT.as_secs());
            GraphqlResponse::refusal(Code::Timeout, message)
        })?;
        if let Some(key) = self.key.take().filter(|_| was_executed(&response)) {
            engine.documents.keep(engine.guard.types(), key, &self.operation);
        }
        let response = completed(engine.guard.types(), &self.operation, response);
        if let Some(key) = self.introspection.take().filter(|_| response.errors.is_empty()) {
            engine.introspection.keep(key, response.data.clone());
        }
        let is_public = is_query && response.cache_control.public;
        Ok(Done { response: GraphqlResponse::from(response).charged(self.cost, maximum), is_public })
    }

    /// Runs an operation of any kind; one that is not a subscription has one response.
    pub(crate) fn stream<H: Host>(
        self,
        engine: Data<Engine<H>>,
        caller: H::Caller,
        client: IpAddr,
    ) -> BoxStream<'static, GraphqlResponse> {
        let span = self.span();
        if self.kind() != OperationType::Subscription {
            let running = async move {
                let done = self.run(&engine, &caller, client).await;
                done.map_or_else(|timed_out| timed_out, |done| done.response)
            };
            return stream::once(running.instrument(span)).boxed();
        }
        let (name, kind) = (self.name.as_deref(), Some(self.kind()));
        let outcome = OperationOutcome::Started;
        engine.host.on_operation(&OperationReport { name, kind, outcome, took: Duration::ZERO });
        let request = engine.host.prepare(self.request(), &caller, client);
        let responses = engine.schema.execute_stream(request, None);
        let responses =
            responses.map(move |response| completed(engine.guard.types(), &self.operation, response).into());
        stream::unfold(responses.boxed(), move |mut responses| {
            async move { responses.next().await.map(|response| (response, responses)) }
                .instrument(span.clone())
        })
        .boxed()
    }

    /// The span of an operation that is one of several on its connection.
    fn span(&self) -> Span {
        tracing::error_span!(
            "operation",
            graphql.operation.name = self.name.as_deref(),
            graphql.operation.cost = self.cost
        )
    }

    fn request(&self) -> Request {
        let mut request = Request::new("").variables(self.variables.clone());
        let operation = OperationDefinition::clone(&self.operation);
        request.set_parsed_query(ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(operation, Pos::default())),
            fragments: HashMap::new(),
        });
        if self.is_safe { request.data(SafeRequest) } else { request }
    }
}

/// In the context of a request that is not to change anything, because it came by GET.
#[derive(Clone, Copy, Debug)]
pub struct SafeRequest;

/// The response of an operation that was executed.
pub(crate) struct Done {
    pub(crate) response: GraphqlResponse,
    /// Whether it is that of a query, and the same for everyone: no field that it selects is marked
    /// `cache_control(private)`.
    pub(crate) is_public: bool,
}

/// Whether it is the answer of an operation that was executed, and not of one that was found wrong.
fn was_executed(response: &Response) -> bool {
    response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty())
}

fn completed(types: &SchemaTypes, operation: &OperationDefinition, mut response: Response) -> Response {
    if was_executed(&response) {
        response.data = complete(types, operation, response.data, &response.errors);
    }
    response
}
