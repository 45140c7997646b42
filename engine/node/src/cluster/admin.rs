//! What operators change by `CLUSTER …` commands, and what the configuration changes.

use engine_base::{NodeId, Slot};
use engine_bus::{IpText, NodeFlags};

use super::Safety;
use super::cx::{ClusterConfig, ClusterCx, Effect};
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// How many slots have an owner, by how it does (`CLUSTER INFO`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SlotHealth {
    /// Slots with an owner.
    pub(crate) assigned: usize,
    /// Whose owner is well.
    pub(crate) ok: usize,
    /// Whose owner this node suspects.
    pub(crate) pfail: usize,
    /// Whose owner has failed.
    pub(crate) fail: usize,
}

impl ClusterState {
    /// How many slots have an owner, and how those do.
    pub(crate) fn slot_health(&self) -> SlotHealth {
        let mut health = SlotHealth::default();
        for (_, node) in self.nodes.iter() {
            let slots = usize::from(node.slot_count);
            health.assigned += slots;
            if node.is_failed() {
                health.fail += slots;
            } else if node.is_pfail() {
                health.pfail += slots;
            } else {
                health.ok += slots;
            }
        }
        health
    }

    /// `CLUSTER ADDSLOTS` and its kin: slots that were checked to be free become this node's; an
    /// import of theirs ends.
    pub(crate) fn claim_slots(&mut self, slots: impl IntoIterator<Item = Slot>) {
        let me = self.myself;
        let mut added = engine_base::SlotSet::EMPTY;
        for slot in slots {
            self.importing.remove(&slot);
            if self.add_slot(me, slot) {
                added.insert(slot);
            }
        }
        self.tell_assigned(&added, None, Some(me));
        self.keep_later();
    }

    /// `CLUSTER DELSLOTS` and its kin, `FLUSHSLOTS`: slots lose their owner in this node's table.
    pub(crate) fn unassign_slots(&mut self, slots: impl IntoIterator<Item = Slot>) {
        let mut removed = std::collections::BTreeMap::<_, engine_base::SlotSet>::new();
        for slot in slots {
            if let Some(owner) = self.owner(slot) {
                removed.entry(owner).or_default().insert(slot);
                self.remove_slot(slot);
            }
        }
        for (owner, slots) in removed {
            self.tell_assigned(&slots, Some(owner), None);
        }
        self.update_later();
        self.keep_later();
    }

    fn tell_assigned(
        &mut self,
        slots: &engine_base::SlotSet,
        from: Option<NodeIx>,
        to: Option<NodeIx>,
    ) {
        self.update_later();
        self.save_later();
        if slots.is_empty() {
            return;
        }
        let epoch = to.map_or(0, |to| self.nodes[to].config_epoch);
        let name = |ix: Option<NodeIx>| ix.map(|ix| self.nodes[ix].id);
        let (from, to) = (name(from), name(to));
        let ranges = slots.ranges().collect();
        self.out.event(EventKind::SlotsMoved { ranges, from, to, epoch });
    }

    /// `CLUSTER SETSLOT slot MIGRATING node`. Made durable before keys leave: who has forgotten it
    /// after a loss of power would answer that they are not there.
    pub(crate) fn set_migrating(&mut self, slot: Slot, to: NodeIx) {
        self.migrating.insert(slot, to);
        let to = Some(self.nodes[to].id);
        self.out.event(EventKind::SlotMigrating { slot, to });
        self.keep_later();
        self.update_later();
    }

    /// `CLUSTER SETSLOT slot IMPORTING node`.
    pub(crate) fn set_importing(&mut self, slot: Slot, from: NodeIx) {
        self.importing.insert(slot, from);
        let from = Some(self.nodes[from].id);
        self.out.event(EventKind::SlotImporting { slot, from });
        self.save_later();
        self.update_later();
    }

    fn end_migrating(&mut self, slot: Slot) {
        if self.migrating.remove(&slot).is_some() {
            self.out.event(EventKind::SlotMigrating { slot, to: None });
        }
    }

    fn end_importing(&mut self, slot: Slot) {
        if self.importing.remove(&slot).is_some() {
            self.out.event(EventKind::SlotImporting { slot, from: None });
        }
    }

    /// `CLUSTER SETSLOT slot STABLE`.
    pub(crate) fn set_stable(&mut self, slot: Slot) {
        self.end_migrating(slot);
        self.end_importing(slot);
        self.keep_later();
        self.update_later();
    }

    /// `CLUSTER SETSLOT slot NODE node`. On refusal, the error's text without its code.
    pub(crate) fn set_slot_owner(
        &mut self,
        now: i64,
        cx: &ClusterCx<'_>,
        slot: Slot,
        to: NodeIx,
    ) -> Result<(), String> {
        let me = self.myself;
        let from = self.owner(slot);
        let keys = (cx.keys_in_slot)(slot);
        if from == Some(me) && to != me && keys != 0 {
            return Err(format!(
                "Can't assign hashslot {slot} to a different node while I still hold keys for \
                 this hash slot."
            ));
        }
        if keys == 0 {
            self.end_migrating(slot);
        }
        self.remove_slot(slot);
        self.add_slot(to, slot);
        if from != Some(to) {
            self.tell_assigned(&core::iter::once(slot).collect(), from, Some(to));
        }
        if from == Some(me)
            && to != me
            && self.me().slot_count == 0
            && cx.config.allow_replica_migration
        {
            let id = self.nodes[to].id;
            let text =
                format!("Configuration change detected. Reconfiguring myself as a replica of {id}");
            self.out.log(LogLevel::Warning, text);
            self.set_master(to);
            self.fsync_later();
        }
        if to == me && self.importing.contains_key(&slot) {
            // The new version must win against the old owner's, without an election.
            if self.bump_epoch() {
                let text = format!("configEpoch updated after importing slot {slot}");
                self.out.log(LogLevel::Warning, text);
            }
            self.end_importing(slot);
            self.broadcast_pong(now, cx, false);
        } else if self.me().is_replica() && self.me().master == Some(to) {
            self.end_importing(slot);
        }
        if to == me {
            // The source gives up its claim next: after a loss of power nobody would have one.
            self.keep_later();
        }
        self.save_later();
        self.update_later();
        Ok(())
    }

