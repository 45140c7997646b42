//! The replica's side of an election: when it stands, how long it waits, when it has won
//! (`clusterHandleSlaveFailover` in cluster.c).

use engine_base::planted;

use super::cx::ClusterCx;
use super::state::ClusterState;
use crate::api::LogLevel;
use crate::event::EventKind;

/// An election takes two node timeouts, and at least this many milliseconds.
const TIMEOUT_MIN_MS: i64 = 2000;
/// Under our rule, a lost election is tried again after so large a part of the node timeout …
const RETRIES_A_TIMEOUT: i64 = 4;
/// … and not before so many milliseconds.
const RETRY_MIN_MS: i64 = 500;
/// The same reason not to stand is logged again after so many seconds.
const RELOG_SECS: i64 = 300;
/// Nothing is logged before the master has failed for the node timeout and so many milliseconds.
const QUIET_MS: i64 = 5000;

/// Why a replica does not stand, or has not won yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CantFailover {
    #[default]
    None,
    DataAge,
    WaitingDelay,
    Expired,
    WaitingVotes,
}

impl CantFailover {
    const fn words(self) -> &'static str {
        match self {
            Self::None => "Unknown reason code.",
            Self::DataAge => {
                "Disconnected from master for longer than allowed. Please check the \
                 'cluster-replica-validity-factor' configuration option."
            }
            Self::WaitingDelay => "Waiting the delay before I can start a new failover.",
            Self::Expired => "Failover attempt expired.",
            Self::WaitingVotes => "Waiting for votes, but majority still not reached.",
        }
    }
}

/// Where this replica stands in an election.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Election {
    /// Unix milliseconds: when the last or next election begins.
    pub(super) time: Option<i64>,
    /// Votes received.
    pub(super) votes: usize,
    /// Whether votes were asked for.
    pub(super) sent: bool,
    /// How many siblings have more data.
    pub(super) rank: usize,
    /// How many other failed masters' replicas go first; 0 under Redis 7.0's rules.
    pub(super) primary_rank: usize,
    /// The election's epoch.
    pub(super) epoch: u64,
    /// The majority of the masters with slots when votes were asked for.
    asked: usize,
    reason: CantFailover,
    last_log_secs: i64,
}

impl ClusterState {
    /// Goes one step further towards taking the master's place, if this replica may.
    pub(super) fn advance_election(&mut self, now: i64, cx: &mut ClusterCx<'_>) {
        self.todo.handle_failover = false;
        let timeout = cx.config.node_timeout.saturating_mul(2).max(TIMEOUT_MIN_MS);
        let age = self.election.time.map_or(i64::MAX, |time| now.saturating_sub(time));
        let manual = self.manual.end.is_some() && self.manual.can_start;
        if !self.may_stand(cx, manual) {
            self.election.reason = CantFailover::None;
            return;
        }
        if !manual && !self.data_is_fresh(now, cx) {
            self.blocked(now, cx, CantFailover::DataAge);
            return;
        }
        if age > self.retry_after(cx, timeout) {
            self.schedule_election(now, cx);
            return;
        }
        self.update_ranks(now, cx);
        if self.election.time.is_some_and(|time| now < time) {
            self.blocked(now, cx, CantFailover::WaitingDelay);
            return;
        }
        if age > timeout {
            self.blocked(now, cx, CantFailover::Expired);
            return;
        }
        if !self.election.sent {
            self.start_election(cx);
            return;
        }
        let needed = if planted("win-with-one-vote") { 1 } else { self.votes_needed() };
        if self.election.votes >= needed {
            self.win(now, cx);
        } else {
            self.blocked(now, cx, CantFailover::WaitingVotes);
        }
    }

    /// This node is a replica; its master has slots and is failed (or hands over); and it is not
    /// told to stay a replica (unless by hand).
    fn may_stand(&self, cx: &ClusterCx<'_>, manual: bool) -> bool {
        let Some(master) = self.me().master.filter(|_| !self.me().is_master()) else {
            return false;
        };
        let master = &self.nodes[master];
        let unasked = master.is_failed() && !cx.config.replica_no_failover;
        // Valkey lets the replicas of an empty master stand too.
        (manual || unasked) && (master.slot_count > 0 || cx.config.valkey9())
    }

    /// The time without the master, less the node timeout it took to notice, must not exceed
    /// `repl-ping-replica-period` and `cluster-replica-validity-factor` node timeouts.
    fn data_is_fresh(&self, now: i64, cx: &ClusterCx<'_>) -> bool {
        let factor = cx.config.replica_validity_factor;
        if factor == 0 || planted("stale-candidate") {
            return true;
        }
        let timeout = cx.config.node_timeout;
        let seen = cx.inputs.master_seen_secs;
        let mut age = now.div_euclid(1000).saturating_sub(seen).saturating_mul(1000);
        if age > timeout {
            age -= timeout;
        }
        let limit = cx.config.repl_ping_period.saturating_mul(1000);
        age <= limit.saturating_add(timeout.saturating_mul(factor))
    }

