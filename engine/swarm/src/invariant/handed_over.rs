//! Slots that are handed over whole (`CLUSTER MIGRATESLOTS`) are taken only by leave of the one who
//! has them, and with all that it holds: it takes no writes to them from before its word until two
//! seconds after (atomic slot migration of Valkey 9).

use engine_base::{Mono, NodeId, Slot, SlotSet};

use super::Violation;

/// A word of leave is good for so long, in milliseconds: the pause of two
/// `cluster-manual-failover-timeout`s, and some time on its way.
const GOOD_MS: u64 = 12_000;
/// For so long after its word the giver takes no writes, in milliseconds.
const HELD_BACK_MS: u64 = 2000;

/// What one side says of a migration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) ranges: &'a [(Slot, Slot)],
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// Whether the giver speaks.
    pub(crate) leaving: bool,
    pub(crate) state: &'static str,
}

/// Leave to take slots.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) at: Mono,
    /// Who gave it.
    pub(crate) by: usize,
    from: NodeId,
    to: NodeId,
    pub(crate) slots: SlotSet,
}

/// All leave that was given.
#[derive(Default)]
pub(crate) struct HandedOver {
    grants: Vec<Grant>,
}

impl HandedOver {
    /// A giver agrees.
    pub(crate) fn granted(&mut self, at: Mono, by: usize, step: &Step<'_>) {
        let (from, to, slots) = (step.from, step.to, set_of(step.ranges));
        self.grants.push(Grant { at, by, from, to, slots });
    }

    /// Whether a node has agreed that another takes slots of its own, whatever the epochs.
    pub(crate) fn agreed(&self, at: Mono, by: usize, to: NodeId, ranges: &[(Slot, Slot)]) -> bool {
        let slots = set_of(ranges);
        self.grants.iter().any(|grant| {
            grant.by == by
                && grant.to == to
                && at.ms_since(grant.at) <= GOOD_MS
                && slots.iter().all(|slot| grant.slots.contains(slot))
        })
    }

    /// Somebody takes slots: by whose leave.
    pub(crate) fn taken(&self, at: Mono, step: &Step<'_>) -> Result<&Grant, Violation> {
        let slots = set_of(step.ranges);
        let fits =
            |grant: &&Grant| grant.from == step.from && grant.to == step.to && grant.slots == slots;
        self.grants.iter().rev().find(fits).ok_or_else(|| Violation {
            rule: "slots are taken by leave",
            at,
            seen: format!(
                "{} took {:?} of {}, who had not agreed",
                step.to, step.ranges, step.from
            ),
        })
    }
}

fn set_of(ranges: &[(Slot, Slot)]) -> SlotSet {
    let all = |(first, last): &(Slot, Slot)| (first.number()..=last.number()).filter_map(Slot::new);
    ranges.iter().flat_map(all).collect()
}

/// Compares the giver's values with the taker's at the moment in which the slots change hands.
pub(crate) fn check<'a>(
    at: Mono,
    grant: &Grant,
    values: impl Iterator<Item = (&'a str, u64, u64)>,
) -> Result<(), Violation> {
    if at >= grant.at.plus_ms(HELD_BACK_MS) {
        return Ok(());
    }
    for (key, given, taken) in values {
        if given > taken {
            return Err(Violation {
                rule: "what is handed over is whole",
                at,
                seen: format!("{key} is {given} at {} and {taken} at {}", grant.from, grant.to),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_taken_without_leave_or_without_all_keys_are_seen() {
        let id = |c: u8| NodeId::from_wire([c; 40]);
        let at = Mono::from_millis;
        let slot = |n| Slot::new(n).expect("a slot");
        let ranges = [(slot(3), slot(5))];
        let step = |leaving| Step {
            ranges: &ranges,
            from: id(b'a'),
            to: id(b'b'),
            leaving,
            state: if leaving { "failover-granted" } else { "success" },
        };
        let mut rule = HandedOver::default();
        assert!(rule.taken(at(1000), &step(false)).is_err());
        rule.granted(at(1000), 7, &step(true));
        assert!(rule.taken(at(1100), &Step { to: id(b'c'), ..step(false) }).is_err());
        assert!(rule.agreed(at(1100), 7, id(b'b'), &[(slot(4), slot(4))]));
        assert!(!rule.agreed(at(1100), 7, id(b'b'), &[(slot(4), slot(6))]));
        assert!(!rule.agreed(at(1100), 6, id(b'b'), &ranges));
        assert!(!rule.agreed(at(90_000), 7, id(b'b'), &ranges), "long ago");
        let grant = rule.taken(at(1100), &step(false)).expect("by leave");
        assert!(check(at(1100), grant, [("k", 5, 4)].into_iter()).is_err());
        assert_eq!(check(at(1100), grant, [("k", 5, 5)].into_iter()), Ok(()));
        assert_eq!(check(at(3000), grant, [("k", 5, 4)].into_iter()), Ok(()), "it goes on");
    }
}
