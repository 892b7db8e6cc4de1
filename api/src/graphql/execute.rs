//! From the parameters of an operation to its answers, whatever carries them: the one way to the executor.
//!
//! Every operation is measured and collected by the guard, and its data completed; a query or a mutation has a
//! deadline, a subscription lasts until its carrier drops it.

use std::time::Duration;

use actix_web::web::Data;
use async_graphql::parser::types::{OperationDefinition, OperationType, Selection};
use async_graphql::{Request, Response};
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::time::timeout;

use crate::limits::Budget;
use crate::state::ApiState;

use super::answer::Answer;
use super::complete::complete;
use super::context::RequestContext;
use super::error::Code;
use super::guard::{self, Refusal, SchemaTypes};
use super::loaders::Loader;
use super::parameters::Parameters;

/// How long a query or a mutation may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long what it reads may take, which nobody waits for any more once it is over.
pub(crate) const READING: Duration = DEADLINE.saturating_add(Duration::from_secs(1));

/// The field of a query that answers what the token of an e-mail link opens.
const PRIVATE: &str = "emailSubscription";

/// An operation that may be executed.
pub(super) struct Prepared {
    request: Request,
    cost: u64,
    operation: Option<OperationDefinition>,
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
    if query.len() > guard::MAX_DOCUMENT {
        let message = format!("A document has at most {} octets.", guard::MAX_DOCUMENT);
        return Err(Answer::refusal(Code::TooComplex, message));
    }
    let document = async_graphql::parser::parse_query(&query)
        .map_err(|error| Answer::from(Response::from_errors(vec![error.into()])))?;
    let admitted =
        guard::admit(&state.types, document, operation_name.as_deref(), &variables).map_err(|refusal| {
            match refusal {
                Refusal::Invalid(message) => Answer::refusal(Code::BadRequest, message),
                Refusal::TooComplex(message) => Answer::refusal(Code::TooComplex, message),
            }
        })?;
    if let Some(hash) = persisted {
        state.persisted.remember(&hash, &query);
    }
    let mut request = Request::new(String::new()).variables(variables);
    if let Some(name) = operation_name {
        request = request.operation_name(name);
    }
    request.set_parsed_query(admitted.document);
    Ok(Prepared { request, cost: admitted.cost.max(1), operation: admitted.operation })
}

impl Prepared {
    /// What kind of operation it is; `None` where the request does not say which it means.
    pub(super) fn kind(&self) -> Option<OperationType> {
        self.operation.as_ref().map(|operation| operation.ty)
    }

    /// Whether everyone gets the same answer to it, and nobody's own data: what an e-mail link opens is somebody's.
    pub(super) fn is_public_query(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| {
            operation.ty == OperationType::Query
                && operation.selection_set.node.items.iter().all(|item| match &item.node {
                    Selection::Field(field) => field.node.name.node != PRIVATE,
                    Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
                })
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
    pub(super) async fn run(self, state: &ApiState, context: RequestContext) -> Result<Answer, Answer> {
        // Also where nobody waits for the answer any more.
        let _changing = (self.kind() == Some(OperationType::Mutation)).then(|| state.answers.changing());
        let Self { request, operation, cost } = self.with(context);
        let response = timeout(DEADLINE, state.schema.execute(request)).await.map_err(|_| {
            tracing::warn!("an operation exceeded its deadline");
            let message = format!("The operation took more than {} s.", DEADLINE.as_secs());
            Answer::refusal(Code::Timeout, message)
        })?;
        Ok(completed(&state.types, operation.as_ref(), response).charged(cost))
    }

    /// Runs an operation of any kind; one that is no subscription has one answer.
    pub(super) fn stream(self, state: Data<ApiState>, context: RequestContext) -> BoxStream<'static, Answer> {
        if self.kind() != Some(OperationType::Subscription) {
            let running =
                async move { self.run(&state, context).await.unwrap_or_else(|timed_out| timed_out) };
            return stream::once(running).boxed();
        }
        let Self { request, operation, .. } = self.with(context);
        let responses = state.schema.execute_stream(request);
        responses.map(move |response| completed(&state.types, operation.as_ref(), response)).boxed()
    }

    fn with(self, context: RequestContext) -> Self {
        let loader = Loader::for_request(context.services.clone());
        let request = self.request.data(context).data(loader);
        Self { request, ..self }
    }
}

fn completed(types: &SchemaTypes, operation: Option<&OperationDefinition>, mut response: Response) -> Answer {
    let was_executed =
        response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty());
    if let (Some(operation), true) = (operation, was_executed) {
        response.data = complete(types, operation, response.data, &response.errors);
    }
    response.into()
}
