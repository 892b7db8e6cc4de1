//! The guard that a document passes before it is executed: scanned, parsed, measured, validated, collected, priced.
//!
//! async-graphql 7.2.1 walks fragments without remembering them, so that a kilobyte can hang it, and runs
//! equal fields once per occurrence, so that two fragments that select the same mutation run it twice. Both are closed
//! before the executor sees the document: [`mod@limits`] counts what the document expands to
//! and refuses too much; when it was found valid, [`mod@collect`] inlines its fragments and merges equal fields, as `CollectFields` of
//! the specification (section 6.3.2) has it, and [`absent_variables`] takes out what variables without a value would give.
//! What is left is priced by [`mod@cost`], questions about the schema by
//! [`introspection_price`].
//!
//! Always in this order: nothing is parsed before its tokens were counted, nothing validated before it was measured, and
//! nothing priced that is not valid.

mod absent_variables;
pub(crate) mod admit;
mod collect;
mod cost;
mod introspection_price;
mod limits;
mod price_list;
mod schema_types;

use async_graphql::{Response, ServerError, Variables};

use crate::ErrorCode;
use crate::documents::scan::{self, ScanError};
use crate::documents::validate::{CheckScalar, Validator};
use crate::transport::response::GraphqlResponse;

use admit::Refusal;
use limits::{MAX_DOCUMENT, check_limits};

pub use admit::Admitted;
pub(crate) use collect::PLACEHOLDER_KEY;
pub use price_list::PriceList;
pub use schema_types::SchemaTypes;

/// The guard of one schema.
#[derive(Clone, Debug)]
pub struct Guard {
    types: SchemaTypes,
    validator: Validator,
    prices: PriceList,
}

impl Guard {
    /// The guard of the schema with this text, in the schema definition language.
    ///
    /// # Errors
    /// If the text is not a valid schema: what is wrong with it.
    pub fn new(sdl: &str, prices: PriceList, check_scalar: CheckScalar) -> Result<Self, String> {
        Ok(Self {
            types: SchemaTypes::read(sdl).map_err(|error| error.to_string())?,
            validator: Validator::new(sdl, check_scalar)?,
            prices,
        })
    }

    /// The operation that is meant, if it may be executed with these variables, and its price.
    ///
    /// # Errors
    /// The response, if it may not.
    pub fn admit(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<Admitted, GraphqlResponse> {
        if query.len() > MAX_DOCUMENT {
            let message = format!("A document has at most {MAX_DOCUMENT} bytes.");
            return Err(GraphqlResponse::refusal(ErrorCode::TooComplex, message));
        }
        let query = scan::scan(query).map_err(scan_refused)?;
        let invalid = |errors| GraphqlResponse::from(Response::from_errors(errors));
        let document =
            async_graphql::parser::parse_query(&query).map_err(|error| invalid(vec![error.into()]))?;
        check_limits(&document).map_err(refused)?;
        self.validator.validate(&query, operation_name, variables).map_err(invalid)?;
        admit::admit(&self.types, &self.prices, document, operation_name, variables).map_err(refused)
    }

    /// The price of an operation that was admitted before, with other variables.
    ///
    /// # Errors
    /// The response, if it may not be executed with them.
    pub(crate) fn admit_cached(
        &self,
        operation: &async_graphql::parser::types::OperationDefinition,
        variables: &Variables,
    ) -> Result<u64, GraphqlResponse> {
        admit::admit_cached(&self.types, &self.prices, operation, variables).map_err(refused)
    }

    /// The types of the schema.
    pub(crate) fn types(&self) -> &SchemaTypes {
        &self.types
    }

    /// What operations cost.
    #[must_use]
    pub fn prices(&self) -> &PriceList {
        &self.prices
    }

    pub(crate) fn check_scalar(&self) -> CheckScalar {
        self.validator.check_scalar()
    }
}

fn scan_refused(error: ScanError) -> GraphqlResponse {
    match error {
        ScanError::Syntax { message, pos } => {
            GraphqlResponse::from(Response::from_errors(vec![ServerError::new(message, Some(pos))]))
        }
        ScanError::TooComplex(message) => GraphqlResponse::refusal(ErrorCode::TooComplex, message),
    }
}

fn refused(refusal: Refusal) -> GraphqlResponse {
    match refusal {
        Refusal::Invalid(message) => GraphqlResponse::refusal(ErrorCode::BadRequest, message),
        Refusal::TooComplex(message) => GraphqlResponse::refusal(ErrorCode::TooComplex, message),
    }
}
