//! Sets of document ids.

use fixedbitset::FixedBitSet;

/// A set of document ids: a bit for each id up to the largest. Ids are row ids and so lie close together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSet(FixedBitSet);

impl IdSet {
    /// Whether it holds `id`.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        usize::try_from(id).is_ok_and(|id| self.0.contains(id))
    }

    /// Adds `id`.
    pub fn insert(&mut self, id: u64) {
        if let Ok(id) = usize::try_from(id) {
            self.0.grow_and_insert(id);
        }
    }

    /// The ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.ones().map(|id| id as u64)
    }

    /// The number of ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.count_ones(..)
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_clear()
    }
}

impl FromIterator<u64> for IdSet {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        let mut set = Self::default();
        for id in ids {
            set.insert(id);
        }
        set
    }
}