    /// How long after one election the next may begin: in Redis 7.0 and Valkey, twice the time
    /// that an election may take. Ours, under `election-profile valkey9`: a fraction of the node
    /// timeout, since a vote that came no sooner does not come. Each election has an epoch of its
    /// own, so no voter can vote twice in one.
    fn retry_after(&self, cx: &ClusterCx<'_>, timeout: i64) -> i64 {
        if !cx.config.valkey9() || self.manual.end.is_some() {
            return timeout.saturating_mul(2);
        }
        (cx.config.node_timeout / RETRIES_A_TIMEOUT).max(RETRY_MIN_MS)
    }

    /// A new epoch is opened and everybody is asked for a vote.
    fn start_election(&mut self, cx: &ClusterCx<'_>) {
        let epoch = self.next_epoch();
        self.election.epoch = epoch;
        let text = format!("Starting a failover election for epoch {epoch}.");
        self.out.log(LogLevel::Warning, text);
        self.election.asked = self.quorum();
        self.out.event(EventKind::ElectionStarted { epoch, needed: self.election.asked });
        if cx.config.valkey9()
            && let Some(master) = self.me().master.filter(|m| self.nodes[*m].is_failed())
        {
            // Ours: without a delay, the request could overtake the FAIL that others send, and
            // whoever has not heard of it refuses. On one link nothing is overtaken.
            self.broadcast_fail(cx, master);
        }
        self.request_votes(cx);
        self.election.sent = true;
        self.fsync_later();
        self.update_later();
    }

    /// A majority of the masters with slots, as many as there are or were when votes were asked for.
    /// Redis 7.0 looks only at how many there are: while some are told to have become replicas and
    /// their heirs are not heard of yet, a minority is a majority, and wins an epoch that another has
    /// won.
    fn votes_needed(&self) -> usize {
        self.quorum().max(self.election.asked)
    }

    /// A majority voted: the election's epoch becomes this node's config epoch.
    fn win(&mut self, now: i64, cx: &mut ClusterCx<'_>) {
        let epoch = self.election.epoch;
        self.out.log(LogLevel::Warning, "Failover election won: I'm the new master.");
        self.out.event(EventKind::ElectionWon { epoch });
        if planted("win-in-old-epoch") {
            let old = self.me().master.map_or(0, |master| self.nodes[master].config_epoch);
            self.set_config_epoch(self.myself, old);
        } else if self.me().config_epoch < epoch {
            self.set_config_epoch(self.myself, epoch);
            let text = format!("configEpoch set to {epoch} after successful failover");
            self.out.log(LogLevel::Warning, text);
        }
        self.replace_master(now, cx);
    }

    /// A vote came in; only masters with slots have one, and only this election counts.
    pub(super) fn count_vote(&mut self, from: super::NodeIx, epoch: u64) {
        let voter = &self.nodes[from];
        if !voter.is_master() || voter.slot_count == 0 || epoch < self.election.epoch {
            return;
        }
        self.election.votes += 1;
        let (from, have, needed) = (voter.id, self.election.votes, self.votes_needed());
        let epoch = self.election.epoch;
        self.out.event(EventKind::VoteReceived { from, epoch, have, needed });
        self.todo.handle_failover = true;
    }

    /// Says why there is no failover now: when the reason is new, and again after five minutes;
    /// but not while the master has failed only just now (`clusterLogCantFailover`).
    fn blocked(&mut self, now: i64, cx: &ClusterCx<'_>, reason: CantFailover) {
        let secs = now.div_euclid(1000);
        let same = self.election.reason == reason;
        if same && secs - self.election.last_log_secs < RELOG_SECS {
            return;
        }
        self.election.reason = reason;
        if !same {
            let epoch = self.election.epoch;
            self.out.event(match reason {
                CantFailover::Expired => EventKind::ElectionExpired { epoch },
                other => EventKind::ElectionBlocked { reason: other.words() },
            });
        }
        let quiet = cx.config.node_timeout.saturating_add(QUIET_MS);
        if let Some(master) = self.me().master.map(|master| &self.nodes[master])
            && master.is_failed()
            && now - master.rare().fail_time < quiet
        {
            return;
        }
        self.election.last_log_secs = secs;
        let text = format!("Currently unable to failover: {}", reason.words());
        self.out.log(LogLevel::Warning, text);
    }
}
