//! What a node says of itself, in short: cheap enough to be asked after every step of a world.

use engine_base::{NodeId, Now, SlotSet};

use crate::Node;

/// One node's word about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnView {
    /// Its id.
    pub id: NodeId,
    /// `cluster_state:ok`.
    pub ok: bool,
    /// Its master, when it is a replica of a known one.
    pub master: Option<NodeId>,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// The largest epoch it has seen.
    pub current_epoch: u64,
    /// The epoch of its last vote.
    pub last_vote_epoch: u64,
    /// The version of its slots; a replica's own, not its master's.
    pub config_epoch: u64,
    /// The slots that it serves itself.
    pub slots: SlotSet,
    /// Masters with slots, as it counts them.
    pub size: usize,
    /// How many masters with slots its table has, and how many of them it does not suspect.
    pub masters: (usize, usize),
    /// Whom it suspects or holds for failed.
    pub suspects: Vec<NodeId>,
    /// The config epochs of all that it knows.
    pub epochs: Vec<(NodeId, u64)>,
}

impl Node {
    /// What this node says of itself; `None` when cluster mode is off.
    #[must_use]
    pub fn view_own(&self) -> Option<OwnView> {
        let cluster = self.cluster.as_deref()?;
        let me = cluster.me();
        let masters = || {
            let all = cluster.nodes.iter().map(|(_, node)| node);
            all.filter(|node| node.is_master() && node.slot_count > 0)
        };
        Some(OwnView {
            id: me.id,
            ok: cluster.ok,
            master: me.master.map(|ix| cluster.nodes[ix].id),
            is_replica: me.is_replica(),
            current_epoch: cluster.current_epoch,
            last_vote_epoch: cluster.last_vote_epoch,
            config_epoch: me.config_epoch,
            slots: me.slots(),
            size: cluster.size,
            masters: (masters().count(), masters().filter(|node| !node.flags.is_down()).count()),
            suspects: cluster
                .nodes
                .iter()
                .filter(|(_, node)| node.flags.is_down())
                .map(|(_, node)| node.id)
                .collect(),
            epochs: cluster.nodes.iter().map(|(_, node)| (node.id, node.config_epoch)).collect(),
        })
    }

    /// Names the history of writes that this node has or follows, and how far it is in it.
    #[must_use]
    pub fn history(&self) -> ([u8; 40], u64) {
        (self.replication.id, self.replication.offset())
    }

    /// How many migrations of whole slots are under way here (`CLUSTER GETSLOTMIGRATIONS`).
    #[must_use]
    pub fn slot_migrations_under_way(&self) -> usize {
        self.slot_migrations.jobs.iter().filter(|job| !job.state.is_finished()).count()
    }

    /// Milliseconds since this replica last heard its master; `None` when it was never in step.
    #[must_use]
    pub fn data_age_ms(&self, now: Now) -> Option<u64> {
        self.replication.data_age_ms(now.mono)
    }
}
