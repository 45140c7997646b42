//! What a node believes, without a copy of it: for whoever looks at many nodes many times a second.

use engine_base::{NodeId, Slot};
use engine_bus::IpText;

use crate::Node;
use crate::cluster::{ClusterNode, ClusterState};

/// A node's picture of its cluster, to be looked at where it stands.
#[derive(Clone, Copy)]
pub struct Glance<'a> {
    cluster: &'a ClusterState,
}

/// What it believes of one node, or says of itself. Times are Unix milliseconds, 0 for never.
#[derive(Clone, Copy)]
pub struct PeerGlance<'a> {
    cluster: &'a ClusterState,
    node: &'a ClusterNode,
}

impl Node {
    /// This node's picture of its cluster; `None` when cluster mode is off.
    #[must_use]
    pub fn glance(&self) -> Option<Glance<'_>> {
        self.cluster.as_deref().map(|cluster| Glance { cluster })
    }
}

impl<'a> Glance<'a> {
    /// `cluster_state:ok`.
    #[must_use]
    pub const fn ok(self) -> bool {
        self.cluster.ok
    }

    /// The largest epoch it has seen.
    #[must_use]
    pub const fn current_epoch(self) -> u64 {
        self.cluster.current_epoch
    }

    /// What it says of itself.
    #[must_use]
    pub fn myself(self) -> PeerGlance<'a> {
        PeerGlance { cluster: self.cluster, node: self.cluster.me() }
    }

    /// Everybody it knows, itself included, in the order in which it came to know them.
    pub fn peers(self) -> impl Iterator<Item = PeerGlance<'a>> {
        self.cluster.nodes.iter().map(move |(_, node)| PeerGlance { cluster: self.cluster, node })
    }

    /// Slots that it gives away, and to whom.
    pub fn migrating(self) -> impl Iterator<Item = (Slot, NodeId)> {
        self.cluster.migrating.iter().map(move |(slot, ix)| (*slot, self.cluster.nodes[*ix].id))
    }

    /// Slots that it takes over, and from whom.
    pub fn importing(self) -> impl Iterator<Item = (Slot, NodeId)> {
        self.cluster.importing.iter().map(move |(slot, ix)| (*slot, self.cluster.nodes[*ix].id))
    }
}

impl<'a> PeerGlance<'a> {
    /// The id; a random one during a handshake.
    #[must_use]
    pub const fn id(self) -> &'a NodeId {
        &self.node.id
    }

    /// The address, empty when unknown.
    #[must_use]
    pub const fn ip(self) -> &'a IpText {
        &self.node.ip
    }

    /// The client port.
    #[must_use]
    pub const fn port(self) -> u16 {
        self.node.port
    }

    /// Whether it is the one whose picture this is.
    #[must_use]
    pub fn is_myself(self) -> bool {
        self.node.is_myself()
    }

    /// Whether it is a replica.
    #[must_use]
    pub fn is_replica(self) -> bool {
        self.node.is_replica()
    }

    /// Its master, when it is a replica of a known one.
    #[must_use]
    pub fn master(self) -> Option<&'a NodeId> {
        self.node.master.map(|ix| &self.cluster.nodes[ix].id)
    }

    /// Suspected (`fail?`).
    #[must_use]
    pub fn is_pfail(self) -> bool {
        self.node.is_pfail()
    }

    /// Failed (`fail`).
    #[must_use]
    pub fn is_failed(self) -> bool {
        self.node.is_failed()
    }

    /// Not yet a known node.
    #[must_use]
    pub fn in_handshake(self) -> bool {
        self.node.in_handshake()
    }

    /// The epoch that `CLUSTER NODES` prints: a replica's is its master's.
    #[must_use]
    pub fn shown_epoch(self) -> u64 {
        self.cluster.shown_epoch(self.node)
    }

    /// Its slots as ranges, both ends included, in order.
    pub fn slot_ranges(self) -> impl Iterator<Item = (Slot, Slot)> + 'a {
        self.node.slot_ranges()
    }

    /// When it was pinged, while the answer is awaited.
    #[must_use]
    pub const fn ping_sent(self) -> i64 {
        self.node.ping_sent
    }

    /// When it last answered.
    #[must_use]
    pub const fn pong_received(self) -> i64 {
        self.node.pong_received
    }
}
