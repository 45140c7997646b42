//! All that this node knows of its cluster (`clusterState` in cluster.h).

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_base::{NodeId, Now, Rng, SLOT_COUNT, Slot, SlotSet};
use engine_bus::kind::TYPE_COUNT;
use engine_bus::{IpText, NodeFlags};

use super::cx::{ClusterCx, Effect, Effects};
use super::election::Election;
use super::failover::ManualFailover;
use super::health::Health;
use super::link_table::LinkTable;
use super::node::ClusterNode;
use super::table::{NodeIx, NodeTable};

/// What is put off to the end of the turn (`CLUSTER_TODO_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Todo {
    pub(super) handle_failover: bool,
    pub(super) handle_manual_failover: bool,
    pub(super) update_state: bool,
    pub(super) broadcast: bool,
    pub(super) save: Option<Safety>,
}

/// How safe a nodes.conf must be (`CLUSTER_TODO_SAVE_CONFIG`, `CLUSTER_TODO_FSYNC_CONFIG`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Safety {
    /// It outlives the process.
    Written,
    /// It is fsynced, and outlives a loss of power as the data does: before the answer with
    /// `appendfsync always`, else as soon as the disk can, and before any data that is made durable
    /// later. Ours: what an operator ordered; 7.0 only writes that.
    Durable,
    /// It is fsynced before anything else is done: a vote, an epoch.
    Barrier,
}

/// How often what was put off may put off more within one turn: an election that is scheduled,
/// started and won at once takes three.
const TURNS_MAX: usize = 4;

/// The owner of each slot.
pub(super) type Owners = [Option<NodeIx>; SLOT_COUNT];

/// What this node knows of its cluster, and the rules by which it learns and acts. The rules
/// stand in this module's other files.
#[derive(Clone)]
pub(crate) struct ClusterState {
    /// This node.
    pub(crate) myself: NodeIx,
    /// All known nodes.
    pub(crate) nodes: NodeTable,
    /// Who owns which slot. Copied on write: snapshots share it.
    pub(super) owners: Arc<Owners>,
    /// Slots that their owner no longer claims: they may be claimed by anyone, and UPDATE does
    /// not tell of them.
    pub(super) unclaimed: Arc<SlotSet>,
    /// Slots that are being given away, and to whom.
    pub(crate) migrating: BTreeMap<Slot, NodeIx>,
    /// Slots that are being taken over, and from whom.
    pub(crate) importing: BTreeMap<Slot, NodeIx>,
    /// Slots that this node has agreed to hand over at once, by who may claim them under any epoch
    /// (`clusterSlotFailoverGranted` of Valkey 9).
    pub(super) granted: BTreeMap<NodeId, SlotSet>,
    /// A replica: slots that its master has lost to others. A master deletes the keys of such
    /// slots; one that dies first leaves that to the replica that takes its place.
    pub(super) lost_by_master: SlotSet,
    /// Slots that were handed over to this node of late.
    pub(super) taken: Vec<super::handed_over::Taken>,
    /// The largest epoch seen: the cluster's logical clock.
    pub(crate) current_epoch: u64,
    /// The epoch of the last vote given.
    pub(crate) last_vote_epoch: u64,
    /// Whether clients are served (`cluster_state:ok`).
    pub(crate) ok: bool,
    /// How many masters have slots.
    pub(crate) size: usize,
    pub(super) health: Health,
    /// Where this replica stands in an election.
    pub(super) election: Election,
    /// Where a manual failover stands, on either side.
    pub(super) manual: ManualFailover,
    /// Nodes that must not come back before a Unix second (`CLUSTER FORGET`).
    pub(super) blacklist: BTreeMap<NodeId, i64>,
    /// Bus links in both directions.
    pub(crate) links: LinkTable,
    /// Packets sent, by type.
    pub(crate) sent_by_type: [u64; TYPE_COUNT],
    /// Packets received, by type.
    pub(crate) received_by_type: [u64; TYPE_COUNT],
    /// Nodes with an address that this node suspects, as of the last tick.
    pub(super) pfail_nodes: usize,
    /// Links that were closed because their send buffer was too large.
    pub(crate) links_over_limit: u64,
    /// `DEBUG DROP-CLUSTER-PACKET-FILTER`: packets of this type are not looked at.
    pub(crate) drop_filter: Option<u16>,
    pub(super) last_tick: super::cron::LastTick,
    /// Heartbeats sent so far.
    pub(super) heartbeats: u64,
    /// Ticks so far.
    pub(super) ticks: u64,
    /// Whether nodes.conf holds the shard's name, which only peers of later versions ask for.
    pub(super) keep_shard: bool,
    /// The announced address as it was at the last look (`clusterUpdateMyselfIp`).
    pub(super) announced_ip: IpText,
    pub(super) todo: Todo,
    pub(super) rng: Rng,
    pub(super) out: Effects,
}

