//! Look-ups gathered: what the objects of one level of an answer ask for is asked of the database once.
//!
//! The first who asks for something of a kind starts a task that waits until nobody asks for more of it, and then
//! looks all of it up. Nobody asks any more once the executor has gone through its level: the task lets everything
//! else that can run have its turn, until a turn brings no further question. A clock would be too early for a long
//! level, or too late for a short one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use futures::future::{BoxFuture, try_join_all};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::execution::execute::READ_TIMEOUT;

/// Turns without a question after which a level is taken for complete.
const QUIET_TURNS: u32 = 2;

/// The result of a look-up. All who asked for the same share the error.
pub type LoadResult<V, E> = Result<V, Arc<E>>;

/// A look-up without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadFailure {
    /// Its task was dropped.
    #[error("a look-up was interrupted")]
    Interrupted,
    /// It took longer than [`READ_TIMEOUT`].
    #[error("a look-up took too long")]
    TimedOut,
}

/// What looks values up; see [`BatchLoad`].
pub trait Loader: Send + Sync + 'static {
    /// Why a look-up failed.
    type Error: Send + Sync + 'static;

    /// The error for a look-up without a result.
    fn failure(&self, failure: LoadFailure) -> Self::Error;
}

/// Looks values up by keys of one kind.
pub trait BatchLoad<K>: Loader {
    /// What it finds.
    type Value: Clone + Send + 'static;

    /// The values of these keys, which are all different. A key without a value is left out.
    fn load(
        &self,
        keys: &[K],
    ) -> impl Future<Output = LoadResult<HashMap<K, Self::Value>, Self::Error>> + Send;
}

/// A kind of keys.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> Key for K {}

/// Loaders that batch the look-ups of one request.
pub struct DataLoader<L>(Arc<Inner<L>>);

struct Inner<L> {
    loader: L,
    /// Who waits, by the type of the keys.
    waiting: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

/// One who waits for a value.
type Waiter<V, E> = oneshot::Sender<LoadResult<Option<V>, E>>;

/// Who waits for what.
struct Waiting<K, V, E> {
    by_key: HashMap<K, Vec<Waiter<V, E>>>,
    questions: usize,
}

impl<K, V, E> Default for Waiting<K, V, E> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), questions: 0 }
    }
}

impl<L: Loader> DataLoader<L> {
    /// Gathers for this loader.
    pub fn new(loader: L) -> Self {
        Self(Arc::new(Inner { loader, waiting: Mutex::default() }))
    }

    /// The value of a key; `None` if it has none.
    ///
    /// # Errors
    /// That of the look-up.
    pub fn load_one<K: Key>(&self, key: K) -> BoxFuture<'_, LoadResult<Option<L::Value>, L::Error>>
    where
        L: BatchLoad<K>,
    {
        // Boxed: the executor moves a future as large as that of the largest field, for every field of every object.
        Box::pin(self.wait_for(key))
    }

    async fn wait_for<K: Key>(&self, key: K) -> LoadResult<Option<L::Value>, L::Error>
    where
        L: BatchLoad<K>,
    {
        let (sender, receiver) = oneshot::channel();
        let is_first = self.0.with(|waiting| {
            waiting.by_key.entry(key).or_default().push(sender);
            waiting.questions += 1;
            waiting.questions == 1
        });
        if is_first {
            tokio::spawn(Inner::answer::<K>(self.0.clone()));
        }
        let interrupted = || Err(Arc::new(self.0.loader.failure(LoadFailure::Interrupted)));
        receiver.await.unwrap_or_else(|_| interrupted())
    }

    /// The values of keys; those without one are left out.
    ///
    /// # Errors
    /// That of the look-up.
    pub async fn load_many<K: Key>(
        &self,
        keys: impl IntoIterator<Item = K> + Send,
    ) -> LoadResult<HashMap<K, L::Value>, L::Error>
    where
        L: BatchLoad<K>,
    {
        let one =
            |key: K| async move { LoadResult::<_, L::Error>::Ok((key.clone(), self.load_one(key).await?)) };
        let found = try_join_all(keys.into_iter().map(one)).await?;
        Ok(found.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }
}

impl<L: Loader> Inner<L> {
    fn with<K: Key, T>(&self, act: impl FnOnce(&mut Waiting<K, L::Value, L::Error>) -> T) -> T
    where
        L: BatchLoad<K>,
    {
        let mut waiting = self.waiting.lock();
        let entry = waiting
            .entry(TypeId::of::<K>())
            .or_insert_with(|| Box::new(Waiting::<K, L::Value, L::Error>::default()));
        match entry.downcast_mut() {
            Some(waiting) => act(waiting),
            // Never: the type of the keys says that of the values.
            None => act(&mut Waiting::default()),
        }
    }

    async fn answer<K: Key>(self: Arc<Self>)
    where
        L: BatchLoad<K>,
    {
        let (mut questions, mut quiet) = (0, 0);
        while quiet < QUIET_TURNS {
            yield_now().await;
            let now = self.with(|waiting| waiting.questions);
            quiet = if now == questions { quiet + 1 } else { 0 };
            questions = now;
        }
        let Waiting { by_key, .. } = self.with(std::mem::take);
        let keys: Vec<K> = by_key.keys().cloned().collect();
        let looked_up = timeout(READ_TIMEOUT, self.loader.load(&keys)).await;
        let mut found =
            looked_up.unwrap_or_else(|_| Err(Arc::new(self.loader.failure(LoadFailure::TimedOut))));
        for (key, mut senders) in by_key {
            let answer = found.as_mut().map(|found| found.remove(&key)).map_err(|error| Arc::clone(error));
            let last = senders.pop();
            // Who asked may have gone.
            for sender in senders {
                let _ = sender.send(answer.clone());
            }
            let _ = last.map(|sender| sender.send(answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doubles even numbers, and remembers what it was asked.
    #[derive(Default)]
    struct Doubles(Arc<Mutex<Vec<usize>>>);

    impl Loader for Doubles {
        type Error = LoadFailure;

        fn failure(&self, failure: LoadFailure) -> LoadFailure {
            failure
        }
    }

    impl BatchLoad<u32> for Doubles {
        type Value = u32;

        async fn load(&self, keys: &[u32]) -> LoadResult<HashMap<u32, u32>, LoadFailure> {
            self.0.lock().push(keys.len());
            if keys.contains(&1_013) {
                return Err(Arc::new(LoadFailure::TimedOut));
            }
            Ok(keys.iter().filter(|key| **key % 2 == 0).map(|&key| (key, key * 2)).collect())
        }
    }

    #[tokio::test]
    async fn concurrent_loads_make_one_lookup() {
        let asked = Arc::default();
        let batches = DataLoader::new(Doubles(Arc::clone(&asked)));
        // More than an executor polls in one go, each number twice.
        let numbers = (0..200).chain(0..200);
        let found = try_join_all(numbers.map(|number| batches.load_one(number))).await.unwrap();
        assert_eq!((found[7], found[8], found[208]), (None, Some(16), Some(16)));
        assert_eq!(*asked.lock(), [200]);
        assert_eq!(batches.load_one(4).await.unwrap(), Some(8));
        assert_eq!(*asked.lock(), [200, 1]);
    }

    #[tokio::test]
    async fn an_error_is_returned_to_all_callers() {
        let batches = DataLoader::new(Doubles::default());
        let (one, other) = futures::join!(batches.load_one(2), batches.load_one(1_013));
        assert!(one.is_err() && other.is_err());
        assert_eq!(batches.load_many([2, 3]).await.unwrap(), HashMap::from([(2, 4)]));
    }
}
