//! Random items of collections: `SRANDMEMBER`, `HRANDFIELD`, `ZRANDMEMBER`.

use std::collections::BTreeSet;

use engine_base::Rng;

/// Items that were drawn, or are drawn as they are asked for: there may be more than memory holds.
pub(super) struct Drawn<'a, T> {
    /// How many there are.
    pub(super) count: usize,
    pub(super) items: Box<dyn Iterator<Item = T> + 'a>,
}

impl<'a, T: 'a> Drawn<'a, T> {
    pub(super) fn none() -> Self {
        Self::once(Vec::new())
    }

    /// These.
    pub(super) fn once(items: Vec<T>) -> Self {
        Self { count: items.len(), items: Box::new(items.into_iter()) }
    }

    /// As many as the negative `count` says, each one of all.
    pub(super) fn again_and_again(count: i64, mut draw: impl FnMut() -> Option<T> + 'a) -> Self {
        let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        Self { count, items: Box::new((0..count).map_while(move |_| draw())) }
    }
}

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
