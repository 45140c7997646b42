//! How long a replica waits before it asks for votes: the part of an election in which Redis 7.0
//! and Valkey 9 differ (`clusterHandleSlaveFailover`, `clusterGetSlaveRank` in cluster.c;
//! `clusterHandleReplicaFailover` in Valkey's cluster_legacy.c).
//!
//! | profile | wait, in milliseconds |
//! |---|---|
//! | `redis7` | 500 + random below 500 + rank × 1000 |
//! | `valkey9` | D + random below D + rank × 2 D + primary rank × D, + 500 without any data; none for the best replica. D is a thirtieth of the node timeout, at most 500 |

use engine_bus::NodeFlags;

use super::cx::ClusterCx;
use super::state::ClusterState;
use crate::api::LogLevel;
use crate::event::EventKind;

/// Redis 7.0: every candidate waits so long, so that the FAIL reaches everybody, in milliseconds;
/// and on top of it a random time below it, which keeps candidates apart. Valkey never waits longer.
const BASE_MS: i64 = 500;
/// Redis 7.0: on top of it, so many milliseconds for every sibling with more data.
const RANK_DELAY_MS: i64 = 1000;
/// Valkey: a node timeout has so many of its delays.
const BASES_A_TIMEOUT: i64 = 30;
/// Valkey: a replica that has no data yet may not know its siblings: it waits so much longer.
const NO_DATA_MS: i64 = 500;

/// What a wait is made of, in milliseconds.
struct Delays {
    /// Fixed, and the bound of the random part.
    base: i64,
    /// For every sibling with more data.
    rank: i64,
    /// For every failed master whose replicas go first.
    primary_rank: i64,
}

impl Delays {
    fn of(cx: &ClusterCx<'_>) -> Self {
        if !cx.config.valkey9() {
            return Self { base: BASE_MS, rank: RANK_DELAY_MS, primary_rank: 0 };
        }
        let base = (cx.config.node_timeout / BASES_A_TIMEOUT).clamp(1, BASE_MS);
        Self { base, rank: base * 2, primary_rank: base }
    }
}

impl ClusterState {
    /// Sets the time of the next election and tells the siblings this node's offset. By hand,
    /// there is no delay; nor, under Valkey's rules, for the best of the replicas.
    pub(super) fn schedule_election(&mut self, now: i64, cx: &mut ClusterCx<'_>) {
        let delays = Delays::of(cx);
        let random = self.rng.below(delays.base.unsigned_abs()) as i64;
        let (mut rank, mut primary_rank) = (self.rank(cx), self.primary_rank(now, cx));
        let mut delay = delays.base
            + random
            + rank as i64 * delays.rank
            + primary_rank as i64 * delays.primary_rank;
        if cx.config.valkey9() && cx.inputs.repl_offset == 0 {
            delay += NO_DATA_MS;
        }
        if self.manual.end.is_some() {
            (delay, rank, primary_rank) = (0, 0, 0);
            self.todo.handle_failover = true;
        }
        (self.election.rank, self.election.primary_rank) = (rank, primary_rank);
        if self.is_best_replica(cx) {
            delay = 0;
            self.todo.handle_failover = true;
            let text = "This is the best ranked replica and can initiate the election immediately.";
            self.out.log(LogLevel::Notice, text);
        }
        self.election.time = Some(now + delay);
        (self.election.votes, self.election.sent) = (0, false);
        let offset = cx.inputs.repl_offset;
        let ranks = if cx.config.valkey9() {
            format!("rank #{rank}, primary rank #{primary_rank}")
        } else {
            format!("rank #{rank}")
        };
        let text = format!(
            "Start of election delayed for {delay} milliseconds ({ranks}, offset {offset})."
        );
        self.out.log(LogLevel::Warning, text);
        self.out.event(EventKind::ElectionScheduled { delay_ms: delay as u64, rank });
        self.broadcast_pong(now, cx, true);
    }

