//! Look-ups that many objects of one answer need, gathered into one statement each. Made for every
//! request, so nothing is shared between viewers.

use std::collections::HashMap;
use std::sync::Arc;

use db::paging::{self, ListQuery, Page, PageRequest};
use domain::community::comment_rows::CommentRow;
use domain::entity::enums::DeliveryStatus;
use domain::entity::{category, delivery, edition, organization, paper_history, subscription, user};
use domain::papers::read::Visibility;
use domain::papers::{NewVersion, PaperRow, history, organizations, read, topics};
use domain::subscriptions::suppression;
use domain::{Error, Services, accounts, community, editions};

use graphql_server::execution::data_loader::{self, BatchLoad, DataLoader, LoadFailure, LoadResult};

/// Loads by key; each kind of key is a type of its own.
pub struct Loader {
    services: Services,
}

impl Loader {
    /// The loaders of one request.
    #[must_use]
    pub fn for_request(services: Services) -> DataLoader<Self> {
        DataLoader::new(Self { services })
    }
}

impl data_loader::Loader for Loader {
    type Error = Error;

    fn failure(&self, failure: LoadFailure) -> Error {
        Error::Internal(failure.to_string())
    }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident => $value:ty, |$services:ident, $ids:ident| $load:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub i64);

        impl BatchLoad<$name> for Loader {
            type Value = $value;

            async fn load(&self, keys: &[$name]) -> LoadResult<HashMap<$name, Self::Value>, Error> {
                let $services = &self.services;
                let $ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
                let found = $load.map_err(Arc::new)?;
                Ok(found.into_iter().map(|(id, value)| ($name(id), value)).collect())
            }
        }
    )*};
}

keys! {
    /// A paper by row id, if it is shown.
    PaperKey => PaperRow, |services, ids| read::by_ids(services.db.read(), &ids, Visibility::Shown).await;
    /// A paper by row id, hidden or not.
    AnyPaperKey => PaperRow, |services, ids| read::by_ids(services.db.read(), &ids, Visibility::All).await;
    /// A person by row id.
    UserKey => user::Model, |services, ids| accounts::read::by_ids(services.db.read(), &ids).await;
    /// A comment by row id.
    CommentKey => CommentRow, |services, ids| community::read::by_ids(services.db.read(), &ids).await;
    /// An organization by row id.
    OrganizationKey => organization::Model, |services, ids| organizations::by_ids(services.db.read(), &ids).await;
    /// The categories of a paper.
    CategoriesOf => Vec<category::Model>, |services, ids| topics::categories(services.db.read(), &ids).await;
    /// The keywords of a paper.
    KeywordsOf => Vec<String>, |services, ids| topics::keywords(services.db.read(), &ids).await;
    /// The versions of a paper, by number.
    VersionsOf => Vec<NewVersion>, |services, ids| read::versions(services.db.read(), &ids).await;
    /// What Hugging Face counted for a paper, the latest day first.
    HistoryOf => Vec<paper_history::Model>, |services, ids| history::of(services.db.read(), &ids).await;
    /// An edition by row id.
    EditionKey => edition::Model, |services, ids| editions::read::by_ids(services.db.read(), &ids).await;
    /// The deliveries of an edition, by state.
    ProgressOf => HashMap<DeliveryStatus, i64>,
        |services, ids| editions::read::progress(services.db.read(), &ids).await;
    /// A delivery by row id.
    DeliveryKey => delivery::Model, |services, ids| domain::delivery::read::by_ids(services.db.read(), &ids).await;
    /// A subscription by row id.
    SubscriptionKey => subscription::Model,
        |services, ids| domain::subscriptions::by_ids(services.db.read(), &ids).await;
}

impl<L: ListQuery> BatchLoad<PageRequest<L>> for Loader {
    type Value = Page<L::Row>;

    async fn load(
        &self,
        parts: &[PageRequest<L>],
    ) -> LoadResult<HashMap<PageRequest<L>, Self::Value>, Error> {
        let pages =
            paging::pages(self.services.db.read(), parts).await.map_err(|error| Arc::new(error.into()))?;
        Ok(parts.iter().cloned().zip(pages).collect())
    }
}

/// How many rows a list has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountOf<L>(pub L);

impl<L: ListQuery> BatchLoad<CountOf<L>> for Loader {
    type Value = Option<u64>;

    async fn load(&self, lists: &[CountOf<L>]) -> LoadResult<HashMap<CountOf<L>, Self::Value>, Error> {
        let counted: Vec<L> = lists.iter().map(|list| list.0.clone()).collect();
        let counts = paging::counts(self.services.db.read(), &counted)
            .await
            .map_err(|error| Arc::new(error.into()))?;
        Ok(lists.iter().cloned().zip(counts).collect())
    }
}

/// The address behind a keyed hash, if a subscription still holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressKey(pub String);

impl BatchLoad<AddressKey> for Loader {
    type Value = String;

    async fn load(&self, keys: &[AddressKey]) -> LoadResult<HashMap<AddressKey, String>, Error> {
        let hashes: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let held = suppression::addresses(self.services.db.read(), &hashes).await.map_err(Arc::new)?;
        Ok(held.into_iter().map(|(hash, address)| (AddressKey(hash), address)).collect())
    }
}

/// Whether a person voted for a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpvoteKey {
    /// The person.
    pub user_id: i64,
    /// The paper.
    pub paper_id: i64,
}

impl BatchLoad<UpvoteKey> for Loader {
    type Value = ();

    async fn load(&self, keys: &[UpvoteKey]) -> LoadResult<HashMap<UpvoteKey, ()>, Error> {
        // A request has one viewer.
        let Some(&UpvoteKey { user_id, .. }) = keys.first() else { return Ok(HashMap::new()) };
        let ids: Vec<i64> = keys.iter().map(|key| key.paper_id).collect();
        let voted =
            community::read::upvoted(self.services.db.read(), user_id, &ids).await.map_err(Arc::new)?;
        Ok(voted.into_iter().map(|paper_id| (UpvoteKey { user_id, paper_id }, ())).collect())
    }
}

/// The GraphQL error for a failed look-up.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub fn load_failed(error: Arc<Error>) -> async_graphql::Error {
    crate::contract::error::to_graphql(&error)
}
