//! The series of a metric, each with its handle.
//!
//! A recorder looks a series up by its labels, which are made anew for each value. Here the handles of series that were
//! used once are kept, so that a value costs a look-up by what is there already.
//!
//! Always: a handle is that of the recorder that was set when it was made, so series are made once there is one. Who
//! uses them bounds the names and the keys.

use std::collections::HashMap;

use parking_lot::RwLock;

/// The handles of the series of one name, by key.
type Handles<K, H> = Vec<(K, H)>;

/// Handles by a name, such as a route, and by a key, such as a method and a status.
#[derive(Debug)]
pub(crate) struct Series<K, H>(RwLock<HashMap<Box<str>, Handles<K, H>>>);

impl<K, H> Default for Series<K, H> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Copy + PartialEq, H> Series<K, H> {
    /// Records by the handle of a series, which is made if there is none.
    pub(crate) fn record(&self, name: &str, key: K, make: impl FnOnce() -> H, record: impl FnOnce(&H)) {
        let is_same = |(other, _): &&(K, H)| *other == key;
        if let Some((_, handle)) = self.0.read().get(name).and_then(|handles| handles.iter().find(is_same)) {
            return record(handle);
        }
        let mut names = self.0.write();
        let handles = names.entry(name.into()).or_default();
        // Another thread may have made it meanwhile.
        let place = handles.iter().position(|known| is_same(&known)).unwrap_or_else(|| {
            handles.push((key, make()));
            handles.len() - 1
        });
        record(&handles[place].1);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_handle_of_a_series_is_made_once() {
        let series = Series::default();
        let record = |name: &str, key: u16| {
            series.record(name, key, || Cell::new(0), |count: &Cell<u32>| count.set(count.get() + 1));
        };
        for (name, key) in [("/", 200), ("/graphql", 200), ("/", 404), ("/", 200), ("/", 404), ("/", 200)] {
            record(name, key);
        }
        let counted = |name: &str, key: u16| {
            let mut found = None;
            series.record(name, key, Cell::default, |count| found = Some(count.get()));
            found
        };
        assert_eq!(
            [("/", 200), ("/", 404), ("/graphql", 200), ("/graphql", 404)]
                .map(|(name, key)| counted(name, key)),
            [Some(3), Some(2), Some(1), Some(0)]
        );
    }
}