    /// How many siblings that may stand have more data (`clusterGetSlaveRank`). Valkey breaks ties
    /// by the smaller id, so that no two have the same rank.
    fn rank(&self, cx: &ClusterCx<'_>) -> usize {
        let Some(master) = self.me().master else { return 0 };
        let (me, mine) = (self.me(), cx.inputs.repl_offset as i64);
        let better = |ix: &&super::NodeIx| {
            let sibling = &self.nodes[**ix];
            let theirs = sibling.repl_offset as i64;
            **ix != self.myself
                && !sibling.flags.contains(NodeFlags::NOFAILOVER)
                && (theirs > mine || (cx.config.valkey9() && theirs == mine && sibling.id < me.id))
        };
        self.nodes[master].replicas.iter().filter(better).count()
    }

    /// Valkey: how many other failed masters, still worth a failover, have a shard whose id sorts
    /// before this one's (`clusterGetFailedPrimaryRank`). So the replicas of masters that fail
    /// together ask one shard after the other, instead of splitting the votes of one epoch.
    fn primary_rank(&self, now: i64, cx: &ClusterCx<'_>) -> usize {
        if !cx.config.valkey9() {
            return 0;
        }
        let mine = self.my_shard();
        let factor = cx.config.replica_validity_factor;
        let too_old = cx.config.node_timeout.saturating_mul(factor);
        let first = |node: &super::ClusterNode| {
            node.is_failed()
                && node.is_master()
                && node.slot_count > 0
                && !node.replicas.is_empty()
                && (factor == 0 || now.saturating_sub(node.rare().fail_time) <= too_old)
                && node.shard() < mine
        };
        self.nodes.iter().filter(|(_, node)| first(node)).count()
    }

    /// Valkey: this replica has data, nobody goes before it, and all siblings have said that their
    /// master failed, so that their offsets are final: it need not wait.
    fn is_best_replica(&self, cx: &ClusterCx<'_>) -> bool {
        let Some(master) = self.me().master else { return false };
        let knows = |ix: &super::NodeIx| {
            *ix == self.myself || self.nodes[*ix].flags.contains(NodeFlags::MY_PRIMARY_FAIL)
        };
        cx.config.valkey9()
            && self.manual.end.is_none()
            && cx.inputs.repl_offset != 0
            && (self.election.rank, self.election.primary_rank) == (0, 0)
            && self.nodes[master].replicas.iter().all(knows)
    }

    /// Others may have spoken since. Redis 7.0: siblings with more data make this node wait longer.
    /// Valkey: the wait follows both ranks up and down, and ends for the best replica.
    pub(super) fn update_ranks(&mut self, now: i64, cx: &ClusterCx<'_>) {
        let due = self.election.time.is_none_or(|time| time <= now);
        if self.election.sent || self.manual.end.is_some() || (cx.config.valkey9() && due) {
            return;
        }
        let delays = Delays::of(cx);
        let rank = self.rank(cx);
        let primary_rank = self.primary_rank(now, cx);
        if rank > self.election.rank || (cx.config.valkey9() && rank != self.election.rank) {
            let added = (rank as i64 - self.election.rank as i64) * delays.rank;
            self.election.rank = rank;
            self.add_delay(added, rank, "Replica rank", rank);
        }
        if primary_rank != self.election.primary_rank {
            let steps = primary_rank as i64 - self.election.primary_rank as i64;
            self.election.primary_rank = primary_rank;
            let added = steps * delays.primary_rank;
            self.add_delay(added, rank, "Failed primary rank", primary_rank);
        }
        if self.is_best_replica(cx) {
            self.election.time = Some(now);
            let text = "Myself become the best ranked replica, initiate the election immediately.";
            self.out.log(LogLevel::Notice, text);
            self.out.event(EventKind::ElectionScheduled { delay_ms: 0, rank });
        }
    }

    fn add_delay(&mut self, added: i64, rank: usize, what: &str, number: usize) {
        self.election.time = self.election.time.map(|time| time + added);
        let text = format!("{what} updated to #{number}, added {added} milliseconds of delay.");
        self.out.log(LogLevel::Warning, text);
        let delay_ms = added.max(0).unsigned_abs();
        self.out.event(EventKind::ElectionScheduled { delay_ms, rank });
    }
}