    /// `CLUSTER REPLICATE`: the target was checked to be a master and this node to be empty.
    pub(crate) fn replicate(&mut self, master: NodeIx) {
        self.set_master(master);
        self.update_later();
        self.keep_later();
    }

    /// `CLUSTER REPLICATE NO ONE` of Valkey 9: a replica becomes a master without slots and data.
    pub(crate) fn replicate_no_one(&mut self) {
        self.out.log(
            LogLevel::Notice,
            "Stop replication and turning myself into empty primary.".to_owned(),
        );
        self.set_as_master(self.myself);
        self.out.push(Effect::StopFollowing);
        self.out.push(Effect::FlushData);
        self.close_all_slots();
        self.reset_manual_failover();
        self.found_shard();
        self.update_later();
        self.keep_later();
    }

    /// This node begins a shard of its own. Its id may name one that somebody else leads by now.
    fn found_shard(&mut self) {
        let shard = NodeId::from_wire(self.rng.hex40());
        self.me_mut().set_shard(shard, true);
    }

    /// `CLUSTER SET-CONFIG-EPOCH`: this node was checked to know nobody and to have no epoch.
    pub(crate) fn set_own_epoch(&mut self, epoch: u64) {
        self.set_config_epoch(self.myself, epoch);
        let text = format!("configEpoch set to {epoch} via CLUSTER SET-CONFIG-EPOCH");
        self.out.log(LogLevel::Warning, text);
        self.see_current_epoch(epoch);
        self.update_later();
        self.keep_later();
    }

    /// `CLUSTER RESET [HARD]` (`clusterReset`): forgets all nodes and slots; a replica becomes an
    /// empty master; HARD gives a new id and epochs of zero.
    pub(crate) fn reset(&mut self, hard: bool) {
        if self.me().is_replica() {
            self.set_as_master(self.myself);
            self.out.push(Effect::StopFollowing);
            self.out.push(Effect::FlushData);
        }
        self.close_all_slots();
        self.reset_manual_failover();
        self.unassign_slots(Slot::all());
        let others: Vec<_> = self.nodes.indices().filter(|ix| *ix != self.myself).collect();
        for ix in others {
            self.remove_node(ix);
        }
        if hard {
            (self.current_epoch, self.last_vote_epoch) = (0, 0);
            self.set_config_epoch(self.myself, 0);
            self.out.log(LogLevel::Warning, "configEpoch set to 0 via CLUSTER RESET HARD");
            let id = NodeId::from_wire(self.rng.hex40());
            self.nodes.rename(self.myself, id);
            self.out.log(LogLevel::Notice, format!("Node hard reset, now I'm {id}"));
        }
        self.found_shard();
        self.fsync_later();
        self.update_later();
    }

    /// Directives about this node itself may have changed (`clusterUpdateMyselfFlags`,
    /// `…AnnouncedPorts`, `…Ip`).
    pub(crate) fn config_changed(&mut self, config: &ClusterConfig<'_>) {
        self.keep_shard = config.valkey9();
        self.refresh_names(config);
        let announced = IpText::from_text(config.announce_ip.as_bytes());
        if announced != self.announced_ip {
            self.announced_ip = announced;
            self.me_mut().ip = announced;
        }
        let me = self.me_mut();
        (me.port, me.pport, me.cport) = (config.announced_port(), 0, config.announced_bus_port());
        let before = me.flags;
        me.flags.set(NodeFlags::NOFAILOVER, config.replica_no_failover);
        if me.flags != before {
            self.save_later();
            self.update_later();
        }
    }

    /// Takes up `cluster-announce-hostname` and `cluster-announce-human-nodename`.
    pub(super) fn refresh_names(&mut self, config: &ClusterConfig<'_>) {
        let name = Some(config.announce_hostname).filter(|name| !name.is_empty());
        if self.me().rare().hostname.as_deref() != name {
            self.me_mut().rare_mut().hostname = name.map(Into::into);
        }
        let name = Some(config.human_nodename).filter(|name| !name.is_empty());
        if self.me().rare().human_nodename.as_deref() != name {
            self.me_mut().rare_mut().human_nodename = name.map(Into::into);
        }
    }

    /// After the data is loaded, slots and keys must agree (`verifyClusterConfigWithData`): keys
    /// of a slot that nobody owns make it this node's, keys of another's slot make it importing.
    pub(crate) fn check_data(&mut self, cx: &ClusterCx<'_>) {
        if self.me().is_replica() {
            return;
        }
        let mut changed = false;
        for slot in Slot::all() {
            let owner = self.owner(slot);
            if owner == Some(self.myself)
                || self.importing.contains_key(&slot)
                || (cx.keys_in_slot)(slot) == 0
            {
                continue;
            }
            changed = true;
            let text = if let Some(owner) = owner {
                self.importing.insert(slot, owner);
                format!(
                    "I have keys for slot {slot}, but the slot is assigned to another node. \
                     Setting it to importing state."
                )
            } else {
                self.add_slot(self.myself, slot);
                format!("I have keys for unassigned slot {slot}. Taking responsibility for it.")
            };
            self.out.log(LogLevel::Warning, text);
        }
        if changed {
            self.save(Safety::Barrier);
        }
    }
}
