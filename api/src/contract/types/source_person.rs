//! People who have an account where a paper came from.

use async_graphql::Object;
use domain::entity::json::Person;

use crate::contract::scalars::Url;

/// A person with an account at the source of a paper.
#[derive(Clone, Copy, Debug)]
pub struct SourcePerson<'a>(pub(crate) &'a Person);

/// A person with an account at the source of a paper.
#[Object]
impl SourcePerson<'_> {
    /// The display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The name of the account.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// The address of a picture.
    async fn avatar_url(&self) -> Option<Url> {
        self.0.avatar_url.clone().map(Url)
    }
}
