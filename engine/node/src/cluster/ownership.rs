//! Who owns a slot: claims by config epoch, and what follows when this shard loses slots.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_base::{Slot, SlotSet, planted};
use engine_bus::{NodeFlags, View};

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// Slots that change hands in one step, by their owner until then.
pub(super) type Moved = BTreeMap<Option<NodeIx>, SlotSet>;

impl ClusterState {
    /// Gives a free slot to a node; `false` when it is not free (`clusterAddSlot`).
    pub(crate) fn add_slot(&mut self, ix: NodeIx, slot: Slot) -> bool {
        if self.owner(slot).is_some() {
            return false;
        }
        self.nodes[ix].put_slot(slot);
        // A master's first slot makes it a place that replicas may move to, when there are any.
        if self.nodes[ix].slot_count == 1 && self.masters_have_replicas() {
            self.nodes[ix].flags.insert(NodeFlags::MIGRATE_TO);
        }
        Arc::make_mut(&mut self.owners)[slot.index()] = Some(ix);
        true
    }

    /// Gives those slots of a range that are free to a node, both ends included.
    pub(super) fn add_slots(&mut self, ix: NodeIx, first: Slot, last: Slot) {
        let range = first.index()..=last.index();
        // A node's first slot decides more than the others, and some may be taken.
        let free = self.owners[range.clone()].iter().all(Option::is_none);
        if !free || !self.add_slot(ix, first) {
            for slot in (first.number()..=last.number()).filter_map(Slot::new) {
                self.add_slot(ix, slot);
            }
            return;
        }
        self.nodes[ix].put_slots(first, last);
        Arc::make_mut(&mut self.owners)[range].fill(Some(ix));
    }

    /// Takes a slot from its owner; `false` when it has none (`clusterDelSlot`). Clients leave the
    /// slot's channels when the owner is of this shard. Whoever has it next has it for sure: 7.0
    /// keeps in mind that the owner before did not claim it, and lets an old epoch take it back.
    pub(crate) fn remove_slot(&mut self, slot: Slot) -> bool {
        let Some(owner) = self.owner(slot) else { return false };
        if self.is_of_my_shard(owner) {
            self.out.drop_channels(slot);
        }
        self.nodes[owner].take_slot(slot);
        Arc::make_mut(&mut self.owners)[slot.index()] = None;
        self.set_unclaimed(slot, false);
        true
    }

    /// Takes all its slots from a node.
    pub(super) fn remove_all_slots(&mut self, ix: NodeIx) {
        if self.nodes[ix].slot_count > 0 {
            let slots = self.nodes[ix].slots();
            for slot in slots.iter() {
                self.remove_slot(slot);
            }
        }
    }

    /// No slot is on its way any more (`clusterCloseAllSlots`).
    pub(super) fn close_all_slots(&mut self) {
        self.migrating.clear();
        self.importing.clear();
    }

    fn is_of_my_shard(&self, ix: NodeIx) -> bool {
        let node = &self.nodes[ix];
        let primary = if node.is_master() { Some(ix) } else { node.master };
        primary.is_some_and(|p| p == self.myself || self.nodes[p].replicas.contains(&self.myself))
    }

    fn masters_have_replicas(&self) -> bool {
        self.nodes.iter().any(|(_, node)| !node.is_replica() && !node.replicas.is_empty())
    }

    /// Nobody owns the slot, or its owner no longer claims it.
    pub(super) fn is_unclaimed(&self, slot: Slot) -> bool {
        self.owner(slot).is_none() || self.unclaimed.contains(slot)
    }

    pub(super) fn set_unclaimed(&mut self, slot: Slot, unclaimed: bool) {
        if self.unclaimed.contains(slot) != unclaimed {
            let set = Arc::make_mut(&mut self.unclaimed);
            if unclaimed {
                set.insert(slot)
            } else {
                set.remove(slot)
            };
        }
    }

    /// `claimant` says under `epoch` that it serves `claimed`
    /// (`clusterUpdateSlotsConfigWith`). A slot is rebound when nobody claims it or its owner's
    /// epoch is older, but never one that this node is importing.
    ///
    /// Two nodes have two links, so a packet can come after one that was sent later. One that is
    /// older than the claimant's epoch neither gives up a slot nor takes what another has given
    /// up: 7.0 believes both, and a slot can go back to an owner of long ago.
    pub(super) fn learn_slots(
        &mut self,
        cx: &mut ClusterCx<'_>,
        claimant: NodeIx,
        epoch: u64,
        claimed: &SlotSet,
    ) {
        if claimant == self.myself {
            self.out.log(LogLevel::Warning, "Discarding UPDATE message about myself.");
            return;
        }
        let me = self.me();
        let my_master = if me.is_master() { Some(self.myself) } else { me.master };
        let mut moved = Moved::new();
        let mut dirty = SlotSet::EMPTY;
        let mut contested = false;
        let late = epoch < self.nodes[claimant].config_epoch;
        for slot in claimed.iter() {
            let owner = self.owner(slot);
            if owner == Some(claimant) {
                if !late {
                    self.set_unclaimed(slot, false);
                }
                continue;
            }
            let newer = |owner: NodeIx| {
                self.nodes[owner].config_epoch < epoch
                    || self.is_granted(slot, owner, claimant)
                    || planted("old-epoch-claim")
            };
            let free = owner.is_none() || (self.is_unclaimed(slot) && !late);
            if self.importing.contains_key(&slot) || !(free || owner.is_some_and(newer)) {
                continue;
            }
            if owner == Some(self.myself) && self.is_taken_from(slot, claimant) {
                contested = true;
                continue;
            }
            if owner == Some(self.myself) && (cx.keys_in_slot)(slot) > 0 {
                dirty.insert(slot);
            }
            self.remove_slot(slot);
            self.add_slot(claimant, slot);
            moved.entry(owner).or_default().insert(slot);
        }
        for slot in self.nodes[claimant].slots().iter() {
            if !claimed.contains(slot) && !late {
                // Still bound to it until somebody else claims it, but not spread any more.
                self.set_unclaimed(slot, true);
            }
        }
        if contested {
            self.claim_again();
        }
        self.tell_moved(&moved, claimant, epoch);
        if !moved.is_empty() {
            self.fsync_later();
            self.update_later();
        }
        let lost = my_master.and_then(|m| moved.get(&Some(m)));
        if let Some(slots) = lost.filter(|_| self.me().is_replica()) {
            slots.iter().for_each(|slot| {
                self.lost_by_master.insert(slot);
            });
        }
        let lost = lost.map_or(0, SlotSet::len);
        self.follow_slots(cx, claimant, my_master, lost, claimed.len(), &dirty);
    }

