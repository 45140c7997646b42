//! Random items of collections: `SRANDMEMBER`, `HRANDFIELD`, `ZRANDMEMBER`.

use std::collections::BTreeSet;

use engine_base::Rng;

/// Which of `len` items are drawn when `count` different ones are asked for: all of them in order
/// when there are not more, else a fair choice (Floyd's algorithm).
pub(super) fn distinct(len: usize, count: usize, rng: &mut Rng) -> BTreeSet<usize> {
    if count >= len {
        return (0..len).collect();
    }
    let mut picked = BTreeSet::new();
    for top in len - count..len {
        let index = rng.index(top + 1);
        if !picked.insert(index) {
            picked.insert(top);
        }
    }
    picked
}

/// The items at those positions, in order.
pub(super) fn pick<T>(items: impl Iterator<Item = T>, at: &BTreeSet<usize>) -> Vec<T> {
    items.enumerate().filter(|(i, _)| at.contains(i)).map(|(_, item)| item).collect()
}
