//! How evenly keys lie in the tables (`DEBUG HTSTATS`).

use std::collections::BTreeMap;

use super::Db;

/// The homes of a database's tables, all slots together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    /// How many homes there are, and how many keys.
    pub homes: usize,
    /// Keys that were counted.
    pub keys: usize,
    /// How many homes have so many keys, none among them.
    pub by_length: BTreeMap<usize, usize>,
}

impl Db {
    /// Counts the keys of each home: all keys, or those that expire.
    #[must_use]
    pub fn chains(&self, volatile: bool) -> Chains {
        let mut all = Chains::default();
        for dict in self.pages.iter().flatten().flat_map(|page| page.slots.iter().flatten()) {
            let table = dict.table();
            let mut lengths = vec![0; table.homes()];
            for (home, entry) in table.iter_homes() {
                lengths[home] += usize::from(!volatile || entry.expire().is_some());
            }
            all.homes += lengths.len();
            all.keys += lengths.iter().sum::<usize>();
            for length in lengths {
                *all.by_length.entry(length).or_default() += 1;
            }
        }
        all
    }
}
