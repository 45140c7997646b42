//! Failure detection: reports of others, the agreement that makes FAIL of PFAIL, and the way back.

use engine_base::planted;
use engine_bus::NodeFlags;

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// A report counts for so many node timeouts.
const REPORT_VALIDITY: i64 = 2;
/// A failed master that still has its slots is taken back after so many node timeouts.
const UNDO_AFTER: i64 = 2;
/// A suspicion is told at once to at most so many voters: all of them in a usual cluster, and no
/// storm of packets in a large one.
const TELL_AT_MOST: usize = 16;

impl ClusterState {
    /// `by` says that it cannot reach `of`; `true` when that is new.
    pub(super) fn add_failure_report(&mut self, now: i64, of: NodeIx, by: NodeIx) -> bool {
        let Some(reports) = self.nodes[of].reports_mut(true) else { return false };
        match reports.iter_mut().find(|(reporter, _)| *reporter == by) {
            Some((_, time)) => {
                *time = now;
                false
            }
            None => {
                reports.push((by, now));
                true
            }
        }
    }

    /// `by` can reach `of` again; `true` when it had said otherwise.
    pub(super) fn remove_failure_report(
        &mut self,
        now: i64,
        cx: &ClusterCx<'_>,
        of: NodeIx,
        by: NodeIx,
    ) -> bool {
        let Some(reports) = self.nodes[of].reports_mut(false) else { return false };
        let Some(at) = reports.iter().position(|(reporter, _)| *reporter == by) else {
            return false;
        };
        reports.remove(at);
        self.failure_reports(now, cx, of);
        true
    }

    /// How many masters besides this node say that `of` fails; older reports are dropped
    /// (`clusterNodeFailureReportsCount`).
    pub(crate) fn failure_reports(&mut self, now: i64, cx: &ClusterCx<'_>, of: NodeIx) -> usize {
        let oldest = cx.config.node_timeout.saturating_mul(REPORT_VALIDITY);
        self.nodes[of].keep_reports(|_, time| now - time <= oldest)
    }

    /// PFAIL becomes FAIL when a majority of masters agrees, this node included when it is a
    /// master; all are told (`markNodeAsFailingIfNeeded`).
    pub(super) fn mark_failed_if_agreed(&mut self, now: i64, cx: &ClusterCx<'_>, of: NodeIx) {
        if !self.nodes[of].is_pfail() || self.nodes[of].is_failed() {
            return;
        }
        let needed = if planted("fail-without-quorum") { 1 } else { self.quorum() };
        // An empty master has no vote; Redis 7.0 counts its word all the same.
        let me = self.me();
        let counts = if cx.config.valkey9() { me.is_voter() } else { me.is_master() };
        let agree = self.failure_reports(now, cx, of) + usize::from(counts);
        if agree < needed {
            return;
        }
        let node = &mut self.nodes[of];
        let id = node.id;
        node.flags.remove(NodeFlags::PFAIL);
        node.flags.insert(NodeFlags::FAIL);
        node.rare_mut().fail_time = now;
        let text = format!("Marking node {id} as failing (quorum reached).");
        self.out.log(LogLevel::Notice, text);
        self.out.event(EventKind::FailMarked { of: id, agree, needed, told_by: None });
        self.broadcast_fail(cx, of);
        self.update_later();
        self.save_later();
        self.stand_soon(cx, of);
    }

    /// Valkey: the replicas of a master that has failed do not wait for the next tick.
    fn stand_soon(&mut self, cx: &ClusterCx<'_>, failed: NodeIx) {
        if cx.config.valkey9() && self.me().is_replica() && self.me().master == Some(failed) {
            self.todo.handle_failover = true;
        }
    }

    /// Ours, under `election-profile valkey9`: a voter that begins to suspect a node speaks to other
    /// voters at once, whose gossip section tells them. So a majority forms within two ticks of
    /// the node timeout, and not when the next pings happen to be due.
    pub(super) fn tell_suspicion(&mut self, now: i64, cx: &ClusterCx<'_>) {
        if !cx.config.valkey9() || !self.me().is_voter() {
            return;
        }
        self.pfail_nodes = self.nodes.iter().filter(|(_, node)| node.is_pfail()).count();
        let told = |node: &&super::ClusterNode| {
            node.is_voter() && !node.is_myself() && !node.flags.is_down()
        };
        let nodes = self.nodes.iter().map(|(_, node)| node);
        let mut voters: Vec<_> = nodes.filter(told).filter_map(|node| node.link()).collect();
        while voters.len() > TELL_AT_MOST {
            voters.swap_remove(self.rng.index(voters.len()));
        }
        for link in voters {
            // A PONG asks for no answer, and leaves an older ping's clock alone.
            self.send_heartbeat(now, cx, link, engine_bus::MessageType::Pong);
        }
    }

    /// A node that was marked FAIL answers (`clearNodeFailureIfNeeded`): replicas and masters
    /// without slots are taken back at once; a master with slots only when nobody took them over
    /// in two node timeouts.
    pub(super) fn clear_failed_if_due(&mut self, now: i64, cx: &ClusterCx<'_>, of: NodeIx) {
        if planted("fail-for-ever") {
            return;
        }
        let node = &mut self.nodes[of];
        let id = node.id;
        let why = if node.is_replica() || node.slot_count == 0 {
            let what = if node.is_replica() { "replica" } else { "master without slots" };
            format!("{what} is reachable again.")
        } else if node.is_master()
            && now - node.rare().fail_time > cx.config.node_timeout.saturating_mul(UNDO_AFTER)
        {
            "is reachable again and nobody is serving its slots after some time.".to_owned()
        } else {
            return;
        };
        node.flags.remove(NodeFlags::FAIL);
        self.out.log(LogLevel::Notice, format!("Clear FAIL state for node {id}: {why}"));
        self.out.event(EventKind::FailCleared { of: id });
        self.update_later();
        self.save_later();
    }

    /// A node answers a ping: suspicion ends, failure may end.
    pub(super) fn answered(&mut self, now: i64, cx: &ClusterCx<'_>, ix: NodeIx) {
        let node = self.nodes.timed(ix);
        node.pong_received = now;
        node.ping_sent = 0;
        if node.is_pfail() {
            let node = &mut self.nodes[ix];
            node.flags.remove(NodeFlags::PFAIL);
            let of = node.id;
            self.out.event(EventKind::PfailCleared { of });
            self.save_later();
            self.update_later();
        } else if node.is_failed() {
            self.clear_failed_if_due(now, cx, ix);
        }
    }

    /// Another node says that `of` has failed: believed, unless it is about this node.
    pub(super) fn told_failed(&mut self, now: i64, cx: &ClusterCx<'_>, teller: NodeIx, of: NodeIx) {
        let told_by = self.nodes[teller].id;
        let node = &mut self.nodes[of];
        if node.flags.intersects(NodeFlags::FAIL | NodeFlags::MYSELF) {
            return;
        }
        node.flags.insert(NodeFlags::FAIL);
        node.flags.remove(NodeFlags::PFAIL);
        node.rare_mut().fail_time = now;
        self.stand_soon(cx, of);
        let of = self.nodes[of].id;
        let text = format!("FAIL message received from {told_by} about {of}");
        self.out.log(LogLevel::Notice, text);
        let (agree, needed) = (0, self.quorum());
        self.out.event(EventKind::FailMarked { of, agree, needed, told_by: Some(told_by) });
        self.save_later();
        self.update_later();
    }
}
