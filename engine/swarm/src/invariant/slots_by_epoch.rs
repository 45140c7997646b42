//! A slot leaves its owner only for a claim with a larger config epoch (cluster specification,
//! "Hash slots configuration propagation and conflict resolution"), in every node's table, as long
//! as that owner claimed it in all that it said under its epoch: the epoch does not tell a packet
//! from before a slot was taken from one of after. An operator's command in that table is left
//! out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use engine_base::{Mono, NodeId, Slot, SlotSet};
use engine_bus::{NodeFlags, View};

use super::Violation;

/// What is remembered: by node, the config epochs that it knows; by master and epoch, the slots
/// that it claimed in every heartbeat.
#[derive(Default)]
pub(crate) struct SlotsByEpoch {
    epochs: BTreeMap<usize, BTreeMap<NodeId, u64>>,
    claims: BTreeMap<(NodeId, u64), Claims>,
}

/// What a master claimed under one epoch.
struct Claims {
    always: SlotSet,
    last: SlotSet,
}

/// Slots change hands in a node's table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved<'a> {
    /// In whose table.
    pub(crate) table: usize,
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// Under which epoch the new owner claims them.
    pub(crate) epoch: u64,
    pub(crate) ranges: &'a [(Slot, Slot)],
    /// Whether the new owner is the table's own node: it may have had the larger epoch before.
    pub(crate) to_self: bool,
}

impl SlotsByEpoch {
    /// What a node's table says now.
    pub(crate) fn table(&mut self, node: usize, epochs: &[(NodeId, u64)]) {
        self.epochs.insert(node, epochs.iter().copied().collect());
    }

    /// A node sent a packet.
    pub(crate) fn sent(&mut self, view: &View<'_>) {
        if !view.kind().is_heartbeat() || !view.flags().contains(NodeFlags::MASTER) {
            return;
        }
        let (id, epoch) = (view.sender(), view.config_epoch());
        // Almost every heartbeat says what the last one said.
        if !self.claims.get(&(id, epoch)).is_some_and(|known| view.claims_exactly(&known.last)) {
            self.claims(id, epoch, view.slots());
        }
    }

    fn claims(&mut self, id: NodeId, epoch: u64, slots: SlotSet) {
        match self.claims.entry((id, epoch)) {
            Entry::Vacant(none) => {
                none.insert(Claims { always: slots.clone(), last: slots });
            }
            Entry::Occupied(mut known) => {
                let Claims { always, last } = known.get_mut();
                *always = always.iter().filter(|slot| slots.contains(*slot)).collect();
                *last = slots;
            }
        }
    }

    /// A node learns a config epoch.
    pub(crate) fn learns(&mut self, node: usize, of: NodeId, epoch: u64) {
        self.epochs.entry(node).or_default().insert(of, epoch);
    }

    pub(crate) fn moved(&self, at: Mono, moved: Moved<'_>) -> Result<(), Violation> {
        let Moved { table, from, to, epoch, ranges, to_self } = moved;
        let Some(known) = self.epochs.get(&table).and_then(|epochs| epochs.get(&from)) else {
            return Ok(());
        };
        let newer = if to_self { epoch >= *known } else { epoch > *known };
        let Some(claims) = self.claims.get(&(from, *known)).filter(|_| !newer) else {
            return Ok(());
        };
        let all =
            |(first, last): &(Slot, Slot)| (first.number()..=last.number()).filter_map(Slot::new);
        let Some(slot) = ranges.iter().flat_map(all).find(|slot| claims.always.contains(*slot))
        else {
            return Ok(());
        };
        Err(Violation {
            rule: "a slot moves only to a larger epoch",
            at,
            seen: format!(
                "node {table} gave {slot} from {from} (epoch {known}) to {to} (epoch {epoch})"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (NodeId, NodeId) {
        (NodeId::from_wire([b'a'; 40]), NodeId::from_wire([b'b'; 40]))
    }

    fn slots(numbers: std::ops::Range<u16>) -> SlotSet {
        numbers.filter_map(Slot::new).collect()
    }

    fn moved(rule: &SlotsByEpoch, epoch: u64) -> Result<(), Violation> {
        let (from, to) = ids();
        let slot = |n| Slot::new(n).expect("a slot");
        let ranges = &[(slot(5), slot(20))];
        rule.moved(Mono::ZERO, Moved { table: 0, from, to, epoch, ranges, to_self: false })
    }

    #[test]
    fn a_slot_given_to_an_older_claim_is_seen() {
        let (a, b) = ids();
        let mut rule = SlotsByEpoch::default();
        rule.table(0, &[(a, 7), (b, 3)]);
        rule.claims(a, 7, slots(0..10));
        assert!(moved(&rule, 3).is_err());
        assert!(moved(&rule, 7).is_err());
        assert_eq!(moved(&rule, 8), Ok(()));
        rule.learns(0, a, 9);
        rule.claims(a, 9, slots(0..10));
        assert!(moved(&rule, 8).is_err());
    }

    #[test]
    fn a_slot_that_its_owner_did_not_claim_under_this_epoch_is_free() {
        let (a, b) = ids();
        let mut rule = SlotsByEpoch::default();
        rule.table(0, &[(a, 7), (b, 3)]);
        rule.claims(a, 6, SlotSet::default());
        rule.claims(a, 7, slots(0..10));
        assert!(moved(&rule, 3).is_err(), "what it said under another epoch is of no account");
        rule.claims(a, 7, SlotSet::default());
        rule.claims(a, 7, slots(0..10));
        assert_eq!(moved(&rule, 3), Ok(()), "the packets can come in another order");
    }
}
