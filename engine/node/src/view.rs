//! What a node believes, as plain data: the page draws it, the lessons check it, tests compare it.

use engine_base::{NodeId, Slot, SlotSet};

use crate::Node;
use crate::cluster::{ClusterNode, ClusterState};

/// One node's belief about the whole cluster at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterView {
    /// Its own id.
    pub id: NodeId,
    /// `cluster_state:ok`.
    pub ok: bool,
    /// The largest epoch it has seen.
    pub current_epoch: u64,
    /// The epoch of its last vote.
    pub last_vote_epoch: u64,
    /// Masters with slots, as it counts them.
    pub size: usize,
    /// Everybody it knows, itself included, in the order in which it came to know them.
    pub peers: Vec<PeerView>,
    /// Slots it is giving away, and to whom.
    pub migrating: Vec<(Slot, NodeId)>,
    /// Slots it is taking over, and from whom.
    pub importing: Vec<(Slot, NodeId)>,
}

impl ClusterView {
    /// What it says of itself.
    #[must_use]
    pub fn myself(&self) -> Option<&PeerView> {
        self.peers.iter().find(|peer| peer.id == self.id)
    }

    /// What it says of the node with that client address.
    #[must_use]
    pub fn peer_at(&self, ip: &str, port: u16) -> Option<&PeerView> {
        self.peers.iter().find(|peer| peer.ip == ip && peer.port == port)
    }

    /// Who owns a slot in its table.
    #[must_use]
    pub fn owner(&self, slot: Slot) -> Option<&PeerView> {
        self.peers.iter().find(|peer| peer.slots.contains(slot))
    }
}

/// One node's belief about another, or about itself. Times are Unix milliseconds, 0 for never.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerView {
    /// The id; a random one during a handshake.
    pub id: NodeId,
    /// The address, empty when unknown.
    pub ip: String,
    /// The client port.
    pub port: u16,
    /// The bus port.
    pub bus_port: u16,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// Its master, when it is a replica of a known one.
    pub master: Option<NodeId>,
    /// Suspected here (`fail?`).
    pub pfail: bool,
    /// Failed (`fail`).
    pub fail: bool,
    /// Not yet a known node.
    pub handshake: bool,
    /// Its address is unknown.
    pub noaddr: bool,
    /// The version of its slots; a replica's own, not its master's.
    pub config_epoch: u64,
    /// Its slots.
    pub slots: SlotSet,
    /// When it was pinged, while the answer is awaited.
    pub ping_sent: i64,
    /// When it last answered.
    pub pong_received: i64,
    /// Whether the link that this node opens to it is up.
    pub connected: bool,
    /// Who reports it as failing, by id.
    pub failure_reports: Vec<NodeId>,
    /// Its replication offset as it last said.
    pub repl_offset: u64,
}

impl Node {
    /// What this node believes of its cluster; `None` when cluster mode is off.
    #[must_use]
    pub fn view_cluster(&self) -> Option<ClusterView> {
        let cluster = self.cluster.as_deref()?;
        Some(ClusterView {
            id: cluster.me().id,
            ok: cluster.ok,
            current_epoch: cluster.current_epoch,
            last_vote_epoch: cluster.last_vote_epoch,
            size: cluster.size,
            peers: cluster.nodes.iter().map(|(_, node)| self.view_peer(cluster, node)).collect(),
            migrating: cluster
                .migrating
                .iter()
                .map(|(s, ix)| (*s, cluster.nodes[*ix].id))
                .collect(),
            importing: cluster
                .importing
                .iter()
                .map(|(s, ix)| (*s, cluster.nodes[*ix].id))
                .collect(),
        })
    }

    /// `cluster_state:ok`; `None` when cluster mode is off.
    #[must_use]
    pub fn cluster_ok(&self) -> Option<bool> {
        self.cluster.as_deref().map(|cluster| cluster.ok)
    }

    /// Its id in its cluster; `None` when cluster mode is off.
    #[must_use]
    pub fn cluster_id(&self) -> Option<NodeId> {
        self.cluster.as_deref().map(|cluster| cluster.me().id)
    }

    fn view_peer(&self, cluster: &ClusterState, node: &ClusterNode) -> PeerView {
        let mine = node.is_myself();
        let connected = node
            .link()
            .and_then(|link| cluster.links.get(&link))
            .is_some_and(|link| link.connected);
        PeerView {
            id: node.id,
            ip: node.ip.to_string(),
            port: node.port,
            bus_port: node.cport,
            is_replica: node.is_replica(),
            master: node.master.map(|ix| cluster.nodes[ix].id),
            pfail: node.is_pfail(),
            fail: node.is_failed(),
            handshake: node.in_handshake(),
            noaddr: node.has_no_address(),
            config_epoch: node.config_epoch,
            slots: node.slots(),
            ping_sent: node.ping_sent,
            pong_received: node.pong_received,
            connected: mine || connected,
            failure_reports: node.reports().iter().map(|(ix, _)| cluster.nodes[*ix].id).collect(),
            repl_offset: if mine { self.replication.offset() } else { node.repl_offset },
        }
    }

    /// How many keys this node holds, over all databases.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.dbs.iter().map(engine_store::Db::len).sum()
    }

    /// The configuration file it was started with, as an absolute path.
    #[must_use]
    pub fn config_file(&self) -> Option<&str> {
        self.config_file.as_deref()
    }

    /// How many changes were made to its data since the last save point (`server.dirty`).
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.dirty
    }

    /// How many keys this node holds in a slot.
    #[must_use]
    pub fn keys_in_slot(&self, slot: Slot) -> usize {
        self.dbs.first().map_or(0, |db| db.count_in_slot(slot))
    }

    /// The value of a key in the first database, expired or not; not an access.
    #[must_use]
    pub fn peek(&self, key: &[u8]) -> Option<&engine_store::Value> {
        Some(self.dbs.first()?.peek(key)?.value())
    }

    /// The value of a key in the first database, when it is a whole number; not an access.
    #[must_use]
    pub fn peek_integer(&self, key: &[u8]) -> Option<i64> {
        let engine_store::Value::Str(text) = self.peek(key)? else { return None };
        text.as_int()
    }

    /// The replication offset: of the history this node produced or applied.
    #[must_use]
    pub fn replication_offset(&self) -> u64 {
        self.replication.offset()
    }

    /// Whether this replica's link to its master is up and in step.
    #[must_use]
    pub fn master_link_up(&self) -> bool {
        self.replication.is_connected()
    }

    /// How often a command ran without an error reply since the start or `CONFIG RESETSTAT`;
    /// named as `INFO commandstats` names it (`get`, `cluster|meet`).
    #[must_use]
    pub fn successful_calls(&self, command: &str) -> u64 {
        let counted = self.stats.commands_by_name();
        counted
            .into_iter()
            .find(|counts| counts.name == command)
            .map_or(0, |counts| counts.calls.saturating_sub(counts.failed))
    }

    /// How many keys the fullest slot of this node holds.
    #[must_use]
    pub fn fullest_slot(&self) -> usize {
        self.dbs
            .first()
            .map_or(0, |db| Slot::all().map(|slot| db.count_in_slot(slot)).max().unwrap_or(0))
    }

    /// The value of a directive, as `CONFIG GET` prints it.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<String> {
        let (_, value) = self.config().get(&[name]).into_iter().next()?;
        Some(String::from_utf8_lossy(&value).into_owned())
    }
}
