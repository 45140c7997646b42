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

/// With how many times more than are asked for they are drawn one by one, and not picked from a walk
/// over all (`SRANDMEMBER_SUB_STRATEGY_MUL`).
const MANY: usize = 3;

/// `count` different ones of `len` items, fairly; `name` tells two apart.
pub(super) fn different<T>(
    (len, count): (usize, usize),
    rng: &mut Rng,
    all: impl Iterator<Item = T>,
    mut draw: impl FnMut(&mut Rng) -> Option<T>,
    name: impl Fn(&T) -> Vec<u8>,
) -> Vec<T> {
    if count.saturating_mul(MANY) >= len {
        let picked = distinct(len, count, rng);
        return all.enumerate().filter(|(i, _)| picked.contains(i)).map(|(_, item)| item).collect();
    }
    let mut names = BTreeSet::new();
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        let Some(item) = draw(rng) else { break };
        if names.insert(name(&item)) {
            items.push(item);
        }
    }
    items
}

/// Which of `len` items are drawn when `count` different ones are asked for: all of them in order
/// when there are not more, else a fair choice (Floyd's algorithm).
fn distinct(len: usize, count: usize, rng: &mut Rng) -> BTreeSet<usize> {
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

#[cfg(test)]
mod tests {
    use engine_base::Seed;

    use super::*;

    #[test]
    fn as_many_different_ones_as_are_asked_for_are_drawn_and_each_as_often() {
        let mut rng = Rng::new(Seed::from_number(1));
        for (len, count) in [(10, 2), (10, 5), (10, 10), (10, 12), (0, 3)] {
            let mut seen = vec![0_u32; len];
            for _ in 0..2_000 {
                let draw = |rng: &mut Rng| (len > 0).then(|| rng.index(len));
                let name = |n: &usize| n.to_string().into_bytes();
                let drawn = different((len, count), &mut rng, 0..len, draw, name);
                assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
                assert_eq!(drawn.len(), count.min(len));
                drawn.iter().for_each(|n| seen[*n] += 1);
            }
            let fair = 2_000 * count.min(len) as u32 / len.max(1) as u32;
            assert!(seen.iter().all(|n| n.abs_diff(fair) <= fair / 4), "{len} {count}: {seen:?}");
        }
    }
}
