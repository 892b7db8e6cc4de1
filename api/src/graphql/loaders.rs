//! Look-ups that many objects of one answer need, gathered into one statement each. Made for every
//! request, so nothing is shared between viewers.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader as Load};
use domain::entity::{category, delivery, edition, organization, subscription};
use domain::papers::{Listed, read};
use domain::{Error, Services, editions};

/// Loads by key; each kind of key is a type of its own.
pub struct Loader {
    services: Services,
}

impl Loader {
    /// The loaders of one request.
    #[must_use]
    pub fn for_request(services: Services) -> DataLoader<Self> {
        // What one level of an answer asks for is asked within one turn of the executor.
        DataLoader::new(Self { services }, tokio::spawn).delay(std::time::Duration::ZERO)
    }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident => $value:ty, |$services:ident, $ids:ident| $load:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub i64);

        impl Load<$name> for Loader {
            type Value = $value;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[$name]) -> Result<HashMap<$name, Self::Value>, Self::Error> {
                let $services = &self.services;
                let $ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
                let found = $load.map_err(Arc::new)?;
                Ok(found.into_iter().map(|(id, value)| ($name(id), value)).collect())
            }
        }
    )*};
}

keys! {
    /// A paper by row id.
    PaperKey => Listed, |services, ids| read::by_ids(services.db.read(), &ids).await;
    /// An organization by row id.
    OrganizationKey => organization::Model, |services, ids| read::organizations(services.db.read(), &ids).await;
    /// The categories of a paper.
    CategoriesOf => Vec<category::Model>, |services, ids| read::categories(services.db.read(), &ids).await;
    /// The keywords of a paper.
    KeywordsOf => Vec<String>, |services, ids| read::keywords(services.db.read(), &ids).await;
    /// An edition by row id.
    EditionKey => edition::Model, |services, ids| editions::read::by_ids(services.db.read(), &ids).await;
    /// A delivery by row id.
    DeliveryKey => delivery::Model, |services, ids| domain::delivery::read::by_ids(services.db.read(), &ids).await;
    /// A subscription by row id.
    SubscriptionKey => subscription::Model,
        |services, ids| domain::delivery::read::subscriptions(services.db.read(), &ids).await;
}

/// The GraphQL error for a failed look-up.
#[must_use]
pub fn failed(error: Arc<Error>) -> async_graphql::Error {
    match Arc::try_unwrap(error) {
        Ok(error) => super::error::convert(error),
        Err(shared) => super::error::convert(Error::Internal(shared.to_string())),
    }
}