    /// What becomes of this node when its shard lost slots: left without any, it follows the new
    /// owner; a replica of a replica follows the grandmaster; else the keys of lost slots go.
    fn follow_slots(
        &mut self,
        cx: &ClusterCx<'_>,
        claimant: NodeIx,
        my_master: Option<NodeIx>,
        lost: usize,
        claimed: usize,
        dirty: &SlotSet,
    ) {
        let empty = my_master.is_some_and(|master| self.nodes[master].slot_count == 0);
        let grandmaster = self.me().master.and_then(|master| self.nodes[master].master);
        if lost > 0 && empty && (cx.config.allow_replica_migration || claimed == lost) {
            let id = self.nodes[claimant].id;
            let text =
                format!("Configuration change detected. Reconfiguring myself as a replica of {id}");
            self.out.log(LogLevel::Warning, text);
            self.set_master(claimant);
            self.fsync_later();
            self.update_later();
        } else if let Some(master) = grandmaster.filter(|master| *master != self.myself) {
            let id = self.nodes[master].id;
            let text =
                format!("I'm a sub-replica! Reconfiguring myself as a replica of grandmaster {id}");
            self.out.log(LogLevel::Warning, text);
            self.set_master(master);
            self.fsync_later();
            self.update_later();
        } else {
            for slot in dirty.iter() {
                self.out.delete_keys(slot);
            }
        }
    }

    pub(super) fn tell_moved(&mut self, moved: &Moved, to: NodeIx, epoch: u64) {
        let to = Some(self.nodes[to].id);
        for (from, slots) in moved {
            let from = from.map(|ix| self.nodes[ix].id);
            let ranges = slots.ranges().collect();
            self.out.event(EventKind::SlotsMoved { ranges, from, to, epoch });
        }
    }

    /// A sender claims slots whose owner has a newer epoch: it is told of the first such owner
    /// (UPDATE).
    pub(super) fn correct_sender(
        &mut self,
        cx: &ClusterCx<'_>,
        sender: NodeIx,
        view: &View<'_>,
        claimed: &SlotSet,
    ) {
        let epoch = view.config_epoch();
        let newer = claimed.iter().find_map(|slot| {
            let owner = self.owner(slot).filter(|owner| *owner != sender)?;
            (!self.unclaimed.contains(slot) && self.nodes[owner].config_epoch > epoch)
                .then_some(owner)
        });
        let Some(owner) = newer else { return };
        let text = format!(
            "Node {} has old slots configuration, sending an UPDATE message about {}",
            self.nodes[sender].id, self.nodes[owner].id
        );
        self.out.log(LogLevel::Verbose, text);
        if let Some(link) = self.nodes[sender].link() {
            self.send_update(cx, link, owner);
        }
    }

    /// This replica takes its master's place: role, slots, and the word to all
    /// (`clusterFailoverReplaceYourMaster`). It has its new config epoch already.
    pub(super) fn replace_master(&mut self, now: i64, cx: &mut ClusterCx<'_>) {
        let Some(old) = self.me().master.filter(|_| self.me().is_replica()) else { return };
        let me = self.myself;
        self.set_as_master(me);
        self.out.push(super::Effect::StopFollowing);
        let slots = self.nodes[old].slots();
        for slot in slots.iter() {
            self.remove_slot(slot);
            self.add_slot(me, slot);
        }
        let epoch = self.me().config_epoch;
        if !slots.is_empty() {
            self.tell_moved(&Moved::from([(Some(old), slots)]), me, epoch);
        }
        for slot in core::mem::take(&mut self.lost_by_master).iter() {
            let elsewhere = self.owner(slot).is_some_and(|owner| owner != me);
            if elsewhere && (cx.keys_in_slot)(slot) > 0 {
                self.out.delete_keys(slot);
            }
        }
        self.update_health(now, cx);
        self.save(true);
        self.broadcast_pong(now, cx, false);
        self.reset_manual_failover();
    }
}
