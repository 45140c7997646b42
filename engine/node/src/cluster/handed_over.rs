//! Slots that change hands whole, by agreement of the two masters (`CLUSTER MIGRATESLOTS`): the
//! epochs of both move on meanwhile, and neither must fall back behind what was agreed.

use engine_base::{NodeId, Slot, SlotSet};

use super::Safety;
use super::cx::ClusterCx;
use super::ownership::Moved;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;

/// For so many ticks of 100 ms after it granted slots, their old owner cannot have taken them
/// back: it holds writes to them for at least two seconds (`CLUSTER_OPERATION_TIMEOUT`).
const SURE_TICKS: u64 = 20;

/// Slots that were handed over to this node.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    from: NodeId,
    slots: SlotSet,
    /// The tick until which an older claim of theirs counts as one.
    until: u64,
}

impl ClusterState {
    /// This node agrees that another takes these slots, whatever the epochs, and to nothing else:
    /// what was agreed before is over.
    pub(crate) fn grant(&mut self, slots: impl Iterator<Item = (NodeId, Slot)>) {
        self.granted.clear();
        for (to, slot) in slots {
            self.granted.entry(to).or_default().insert(slot);
            // It may go back to the one who gave it a moment ago.
            for taken in &mut self.taken {
                taken.slots.remove(slot);
            }
        }
    }

    /// This node has agreed that `claimant` takes a slot of its own, whatever the epochs
    /// (`clusterSlotFailoverGranted` of Valkey 9).
    pub(super) fn is_granted(&self, slot: Slot, owner: NodeIx, claimant: NodeIx) -> bool {
        owner == self.myself
            && !self.granted.is_empty()
            && self.granted.get(&self.nodes[claimant].id).is_some_and(|s| s.contains(slot))
    }

    /// Whether a claim can only be one from before the claimant handed the slot over. It may bear
    /// a newer epoch than this node's: its sender took other slots over in the same moment.
    pub(super) fn is_taken_from(&self, slot: Slot, claimant: NodeIx) -> bool {
        let id = self.nodes[claimant].id;
        self.taken
            .iter()
            .any(|taken| taken.from == id && self.ticks < taken.until && taken.slots.contains(slot))
    }

    /// Such a claim came: this node takes a newer epoch still, so that all others agree too.
    pub(super) fn claim_again(&mut self) {
        let epoch = self.next_epoch();
        self.set_config_epoch(self.myself, epoch);
        self.fsync_later();
        self.todo.broadcast = true;
        let text = format!("New configEpoch set to {epoch}, for slots that were handed over");
        self.out.log(LogLevel::Warning, text);
    }

    /// Slots that were moved here whole become this node's, under an epoch newer than their
    /// owner's, without an election (`performSlotImportJobFailover` of Valkey 9). `granted_in` is
    /// the current epoch of the one who granted it, when it said so.
    pub(crate) fn take_over_slots(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        slots: &[Slot],
        from: NodeId,
        granted_in: u64,
    ) {
        self.see_current_epoch(granted_in);
        self.bump_epoch();
        let me = self.myself;
        let mut moved = Moved::new();
        for slot in slots.iter().copied() {
            let owner = self.owner(slot);
            if owner == Some(me) {
                continue;
            }
            self.remove_slot(slot);
            self.add_slot(me, slot);
            moved.entry(owner).or_default().insert(slot);
        }
        self.taken.retain(|taken| self.ticks < taken.until);
        let slots = slots.iter().copied().collect();
        self.taken.push(Taken { from, slots, until: self.ticks + SURE_TICKS });
        let epoch = self.me().config_epoch;
        self.tell_moved(&moved, me, epoch);
        self.update_health(now, cx);
        self.save(Safety::Barrier);
        self.broadcast_pong(now, cx, false);
    }
}
