//! Which clients have read which key since it last changed: the invalidation table.

use std::collections::BTreeSet;

use engine_base::{LinkId, Rng};
use indexmap::IndexMap;

/// How many keys are given up at once, the first time that there are too many.
const EFFORT: usize = 100;

/// The table.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    readers: IndexMap<Vec<u8>, BTreeSet<LinkId>>,
    items: usize,
    /// How often in a row there were too many keys.
    too_many: usize,
}

impl Table {
    pub(super) fn keys(&self) -> usize {
        self.readers.len()
    }

    /// How many pairs of a key and a client there are.
    pub(super) fn items(&self) -> usize {
        self.items
    }

    pub(super) fn insert(&mut self, key: &[u8], link: LinkId) {
        let readers = match self.readers.get_mut(key) {
            Some(readers) => readers,
            None => self.readers.entry(key.to_vec()).or_default(),
        };
        self.items += usize::from(readers.insert(link));
    }

    /// Takes a key out; who has read it.
    pub(super) fn remove(&mut self, key: &[u8]) -> BTreeSet<LinkId> {
        let readers = self.readers.swap_remove(key).unwrap_or_default();
        self.items -= readers.len();
        readers
    }

    /// How many keys are to be given up now, when only `max` may stay (0: any number). It grows for
    /// as long as that is not enough.
    pub(super) fn effort(&mut self, max: usize) -> usize {
        if max == 0 || self.keys() <= max {
            self.too_many = 0;
            return 0;
        }
        self.too_many += 1;
        EFFORT * self.too_many
    }

    /// Any key.
    pub(super) fn draw(&self, rng: &mut Rng) -> Option<Vec<u8>> {
        let len = u64::try_from(self.readers.len()).ok().filter(|len| *len > 0)?;
        let at = usize::try_from(rng.below(len)).ok()?;
        self.readers.get_index(at).map(|(key, _)| key.clone())
    }
}
