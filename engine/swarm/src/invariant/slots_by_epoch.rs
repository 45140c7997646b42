//! A slot leaves its owner only for a claim with a larger config epoch (cluster specification,
//! "Hash slots configuration propagation and conflict resolution"), in every node's table, as long
//! as that owner still claims it; an operator's command in that table is left out.

use std::collections::BTreeMap;

use engine_base::{Mono, NodeId, Slot, SlotSet};

use super::Violation;

/// What is remembered: by node, the config epochs that it knows; by id, what each master last
/// said that it serves.
#[derive(Default)]
pub(crate) struct SlotsByEpoch {
    epochs: BTreeMap<usize, BTreeMap<NodeId, u64>>,
    claims: BTreeMap<NodeId, SlotSet>,
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

    /// What a node serves by its own word.
    pub(crate) fn claims(&mut self, id: NodeId, slots: &SlotSet) {
        let known = self.claims.entry(id).or_default();
        if known != slots {
            *known = slots.clone();
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
        let Some(claims) = self.claims.get(&from).filter(|_| !newer) else { return Ok(()) };
        let all =
            |(first, last): &(Slot, Slot)| (first.number()..=last.number()).filter_map(Slot::new);
        let Some(slot) = ranges.iter().flat_map(all).find(|slot| claims.contains(*slot)) else {
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

    #[test]
    fn a_slot_given_to_an_older_claim_is_seen() {
        let (a, b) = (NodeId::from_wire([b'a'; 40]), NodeId::from_wire([b'b'; 40]));
        let slot = |n| Slot::new(n).expect("a slot");
        let mut rule = SlotsByEpoch::default();
        rule.table(0, &[(a, 7), (b, 3)]);
        rule.claims(a, &(0..10).filter_map(Slot::new).collect());
        let ranges = [(slot(5), slot(20))];
        let moved =
            |epoch| Moved { table: 0, from: a, to: b, epoch, ranges: &ranges, to_self: false };
        assert!(rule.moved(Mono::ZERO, moved(3)).is_err());
        assert!(rule.moved(Mono::ZERO, moved(7)).is_err());
        assert_eq!(rule.moved(Mono::ZERO, moved(8)), Ok(()));
        rule.learns(0, a, 9);
        assert!(rule.moved(Mono::ZERO, moved(8)).is_err());
        rule.claims(a, &SlotSet::default());
        assert_eq!(rule.moved(Mono::ZERO, moved(8)), Ok(()), "it does not claim them any more");
    }
}
