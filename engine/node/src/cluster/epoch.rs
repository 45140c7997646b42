//! Epochs: the cluster's logical clock, and the version of each master's slots.

use super::Safety;
use super::node::ClusterNode;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

impl ClusterState {
    /// The largest epoch in this node's table (`clusterGetMaxEpoch`).
    pub(super) fn max_epoch(&self) -> u64 {
        self.nodes.iter().map(|(_, node)| node.config_epoch).fold(self.current_epoch, u64::max)
    }

    /// A node's config epoch as it is shown (`CLUSTER NODES`, `cluster_my_epoch`): a replica's is its
    /// master's.
    pub(crate) fn shown_epoch(&self, node: &ClusterNode) -> u64 {
        let master = node.master.filter(|_| node.is_replica());
        master.map_or(node.config_epoch, |master| self.nodes[master].config_epoch)
    }

    /// A peer knows a later current epoch: the clock moves on.
    pub(super) fn see_current_epoch(&mut self, epoch: u64) {
        if epoch > self.current_epoch {
            self.current_epoch = epoch;
            self.out.event(EventKind::CurrentEpoch { epoch });
        }
    }

    /// The clock is moved on by this node.
    pub(super) fn next_epoch(&mut self) -> u64 {
        self.see_current_epoch(self.current_epoch.saturating_add(1));
        self.current_epoch
    }

    /// A node's slots have a new version.
    pub(super) fn set_config_epoch(&mut self, ix: NodeIx, epoch: u64) {
        self.nodes[ix].config_epoch = epoch;
        let of = self.nodes[ix].id;
        self.out.event(EventKind::ConfigEpoch { of, epoch });
    }

    /// Takes a new config epoch without asking anyone, unless this node has the largest already
    /// (`clusterBumpConfigEpochWithoutConsensus`); `true` when it did.
    pub(crate) fn bump_epoch(&mut self) -> bool {
        let mine = self.me().config_epoch;
        if mine != 0 && mine == self.max_epoch() {
            return false;
        }
        let epoch = self.next_epoch();
        self.set_config_epoch(self.myself, epoch);
        self.fsync_later();
        self.out.log(LogLevel::Warning, format!("New configEpoch set to {epoch}"));
        true
    }

    /// Two masters with one config epoch: the one with the smaller id takes the next epoch, so
    /// that in the end all differ (`clusterHandleConfigEpochCollision`).
    pub(super) fn settle_collision(&mut self, with: NodeIx) {
        let (other, me) = (&self.nodes[with], self.me());
        if other.config_epoch != me.config_epoch || !other.is_master() || !me.is_master() {
            return;
        }
        if other.id <= me.id {
            return;
        }
        let id = other.id;
        let epoch = self.next_epoch();
        self.set_config_epoch(self.myself, epoch);
        self.save(Safety::Barrier);
        let text =
            format!("WARNING: configEpoch collision with node {id}. configEpoch set to {epoch}");
        self.out.log(LogLevel::Verbose, text);
    }
}
