//! `cluster_state`: whether this node may serve clients (`clusterUpdateState` in cluster.c).

use engine_base::{SLOT_COUNT, planted};

use super::cx::ClusterCx;
use super::state::ClusterState;
use crate::api::LogLevel;
use crate::event::EventKind;

/// A master that has just started waits so long before it serves, so that the others can tell it
/// of a failover, in milliseconds.
const WRITABLE_DELAY_MS: i64 = 2000;
/// A master that comes back from a minority waits one node timeout, within these bounds.
const REJOIN_DELAY_MS: core::ops::RangeInclusive<i64> = 500..=5000;

/// Since when this node waits. Unix milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// When the state was first looked at.
    first_look: Option<i64>,
    /// When this node last saw itself in a minority.
    minority: i64,
    /// Whether a master's first wait is over: before, it has no vote under Valkey's rules
    /// (`safe_to_join`), since what it last voted for may be lost with its disk.
    pub(super) settled: bool,
}

impl ClusterState {
    /// Looks at the state again: every slot must be owned by a node that is not failed (unless
    /// `cluster-require-full-coverage no`), and a majority of the masters with slots must be in
    /// reach.
    pub(super) fn update_health(&mut self, now: i64, cx: &ClusterCx<'_>) {
        self.todo.update_state = false;
        let first = *self.health.first_look.get_or_insert(now);
        let master = self.me().is_master();
        self.health.settled = !master || self.ok || now - first >= WRITABLE_DELAY_MS;
        if !self.health.settled {
            return;
        }
        let mut ok = !cx.config.require_full_coverage || self.is_covered();
        let reachable = self.count_masters();
        if reachable < self.quorum() && !planted("minority-serves") {
            ok = false;
            self.health.minority = now;
        }
        if ok == self.ok {
            return;
        }
        let delay = cx.config.node_timeout.clamp(*REJOIN_DELAY_MS.start(), *REJOIN_DELAY_MS.end());
        if ok && master && now - self.health.minority < delay {
            return;
        }
        let word = if ok { "ok" } else { "fail" };
        self.out.log(LogLevel::Warning, format!("Cluster state changed: {word}"));
        self.out.event(EventKind::ClusterState { ok });
        self.ok = ok;
    }

    /// This process has been up for longer than a master waits: it looks at the state, and follows its
    /// master.
    pub(crate) fn plant_age(&mut self, now: i64, cx: &ClusterCx<'_>) {
        let long_ago = now.saturating_sub(WRITABLE_DELAY_MS);
        self.health.first_look = Some(self.health.first_look.unwrap_or(now).min(long_ago));
        self.update_health(now, cx);
        self.follow_own_master(cx);
    }

    /// Whether every slot has an owner that is not marked FAIL.
    fn is_covered(&self) -> bool {
        let mut covered = 0;
        for (_, node) in self.nodes.iter() {
            if !node.is_failed() {
                covered += usize::from(node.slot_count);
            }
        }
        covered == SLOT_COUNT
    }

    /// Counts the masters with slots into `size`; gives how many of them are in reach.
    pub(super) fn count_masters(&mut self) -> usize {
        let (mut size, mut reachable) = (0, 0);
        for (_, node) in self.nodes.iter() {
            if node.is_master() && node.slot_count > 0 {
                size += 1;
                reachable += usize::from(!node.flags.is_down());
            }
        }
        self.size = size;
        reachable
    }
}
