//! The best few of many scores.

use std::{cmp::Reverse, collections::BinaryHeap};

/// A score, larger if it is better, and among equals if its id is smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    score: f32,
    id: Reverse<u64>,
}

impl Eq for Entry {}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score.total_cmp(&other.score).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A heap that keeps the best.
#[derive(Debug)]
pub(super) struct Top {
    count: usize,
    worst_first: BinaryHeap<Reverse<Entry>>,
}

impl Top {
    pub(super) fn new(count: usize) -> Self {
        Self { count, worst_first: BinaryHeap::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, id: u64, score: f32) {
        let entry = Entry { score, id: Reverse(id) };
        if self.worst_first.len() < self.count {
            self.worst_first.push(Reverse(entry));
        } else if let Some(mut worst) = self.worst_first.peek_mut()
            && entry > worst.0
        {
            worst.0 = entry;
        }
    }

    /// Best first.
    pub(super) fn into_sorted(self) -> Vec<(u64, f32)> {
        self.worst_first
            .into_sorted_vec()
            .into_iter()
            .map(|Reverse(entry)| (entry.id.0, entry.score))
            .collect()
    }
}
