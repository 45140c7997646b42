//! A node as this node knows it (`clusterNode` in cluster.h).

use std::sync::Arc;

use engine_base::{LinkId, LinkName, NodeId, Slot, SlotSet};
use engine_bus::{IpText, NodeFlags, View};
use smallvec::SmallVec;

use super::node_slots::NodeSlots;
use super::table::NodeIx;

/// What is known of one node. Times are Unix milliseconds; 0 is "never".
// In this order, and so aligned, each of the processor's cache lines holds what is looked at together:
// what every tick and every gossip entry that is heard looks at, what gossip says beside that, what
// packets of the node itself change, and the rest. A large cluster has a million of these, and hears
// millions of entries a second.
#[derive(Clone)]
#[repr(C, align(64))]
pub(crate) struct ClusterNode {
    /// Its id; random while it is a stranger in handshake.
    pub(crate) id: NodeId,
    /// When it was pinged, while the answer is awaited; else 0.
    pub(crate) ping_sent: i64,
    /// When it last answered, here or by hearsay.
    pub(crate) pong_received: i64,
    /// What it is.
    pub(crate) flags: NodeFlags,
    /// Its client port.
    pub(crate) port: u16,
    /// Its master; a replica of an unknown master has none.
    pub(crate) master: Option<NodeIx>,
    /// Whether there is a link in `link`.
    linked: bool,
    /// Whether there may be reports in `rare`.
    reported: bool,
    // The second line.
    /// The number of the last heartbeat that told about it.
    pub(crate) last_in_gossip: u64,
    /// Its address; empty when unknown.
    pub(crate) ip: IpText,
    /// Its plaintext client port when `port` is for TLS.
    pub(crate) pport: u16,
    /// Its bus port.
    pub(crate) cport: u16,
    /// How many slots it has.
    pub(crate) slot_count: u16,
    /// Whose replica it was when it became a master here; `None` when it was always one.
    pub(crate) former_master: Option<NodeIx>,
    /// Whether the node itself told its shard.
    pub(crate) shard_told: bool,
    // The third line.
    link: Option<LinkName>,
    inbound: Option<LinkName>,
    /// When any packet of it came.
    pub(crate) data_received: i64,
    /// The version of its slots.
    pub(crate) config_epoch: u64,
    /// When it became known here.
    pub(crate) created: i64,
    /// Its replication offset as it last said.
    pub(crate) repl_offset: u64,
    /// When its replication offset was learnt.
    pub(crate) repl_offset_time: i64,
    /// The name of its shard, unless that is its own id.
    shard: Option<Box<NodeId>>,
    // The fourth line.
    slots: NodeSlots,
    /// Its replicas, in the order of coming.
    pub(crate) replicas: SmallVec<[NodeIx; 8]>,
    rare: Option<Box<Rare>>,
}

const _: () = assert!(size_of::<Option<ClusterNode>>() <= 256, "four lines of a cache");

/// What is known of few nodes.
#[derive(Clone, Default)]
pub(crate) struct Rare {
    /// Who says it is failing, and when they said so.
    reports: Vec<(NodeIx, i64)>,
    /// When it was marked FAIL.
    pub(crate) fail_time: i64,
    /// When this node last voted for a replica of it.
    pub(crate) voted_time: i64,
    /// Since when it is a master without working replicas.
    pub(crate) orphaned_time: i64,
    /// `cluster-announce-hostname`, when it has one.
    pub(crate) hostname: Option<Arc<str>>,
    /// `cluster-announce-human-nodename`, when it has one.
    pub(crate) human_nodename: Option<Arc<str>>,
}

static NOTHING_RARE: Rare = Rare {
    reports: Vec::new(),
    fail_time: 0,
    voted_time: 0,
    orphaned_time: 0,
    hostname: None,
    human_nodename: None,
};

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
            replicas: SmallVec::new(),
            master: None,
            former_master: None,
            last_in_gossip: 0,
            ping_sent: 0,
            pong_received: 0,
            data_received: 0,
            repl_offset_time: 0,
            repl_offset: 0,
            ip: IpText::EMPTY,
            shard: None,
            shard_told: false,
            port: 0,
            pport: 0,
            cport: 0,
            link: None,
            inbound: None,
            linked: false,
            reported: false,
            rare: None,
        }
    }

    /// The link that this node opens to it (being opened, or open).
    pub(crate) fn link(&self) -> Option<LinkId> {
        self.link.map(LinkName::id)
    }

    pub(crate) fn set_link(&mut self, link: Option<LinkId>) {
        self.link = link.and_then(LinkName::of);
        self.linked = link.is_some();
    }

    /// Whether there is a link that this node opens to it.
    #[inline]
    pub(crate) fn is_linked(&self) -> bool {
        self.linked
    }

    /// The link that it opened to this node.
    pub(crate) fn inbound(&self) -> Option<LinkId> {
        self.inbound.map(LinkName::id)
    }

    pub(crate) fn set_inbound(&mut self, link: Option<LinkId>) {
        self.inbound = link.and_then(LinkName::of);
    }

    /// The shard it belongs to, as a name that all its members have: told by peers that know of
    /// shards, else the master's id.
    pub(crate) fn shard(&self) -> NodeId {
        self.shard.as_deref().map_or(self.id, |shard| *shard)
    }

    /// It is of a shard of that name; whether the node itself said so.
    pub(crate) fn set_shard(&mut self, shard: NodeId, told: bool) {
        self.shard_told = told;
        if shard != self.shard() {
            self.shard = (shard != self.id).then(|| Box::new(shard));
        }
    }

    /// What is known of few nodes.
    pub(crate) fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&NOTHING_RARE)
    }

    /// The same, to be changed: it takes room from now on.
    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Who says it is failing, and when they said so.
    pub(crate) fn reports(&self) -> &[(NodeIx, i64)] {
        &self.rare().reports
    }

    /// Whether there may be any.
    #[inline]
    pub(super) fn is_reported(&self) -> bool {
        self.reported
    }

    /// Its reports, to be changed; `None` when there are none and none may come (`coming`).
    pub(super) fn reports_mut(&mut self, coming: bool) -> Option<&mut Vec<(NodeIx, i64)>> {
        self.reported |= coming;
        if !self.reported {
            return None;
        }
        Some(&mut self.rare_mut().reports)
    }

    /// Drops the reports that are not wanted; how many are left.
    #[inline]
    pub(super) fn keep_reports(&mut self, keep: impl Fn(NodeIx, i64) -> bool) -> usize {
        if !self.reported {
            return 0;
        }
        let reports = &mut self.rare_mut().reports;
        reports.retain(|(by, at)| keep(*by, *at));
        let left = reports.len();
        self.reported = left > 0;
        left
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
        self.slot_count += u16::from(self.slots.insert(slot));
    }

    /// Adds those slots of a range that it does not have, both ends included.
    pub(super) fn put_slots(&mut self, first: Slot, last: Slot) {
        self.slot_count += self.slots.insert_range(first, last);
    }

    /// Takes a slot out of its set; the owner table is the caller's.
    pub(super) fn take_slot(&mut self, slot: Slot) {
        self.slot_count -= u16::from(self.slots.remove(slot));
        if self.slot_count == 0 {
            self.slots = NodeSlots::default();
        }
    }
}