impl ClusterState {
    /// A node that knows nobody but itself.
    pub(super) fn alone(now: i64, rng: Rng, id: NodeId, flags: NodeFlags) -> Self {
        let mut nodes = NodeTable::default();
        let myself = nodes
            .insert(ClusterNode::new(id, flags | NodeFlags::MYSELF, now))
            .expect("an empty table takes a node");
        Self {
            myself,
            nodes,
            owners: Arc::new([None; SLOT_COUNT]),
            unclaimed: Arc::default(),
            migrating: BTreeMap::new(),
            importing: BTreeMap::new(),
            granted: BTreeMap::new(),
            lost_by_master: SlotSet::EMPTY,
            taken: Vec::new(),
            current_epoch: 0,
            last_vote_epoch: 0,
            ok: false,
            size: 1,
            health: Health::default(),
            election: Election::default(),
            manual: ManualFailover::default(),
            blacklist: BTreeMap::new(),
            links: LinkTable::default(),
            sent_by_type: [0; TYPE_COUNT],
            received_by_type: [0; TYPE_COUNT],
            pfail_nodes: 0,
            links_over_limit: 0,
            drop_filter: None,
            last_tick: Default::default(),
            heartbeats: 0,
            ticks: 0,
            keep_shard: false,
            announced_ip: IpText::EMPTY,
            todo: Todo::default(),
            rng,
            out: Effects::default(),
        }
    }

    /// The next thing to carry out.
    pub(crate) fn poll(&mut self) -> Option<Effect> {
        self.out.pop()
    }

    /// This node, as its peers see it.
    pub(crate) fn me(&self) -> &ClusterNode {
        &self.nodes[self.myself]
    }

    /// The name of this node's shard.
    pub(crate) fn my_shard(&self) -> NodeId {
        self.me().shard()
    }

    pub(super) fn me_mut(&mut self) -> &mut ClusterNode {
        &mut self.nodes[self.myself]
    }

    /// Who owns a slot.
    pub(crate) fn owner(&self, slot: Slot) -> Option<NodeIx> {
        self.owners[slot.index()]
    }

    /// Votes, or agreements, that make a majority of the masters with slots.
    pub(crate) fn quorum(&self) -> usize {
        self.size / 2 + 1
    }

    /// What was put off is done now, at the end of every turn (`clusterBeforeSleep`); then this
    /// turn's packets go out. What is put off again meanwhile is done at once too: Redis does it
    /// in the event loop's next turn, which follows without a wait.
    pub(crate) fn before_sleep(&mut self, now: Now, cx: &mut ClusterCx<'_>) {
        let ms = now.unix.0;
        for _ in 0..TURNS_MAX {
            let todo = core::mem::take(&mut self.todo);
            if todo == Todo::default() {
                break;
            }
            self.do_put_off(ms, cx, todo);
            let waiting = Todo { handle_manual_failover: true, ..Todo::default() };
            if self.todo == waiting {
                // Waits for the master's offset: looked at again in the next turn.
                break;
            }
        }
        self.out.release_packets();
    }

    fn do_put_off(&mut self, now: i64, cx: &mut ClusterCx<'_>, todo: Todo) {
        if todo.handle_manual_failover {
            if self.me().is_replica() {
                self.advance_manual_failover(cx);
                self.advance_election(now, cx);
            }
        } else if todo.handle_failover {
            self.advance_election(now, cx);
        }
        if todo.update_state {
            self.update_health(now, cx);
        }
        if let Some(safety) = todo.save {
            self.save(safety);
        }
        if todo.broadcast {
            self.broadcast_pong(now, cx, false);
        }
    }

    /// nodes.conf is written at the end of the turn.
    pub(super) fn save_later(&mut self) {
        self.todo.save = self.todo.save.max(Some(Safety::Written));
    }

    /// nodes.conf is written at the end of the turn, and made durable as the data is.
    pub(super) fn keep_later(&mut self) {
        self.todo.save = self.todo.save.max(Some(Safety::Durable));
    }

    /// nodes.conf is written and fsynced at the end of the turn.
    pub(super) fn fsync_later(&mut self) {
        self.todo.save = Some(Safety::Barrier);
    }

    /// The cluster's state is looked at again at the end of the turn.
    pub(super) fn update_later(&mut self) {
        self.todo.update_state = true;
    }

    /// Writes nodes.conf now (`clusterSaveConfigOrDie`).
    pub(crate) fn save(&mut self, safety: Safety) {
        self.todo.save = self.todo.save.filter(|wanted| *wanted > safety);
        let text = self.nodes_conf();
        self.out.push(Effect::Save { text, safety });
    }
}
