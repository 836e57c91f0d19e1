//! How many of each are open at this moment.

use std::{collections::HashMap, hash::Hash};

/// Counts by key, and in all. Of what is not open nothing is kept.
pub(super) struct Tally<K> {
    counts: HashMap<K, usize>,
    total: usize,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self { counts: HashMap::new(), total: 0 }
    }
}

impl<K: Eq + Hash> Tally<K> {
    pub fn of(&self, key: &K) -> usize {
        self.counts.get(key).copied().unwrap_or_default()
    }

    pub fn total(&self) -> usize {
        self.total
    }

    pub fn add(&mut self, key: K) {
        *self.counts.entry(key).or_default() += 1;
        self.total += 1;
    }

    /// Takes one of a key back that was added.
    pub fn remove(&mut self, key: &K) {
        let Some(count) = self.counts.get_mut(key) else { return };
        *count -= 1;
        self.total -= 1;
        if *count == 0 {
            self.counts.remove(key);
        }
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.total == 0
    }
}
