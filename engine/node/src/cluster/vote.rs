//! The master's side of an election: when it votes (`clusterSendFailoverAuthIfNeeded`).

use engine_base::{Slot, planted};
use engine_bus::{MessageFlags, MessageType, View};

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// No second vote about one master within so many node timeouts.
const REVOTE_AFTER: i64 = 2;

/// Which rule refuses a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request's epoch lies behind.
    OldEpoch,
    /// One vote an epoch.
    AlreadyVoted,
    /// Only replicas are elected.
    IsMaster,
    /// Its master is not known here.
    UnknownMaster,
    /// Its master works.
    MasterUp,
    /// A vote about that master was given not long ago; milliseconds to wait.
    TooSoon(i64),
    /// A slot that it claims has an owner with a newer config epoch.
    SlotEpoch(Slot, NodeIx),
    /// This node has only just started (Valkey).
    JustStarted,
}

impl Refusal {
    const fn reason(self) -> &'static str {
        match self {
            Self::OldEpoch => "reqEpoch < curEpoch",
            Self::AlreadyVoted => "already voted for epoch",
            Self::IsMaster => "it is a master node",
            Self::UnknownMaster => "I don't know its master",
            Self::MasterUp => "its master is up",
            Self::TooSoon(_) => "can't vote about this master yet",
            Self::SlotEpoch(..) => "slot epoch > reqEpoch",
            Self::JustStarted => "it is not safe to vote in this moment",
        }
    }
}

impl ClusterState {
    /// A replica asks for this node's vote. Only masters with slots have one. The vote is durable
    /// before it is sent.
    pub(super) fn answer_vote_request(
        &mut self,
        now: i64,
        cx: &ClusterCx<'_>,
        candidate: NodeIx,
        view: &View<'_>,
    ) {
        if self.me().is_replica() || self.me().slot_count == 0 {
            return;
        }
        let id = self.nodes[candidate].id;
        let epoch = self.current_epoch;
        if let Err(refusal) = self.may_vote(now, cx, candidate, view) {
            let why = self.refusal_words(refusal, view);
            self.out.log(LogLevel::Warning, format!("Failover auth denied to {id}: {why}"));
            let epoch = view.current_epoch();
            let reason = refusal.reason();
            self.out.event(EventKind::VoteRefused { to: id, epoch, reason });
            self.help_refused(cx, candidate, refusal);
            return;
        }
        self.last_vote_epoch = epoch;
        if let Some(master) = self.nodes[candidate].master {
            self.nodes[master].rare_mut().voted_time = now;
        }
        if planted("vote-before-disk") {
            self.save_later();
        } else {
            self.fsync_later();
        }
        self.send_bare(cx, candidate, MessageType::AuthAck);
        let text = format!("Failover auth granted to {id} for epoch {epoch}");
        self.out.log(LogLevel::Warning, text);
        self.out.event(EventKind::VoteGranted { to: id, epoch });
    }

    /// Valkey: a candidate that is refused for the old config epoch of its slots learns the new
    /// one, or it could never win while its master, who would have told it, is down.
    fn help_refused(&mut self, cx: &ClusterCx<'_>, candidate: NodeIx, refusal: Refusal) {
        if let Refusal::SlotEpoch(_, owner) = refusal
            && cx.config.valkey9()
            && let Some(link) = self.nodes[candidate].link()
        {
            self.send_update(cx, link, owner);
        }
    }

    /// The rules, in their order.
    pub(super) fn may_vote(
        &self,
        now: i64,
        cx: &ClusterCx<'_>,
        candidate: NodeIx,
        view: &View<'_>,
    ) -> Result<(), Refusal> {
        if cx.config.valkey9() && !self.health.settled {
            return Err(Refusal::JustStarted);
        }
        if view.current_epoch() < self.current_epoch {
            return Err(Refusal::OldEpoch);
        }
        if self.last_vote_epoch == self.current_epoch && !planted("vote-twice") {
            return Err(Refusal::AlreadyVoted);
        }
        let node = &self.nodes[candidate];
        if node.is_master() {
            return Err(Refusal::IsMaster);
        }
        let Some(master) = node.master else { return Err(Refusal::UnknownMaster) };
        let master = &self.nodes[master];
        if !master.is_failed() && !view.mflags().contains(MessageFlags::FORCEACK) {
            return Err(Refusal::MasterUp);
        }
        let pause = cx.config.node_timeout.saturating_mul(REVOTE_AFTER);
        let since = now.saturating_sub(master.rare().voted_time);
        // Valkey has no such rule: one vote an epoch is enough, and this one costs a whole retry.
        if since < pause && !cx.config.valkey9() {
            return Err(Refusal::TooSoon(pause - since));
        }
        let epoch = view.config_epoch();
        for slot in view.slots().iter() {
            if let Some(owner) = self.owner(slot)
                && !self.unclaimed.contains(slot)
                && self.nodes[owner].config_epoch > epoch
            {
                return Err(Refusal::SlotEpoch(slot, owner));
            }
        }
        Ok(())
    }

    fn refusal_words(&self, refusal: Refusal, view: &View<'_>) -> String {
        match refusal {
            Refusal::OldEpoch => {
                format!("reqEpoch ({}) < curEpoch({})", view.current_epoch(), self.current_epoch)
            }
            Refusal::AlreadyVoted => format!("already voted for epoch {}", self.current_epoch),
            Refusal::TooSoon(ms) => {
                format!("can't vote about this master before {ms} milliseconds")
            }
            Refusal::SlotEpoch(slot, owner) => {
                let epoch = self.nodes[owner].config_epoch;
                format!("slot {slot} epoch ({epoch}) > reqEpoch ({})", view.config_epoch())
            }
            Refusal::IsMaster
            | Refusal::UnknownMaster
            | Refusal::MasterUp
            | Refusal::JustStarted => refusal.reason().to_owned(),
        }
    }
}
