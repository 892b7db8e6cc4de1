//! From the parameters of an operation to its answers, whatever carries them: the one way to the executor.
//!
//! Every operation is scanned, measured, validated and collected, and its data completed; a query or a mutation has a
//! deadline, a subscription lasts until its carrier drops it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Pos, Positioned, Request, Response, ServerError, Variables};
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::time::timeout;

use crate::limits::Budget;
use crate::state::ApiState;

use super::answer::Answer;
use super::complete::complete;
use super::context::RequestContext;
use super::error::Code;
use super::guard::{self, Admitted, Refusal, SchemaTypes};
use super::introspection::is_introspection;
use super::known::Key;
use super::loaders::Loader;
use super::parameters::Parameters;
use super::scan::{self, ScanError};
use super::validate::Validator;

/// How long a query or a mutation may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long what it reads may take, which nobody waits for any more once it is over.
pub(crate) const READING: Duration = DEADLINE.saturating_add(Duration::from_secs(1));

/// The field of a query that answers what the token of an e-mail link opens.
const PRIVATE: &str = "emailSubscription";

/// An operation that may be executed.
pub(super) struct Prepared {
    operation: Arc<OperationDefinition>,
    variables: Variables,
    cost: u64,
    /// Where it is kept once it was executed, if it is new.
    key: Option<Key>,
    /// Where its answer is kept, if it asks for the schema alone.
    introspection: Option<Key>,
}

/// Parses a document and lets the guard see it.
///
/// # Errors
/// The answer, where it is not executed.
pub(super) fn prepare(state: &ApiState, parameters: Parameters) -> Result<Prepared, Answer> {
    let Parameters { query, persisted, operation_name, variables } = parameters;
    let query = state
        .persisted
        .resolve(query, persisted.as_deref())
        .map_err(|(code, message)| Answer::refusal(code, message))?;
    let key = Key::new(&query, operation_name.as_ref(), &variables);
    let known = key.as_ref().and_then(|key| state.known.find(&state.types, key, &variables));
    let is_known = known.is_some();
    let (operation, cost) = if let Some(known) = known {
        let cost = guard::admit_again(&state.types, &known, &variables).map_err(refused)?;
        (known, cost)
    } else {
        let name = operation_name.as_deref();
        let Admitted { operation, cost } = admit(&state.types, &state.validator, &query, name, &variables)?;
        (Arc::new(operation.node), cost)
    };
    if let Some(hash) = persisted {
        state.persisted.remember(&hash, &query);
    }
    let introspection = key.clone().filter(|_| is_introspection(&operation, &variables));
    let key = key.filter(|_| !is_known);
    Ok(Prepared { operation, variables, cost: cost.max(1), key, introspection })
}

/// Parses a document, and lets the guard and the rules of the schema see it.
pub(super) fn admit(
    types: &SchemaTypes,
    validator: &Validator,
    query: &str,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Result<Admitted, Answer> {
    if query.len() > guard::MAX_DOCUMENT {
        let message = format!("A document has at most {} octets.", guard::MAX_DOCUMENT);
        return Err(Answer::refusal(Code::TooComplex, message));
    }
    let query = scan::scan(query).map_err(unread)?;
    let invalid = |errors| Answer::from(Response::from_errors(errors));
    let document = async_graphql::parser::parse_query(&query).map_err(|error| invalid(vec![error.into()]))?;
    guard::measure(&document).map_err(refused)?;
    validator.validate(&query, operation_name, variables).map_err(invalid)?;
    guard::admit(types, document, operation_name, variables).map_err(refused)
}

fn unread(error: ScanError) -> Answer {
    match error {
        ScanError::Syntax { message, pos } => {
            Answer::from(Response::from_errors(vec![ServerError::new(message, Some(pos))]))
        }
        ScanError::TooComplex(message) => Answer::refusal(Code::TooComplex, message),
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Invalid(message) => Answer::refusal(Code::BadRequest, message),
        Refusal::TooComplex(message) => Answer::refusal(Code::TooComplex, message),
    }
}

impl Prepared {
    /// What kind of operation it is.
    pub(super) fn kind(&self) -> OperationType {
        self.operation.ty
    }

    /// Whether everyone gets the same answer to it, and nobody's own data: what an e-mail link opens is somebody's.
    pub(super) fn is_public_query(&self) -> bool {
        self.operation.ty == OperationType::Query
            && self.operation.selection_set.node.items.iter().all(|item| match &item.node {
                Selection::Field(field) => field.node.name.node != PRIVATE,
                Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
            })
    }

    /// What it costs, in points.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }

    /// Charges it to whoever asks for it: the person, or the address that a request without one comes from.
    ///
    /// # Errors
    /// What is left, where it is not enough.
    pub(super) fn charge(
        &self,
        state: &ApiState,
        context: &RequestContext,
    ) -> Result<Option<Budget>, Budget> {
        let viewer = context.viewer.as_ref().map(|viewer| viewer.user_id);
        state.limits.charge(viewer, context.client, self.cost)
    }

    /// Runs a query or a mutation.
    ///
    /// # Errors
    /// The answer, where it took too long.
    pub(super) async fn run(mut self, state: &ApiState, context: RequestContext) -> Result<Answer, Answer> {
        if let Some(data) = self.introspection.as_ref().and_then(|key| state.introspection.find(key)) {
            return Ok(Answer::from(Response::new(data)).charged(self.cost));
        }
        // Also where nobody waits for the answer any more.
        let _changing = (self.kind() == OperationType::Mutation).then(|| state.answers.changing());
        let running = state.schema.execute(self.request(context));
        let response = timeout(DEADLINE, running).await.map_err(|_| {
            tracing::warn!("an operation exceeded its deadline");
            let message = format!("The operation took more than {} s.", DEADLINE.as_secs());
            Answer::refusal(Code::Timeout, message)
        })?;
        if let Some(key) = self.key.take().filter(|_| was_executed(&response)) {
            state.known.keep(&state.types, key, &self.operation);
        }
        let response = completed(&state.types, &self.operation, response);
        if let Some(key) = self.introspection.take().filter(|_| response.errors.is_empty()) {
            state.introspection.keep(key, response.data.clone());
        }
        Ok(Answer::from(response).charged(self.cost))
    }

    /// Runs an operation of any kind; one that is no subscription has one answer.
    pub(super) fn stream(self, state: Data<ApiState>, context: RequestContext) -> BoxStream<'static, Answer> {
        if self.kind() != OperationType::Subscription {
            let running =
                async move { self.run(&state, context).await.unwrap_or_else(|timed_out| timed_out) };
            return stream::once(running).boxed();
        }
        let responses = state.schema.execute_stream(self.request(context));
        responses.map(move |response| completed(&state.types, &self.operation, response).into()).boxed()
    }

    fn request(&self, context: RequestContext) -> Request {
        let loader = Loader::for_request(context.services.clone());
        let mut request = Request::new("").variables(self.variables.clone()).data(context).data(loader);
        let operation = OperationDefinition::clone(&self.operation);
        request.set_parsed_query(ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(operation, Pos::default())),
            fragments: HashMap::new(),
        });
        request
    }
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
