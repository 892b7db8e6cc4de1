//! The gate that a document passes before it is executed: scanned, parsed, measured, validated, collected, priced.
//!
//! Always in this order: nothing is parsed before its tokens were counted, nothing validated before it was measured, and
//! nothing priced that is not valid.

use async_graphql::{Response, ServerError, Variables};

use crate::ErrorCode;
use crate::documents::scan::{self, ScanError};
use crate::documents::validate::Validator;
use crate::guard::{self, Admitted, Prices, Refusal, SchemaTypes};
use crate::transport::response::GraphqlResponse;

/// What a text is to a scalar of the schema: `None` if the name is not that of a scalar that comes in as a text of its own
/// form; otherwise whether it takes the text, and a sentence for the client if it does not. A value that is not a text
/// is given as `None`.
pub type CheckScalar = fn(name: &str, text: Option<&str>) -> Option<Result<(), &'static str>>;

/// The gate of one schema.
#[derive(Clone, Debug)]
pub struct Gate {
    types: SchemaTypes,
    validator: Validator,
    prices: Prices,
}

impl Gate {
    /// The gate of the schema with this text, in the schema definition language.
    ///
    /// # Errors
    /// If the text is not a valid schema: what is wrong with it.
    pub fn new(sdl: &str, prices: Prices, check_scalar: CheckScalar) -> Result<Self, String> {
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
        if query.len() > guard::MAX_DOCUMENT {
            let message = format!("A document has at most {} bytes.", guard::MAX_DOCUMENT);
            return Err(GraphqlResponse::refusal(ErrorCode::TooComplex, message));
        }
        let query = scan::scan(query).map_err(scan_refused)?;
        let invalid = |errors| GraphqlResponse::from(Response::from_errors(errors));
        let document =
            async_graphql::parser::parse_query(&query).map_err(|error| invalid(vec![error.into()]))?;
        guard::check_limits(&document).map_err(refused)?;
        self.validator.validate(&query, operation_name, variables).map_err(invalid)?;
        guard::admit(&self.types, &self.prices, document, operation_name, variables).map_err(refused)
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
        guard::admit_cached(&self.types, &self.prices, operation, variables).map_err(refused)
    }

    /// The types of the schema.
    pub(crate) fn types(&self) -> &SchemaTypes {
        &self.types
    }

    /// What operations cost.
    #[must_use]
    pub fn prices(&self) -> &Prices {
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
