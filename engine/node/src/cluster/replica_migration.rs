//! Replica migration: a replica of a master that has several moves to one that has lost all of
//! its own (`clusterHandleSlaveMigration` in cluster.c).

use engine_bus::NodeFlags;

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;

/// A master must be orphaned for so long, in milliseconds: in a failover its replicas need a
/// moment to say whom they follow.
const DELAY_MS: i64 = 5000;

impl ClusterState {
    /// Replicas of a master that are not failed (`clusterCountNonFailingSlaves`).
    pub(super) fn working_replicas(&self, master: NodeIx) -> usize {
        let replicas = &self.nodes[master].replicas;
        replicas.iter().filter(|ix| !self.nodes[**ix].is_failed()).count()
    }

    /// Moves this replica to an orphaned master when the cluster is well, enough replicas stay
    /// behind, and it has the smallest id among the replicas of the masters that have
    /// `most` of them.
    pub(super) fn migrate_replica(&mut self, now: i64, cx: &ClusterCx<'_>, most: usize) {
        let Some(master) = self.me().master.filter(|_| self.ok) else { return };
        let staying = &self.nodes[master].replicas;
        let staying = staying.iter().filter(|ix| !self.nodes[**ix].flags.is_down()).count();
        if staying <= cx.config.migration_barrier {
            return;
        }
        let mut candidate = self.myself;
        let mut target = None;
        for i in 0..self.nodes.len() {
            let Some(ix) = self.nodes.at(i) else { break };
            let replicas = if self.nodes[ix].is_master() { self.working_replicas(ix) } else { 0 };
            let node = &mut self.nodes[ix];
            let orphaned = !node.is_replica()
                && !node.is_failed()
                && node.flags.contains(NodeFlags::MIGRATE_TO)
                && replicas == 0;
            let since = node.rare().orphaned_time;
            if !orphaned && since != 0 {
                node.rare_mut().orphaned_time = 0;
            } else if orphaned && since == 0 {
                node.rare_mut().orphaned_time = now;
            }
            if orphaned && target.is_none() && node.slot_count > 0 {
                target = Some(ix);
            }
            if replicas == most {
                for replica in &self.nodes[ix].replicas {
                    if self.nodes[*replica].id < self.nodes[candidate].id {
                        candidate = *replica;
                    }
                }
            }
        }
        let Some(target) = target.filter(|_| candidate == self.myself) else { return };
        if now - self.nodes[target].rare().orphaned_time > DELAY_MS {
            let text = format!("Migrating to orphaned master {}", self.nodes[target].id);
            self.out.log(LogLevel::Warning, text);
            self.set_master(target);
        }
    }
}
