//! The slots of one node as another keeps them: a few runs in most clusters, a bit a slot where they
//! lie scattered. Every node keeps such a set of every other, so an empty one costs nothing.

use std::sync::Arc;

use engine_base::{Slot, SlotSet};
use smallvec::SmallVec;

/// With more runs than this the bits are smaller, and quicker to change.
const RUNS_MOST: usize = 64;

/// First and last slot of a run.
type Run = (u16, u16);

/// A set of slots.
#[derive(Clone, Debug)]
pub(crate) enum NodeSlots {
    /// Runs in order; two of them never touch.
    Runs(SmallVec<[Run; 4]>),
    /// A bit a slot. Copied on write: snapshots share it.
    Bits(Arc<SlotSet>),
}

impl Default for NodeSlots {
    fn default() -> Self {
        Self::Runs(SmallVec::new())
    }
}

impl NodeSlots {
    /// Its runs, both ends included, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (Slot, Slot)> + '_ {
        let (runs, bits) = match self {
            Self::Runs(runs) => (runs.as_slice(), None),
            Self::Bits(bits) => (&[][..], Some(bits)),
        };
        let run = |run: &Run| Slot::new(run.0).zip(Slot::new(run.1));
        runs.iter().filter_map(run).chain(bits.into_iter().flat_map(|bits| bits.ranges()))
    }

    /// The same set, a bit a slot.
    pub(crate) fn to_set(&self) -> SlotSet {
        match self {
            Self::Runs(_) => {
                let mut set = SlotSet::EMPTY;
                self.ranges().for_each(|(first, last)| set.insert_range(first, last));
                set
            }
            Self::Bits(bits) => SlotSet::clone(bits),
        }
    }

    /// Whether these bytes of the wire say this set.
    pub(super) fn is_wire(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Runs(_) => SlotSet::ranges_are_wire(self.ranges(), bytes),
            Self::Bits(bits) => bits.is_wire(bytes),
        }
    }

    /// Adds a slot; `true` when it was not there.
    pub(super) fn insert(&mut self, slot: Slot) -> bool {
        let runs = match self {
            Self::Runs(runs) => runs,
            Self::Bits(bits) => return Arc::make_mut(bits).insert(slot),
        };
        let n = slot.number();
        // The first run that does not end before the slot.
        let at = runs.partition_point(|run| run.1 < n);
        let next = runs.get(at).copied();
        if next.is_some_and(|run| run.0 <= n) {
            return false;
        }
        let joins_next = next.is_some_and(|run| run.0 == n + 1);
        let before = at.checked_sub(1).filter(|before| runs[*before].1 + 1 == n);
        match (before, joins_next) {
            (Some(before), true) => {
                runs[before].1 = runs[at].1;
                runs.remove(at);
            }
            (Some(before), false) => runs[before].1 = n,
            (None, true) => runs[at].0 = n,
            (None, false) => {
                runs.insert(at, (n, n));
                self.scatter();
            }
        }
        true
    }

    /// Adds the slots of a range, both ends included; how many of them were not there.
    pub(super) fn insert_range(&mut self, first: Slot, last: Slot) -> u16 {
        let (from, to) = (first.number(), last.number());
        // In most cases it begins a new last run, or begins with the last slot that there is.
        if let Self::Runs(runs) = self
            && let Some(run) = runs.last_mut()
            && run.1 == from
            && to >= from
        {
            run.1 = to;
            return to - from;
        }
        (from..=to).filter_map(Slot::new).map(|slot| u16::from(self.insert(slot))).sum()
    }

    /// Takes a slot out; `true` when it was there.
    pub(super) fn remove(&mut self, slot: Slot) -> bool {
        let runs = match self {
            Self::Runs(runs) => runs,
            Self::Bits(bits) => return Arc::make_mut(bits).remove(slot),
        };
        let n = slot.number();
        let at = runs.partition_point(|run| run.1 < n);
        let Some(run) = runs.get(at).copied().filter(|run| run.0 <= n) else { return false };
        match (run.0 == n, run.1 == n) {
            (true, true) => {
                runs.remove(at);
            }
            (true, false) => runs[at].0 = n + 1,
            (false, true) => runs[at].1 = n - 1,
            (false, false) => {
                runs[at].1 = n - 1;
                runs.insert(at + 1, (n + 1, run.1));
                self.scatter();
            }
        }
        true
    }

    /// Many runs become bits.
    fn scatter(&mut self) {
        if matches!(self, Self::Runs(runs) if runs.len() > RUNS_MOST) {
            *self = Self::Bits(Arc::new(self.to_set()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    #[test]
    fn whatever_is_done_it_is_the_set_that_bits_would_be() {
        let mut rng = Rng::new(Seed::from_number(7));
        // Few slots close together join and split runs; many far apart become bits.
        for (span, least_runs) in [(12_u64, 0), (16_384, RUNS_MOST + 1)] {
            let (mut slots, mut set) = (NodeSlots::default(), SlotSet::EMPTY);
            let mut seen = 0;
            for round in 0..2000 {
                let slot = Slot::new(rng.below(span) as u16).unwrap();
                if rng.below(8) == 0 {
                    let last =
                        Slot::new((slot.number() + rng.below(9) as u16).min(16_383)).unwrap();
                    let before = set.len();
                    set.insert_range(slot, last);
                    let added = usize::from(slots.insert_range(slot, last));
                    assert_eq!(added, set.len() - before, "round {round}");
                } else if rng.below(3) > 0 {
                    assert_eq!(slots.insert(slot), set.insert(slot), "round {round}");
                } else {
                    assert_eq!(slots.remove(slot), set.remove(slot), "round {round}");
                }
                assert!(slots.ranges().eq(set.ranges()), "round {round}");
                seen = seen.max(set.ranges().count());
            }
            assert!(seen >= least_runs);
            assert_eq!(slots.to_set(), set);
            let mut wire = Vec::new();
            set.write_wire(&mut wire);
            assert!(slots.is_wire(&wire));
            for byte in [0, 1, 1000, 2047] {
                wire[byte] ^= 0x10;
                assert!(!slots.is_wire(&wire), "byte {byte}");
                wire[byte] ^= 0x10;
            }
        }
    }
}
