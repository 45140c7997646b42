//! A node as this node knows it (`clusterNode` in cluster.h).

use std::sync::Arc;

use engine_base::{LinkId, NodeId, Slot, SlotSet};
use engine_bus::{IpText, NodeFlags, View};

use super::node_slots::NodeSlots;
use super::table::NodeIx;

/// What is known of one node. Times are Unix milliseconds; 0 is "never".
// In this order, and so aligned, what a gossip entry says and what is looked at when one is heard lie
// in two or three lines of the processor's cache. A large cluster hears millions a second.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct ClusterNode {
    /// Its id; random while it is a stranger in handshake.
    pub(crate) id: NodeId,
    /// What it is.
    pub(crate) flags: NodeFlags,
    /// Its client port.
    pub(crate) port: u16,
    /// Its plaintext client port when `port` is for TLS.
    pub(crate) pport: u16,
    /// Its bus port.
    pub(crate) cport: u16,
    /// When it was pinged, while the answer is awaited; else 0.
    pub(crate) ping_sent: i64,
    /// When it last answered, here or by hearsay.
    pub(crate) pong_received: i64,
    /// The number of the last heartbeat that told about it.
    pub(crate) last_in_gossip: u64,
    /// Its address; empty when unknown.
    pub(crate) ip: IpText,
    /// Its master; a replica of an unknown master has none.
    pub(crate) master: Option<NodeIx>,
    /// Whose replica it was when it became a master here; `None` when it was always one.
    pub(crate) former_master: Option<NodeIx>,
    /// Whether the node itself told its shard.
    pub(crate) shard_told: bool,
    /// Who says it is failing, and when they said so.
    pub(crate) fail_reports: Vec<(NodeIx, i64)>,
    /// The link that this node opens to it (being opened, or open).
    pub(crate) link: Option<LinkId>,
    /// The link that it opened to this node.
    pub(crate) inbound: Option<LinkId>,
    /// When any packet of it came.
    pub(crate) data_received: i64,
    slots: NodeSlots,
    /// How many slots it has.
    pub(crate) slot_count: usize,
    /// Its replicas, in the order of coming.
    pub(crate) replicas: Vec<NodeIx>,
    /// The version of its slots.
    pub(crate) config_epoch: u64,
    /// When it became known here.
    pub(crate) created: i64,
    /// When it was marked FAIL.
    pub(crate) fail_time: i64,
    /// When this node last voted for a replica of it.
    pub(crate) voted_time: i64,
    /// When its replication offset was learnt.
    pub(crate) repl_offset_time: i64,
    /// Since when it is a master without working replicas.
    pub(crate) orphaned_time: i64,
    /// Its replication offset as it last said.
    pub(crate) repl_offset: u64,
    /// `cluster-announce-hostname`, when it has one.
    pub(crate) hostname: Option<Arc<str>>,
    /// `cluster-announce-human-nodename`, when it has one.
    pub(crate) human_nodename: Option<Arc<str>>,
    /// The shard it belongs to, as a name that all its members have: told by peers that know of
    /// shards, else the master's id.
    pub(crate) shard: NodeId,
}

impl ClusterNode {
    /// A node known from `now` on (`createClusterNode`).
    pub(crate) fn new(id: NodeId, flags: NodeFlags, now: i64) -> Self {
        Self {
            id,
            created: now,
            flags,
            config_epoch: 0,
            slots: NodeSlots::default(),
            slot_count: 0,
            replicas: Vec::new(),
            master: None,
            former_master: None,
            last_in_gossip: 0,
            ping_sent: 0,
            pong_received: 0,
            data_received: 0,
            fail_time: 0,
            voted_time: 0,
            repl_offset_time: 0,
            orphaned_time: 0,
            repl_offset: 0,
            ip: IpText::EMPTY,
            hostname: None,
            human_nodename: None,
            shard: id,
            shard_told: false,
            port: 0,
            pport: 0,
            cport: 0,
            link: None,
            inbound: None,
            fail_reports: Vec::new(),
        }
    }

    pub(crate) fn is_master(&self) -> bool {
        self.flags.contains(NodeFlags::MASTER)
    }

    /// A master with slots: it has a vote.
    pub(crate) fn is_voter(&self) -> bool {
        self.is_master() && self.slot_count > 0
    }

    pub(crate) fn is_replica(&self) -> bool {
        self.flags.contains(NodeFlags::SLAVE)
    }

    pub(crate) fn is_myself(&self) -> bool {
        self.flags.contains(NodeFlags::MYSELF)
    }

    pub(crate) fn in_handshake(&self) -> bool {
        self.flags.contains(NodeFlags::HANDSHAKE)
    }

    pub(crate) fn has_no_address(&self) -> bool {
        self.flags.contains(NodeFlags::NOADDR)
    }

    /// Suspected by this node.
    pub(crate) fn is_pfail(&self) -> bool {
        self.flags.contains(NodeFlags::PFAIL)
    }

    /// Failed: a majority agreed.
    pub(crate) fn is_failed(&self) -> bool {
        self.flags.contains(NodeFlags::FAIL)
    }

    /// Its slots, a bit a slot.
    pub(crate) fn slots(&self) -> SlotSet {
        self.slots.to_set()
    }

    /// Its slots as ranges, both ends included, in order.
    pub(crate) fn slot_ranges(&self) -> impl Iterator<Item = (Slot, Slot)> + '_ {
        self.slots.ranges()
    }

    /// Whether a packet claims exactly its slots: what almost every heartbeat says again.
    pub(super) fn is_claimed_by(&self, view: &View<'_>) -> bool {
        self.slots.is_wire(view.slots_wire())
    }

    /// Adds a slot to its set; the owner table is the caller's.
    pub(super) fn put_slot(&mut self, slot: Slot) {
        self.slot_count += usize::from(self.slots.insert(slot));
    }

    /// Takes a slot out of its set; the owner table is the caller's.
    pub(super) fn take_slot(&mut self, slot: Slot) {
        self.slot_count -= usize::from(self.slots.remove(slot));
        if self.slot_count == 0 {
            self.slots = NodeSlots::default();
        }
    }
}
