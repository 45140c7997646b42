//! Manual failover: an operator hands a master's role to a replica without losing a write.
//!
//! The replica sends MFSTART; the master pauses its writers and answers with its offset, flagged
//! PAUSED; when the replica has applied all up to there, it stands for election with FORCEACK.

use engine_base::LinkId;
use engine_bus::{MessageFlags, MessageType, View};

use super::cx::{ClusterCx, Effect};
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// The master pauses its writers for so many `cluster-manual-failover-timeout`s.
const PAUSE_TIMES: i64 = 2;

/// How hard an operator insists (`CLUSTER FAILOVER [FORCE|TAKEOVER]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailoverKind {
    /// With the master's consent: no write is lost.
    Plain,
    /// Without the master, with the votes of the others.
    Force,
    /// Without anybody's consent.
    Takeover,
}

/// Where a manual failover stands, on either side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ManualFailover {
    /// Unix milliseconds: when it is given up; `None` when there is none.
    pub(super) end: Option<i64>,
    /// Master's side: who takes over.
    pub(super) replica: Option<NodeIx>,
    /// Master's side: writers are paused.
    paused: bool,
    /// Replica's side: the offset to reach, once the master has told it.
    pub(super) master_offset: Option<u64>,
    /// Replica's side: all is applied, or need not be: votes may be asked for.
    pub(super) can_start: bool,
}

impl ClusterState {
    /// An operator asks this replica to take over (`CLUSTER FAILOVER`). On refusal, the error's
    /// text without its code.
    pub(crate) fn start_failover(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        kind: FailoverKind,
    ) -> Result<(), &'static str> {
        if self.me().is_master() {
            return Err("You should send CLUSTER FAILOVER to a replica");
        }
        let Some(master) = self.me().master else {
            return Err("I'm a replica but my master is unknown to me");
        };
        let node = &self.nodes[master];
        if kind == FailoverKind::Plain && (node.is_failed() || node.link().is_none()) {
            return Err("Master is down or failed, please use CLUSTER FAILOVER FORCE");
        }
        self.reset_manual_failover();
        self.manual.end = Some(now + cx.config.manual_failover_timeout);
        match kind {
            FailoverKind::Takeover => {
                self.out.log(LogLevel::Warning, "Taking over the master (user request).");
                self.out.event(EventKind::ManualFailover { step: "takeover" });
                self.bump_epoch();
                self.replace_master(now, cx);
            }
            FailoverKind::Force => {
                self.out.log(LogLevel::Warning, "Forced failover user request accepted.");
                self.out.event(EventKind::ManualFailover { step: "forced" });
                self.manual.can_start = true;
            }
            FailoverKind::Plain => {
                self.out.log(LogLevel::Warning, "Manual failover user request accepted.");
                self.out.event(EventKind::ManualFailover { step: "accepted" });
                self.send_bare(cx, master, MessageType::MfStart);
            }
        }
        Ok(())
    }

    /// Master's side: a replica asks to take over. Writers are paused and it is told the offset.
    pub(super) fn handover_requested(
        &mut self,
        now: i64,
        cx: &ClusterCx<'_>,
        link: LinkId,
        replica: NodeIx,
    ) {
        if self.nodes[replica].master != Some(self.myself) {
            return;
        }
        self.reset_manual_failover();
        self.manual.end = Some(now + cx.config.manual_failover_timeout);
        self.manual.replica = Some(replica);
        self.manual.paused = true;
        let ms = cx.config.manual_failover_timeout * PAUSE_TIMES;
        self.out.push(Effect::PauseWrites { ms });
        let id = self.nodes[replica].id;
        let text = format!("Manual failover requested by replica {id}.");
        self.out.log(LogLevel::Warning, text);
        self.out.event(EventKind::ManualFailover { step: "paused" });
        self.send_heartbeat(now, cx, link, MessageType::Ping);
    }

    /// Replica's side: the paused master's first packet tells the offset to reach.
    pub(super) fn learn_paused_offset(&mut self, sender: NodeIx, view: &View<'_>) {
        if self.manual.end.is_none()
            || !self.me().is_replica()
            || self.me().master != Some(sender)
            || !view.mflags().contains(MessageFlags::PAUSED)
            || self.manual.master_offset.is_some()
        {
            return;
        }
        let offset = view.offset();
        self.manual.master_offset = Some(offset);
        self.todo.handle_manual_failover = true;
        let text =
            format!("Received replication offset for paused master manual failover: {offset}");
        self.out.log(LogLevel::Warning, text);
        self.out.event(EventKind::ManualFailover { step: "offset received" });
    }

    /// Replica's side: when all of the master's stream is applied, votes may be asked for
    /// (`clusterHandleManualFailover`).
    pub(super) fn advance_manual_failover(&mut self, cx: &ClusterCx<'_>) {
        if self.manual.end.is_none() || self.manual.can_start {
            return;
        }
        let Some(offset) = self.manual.master_offset else { return };
        if offset == cx.inputs.repl_offset {
            self.manual.can_start = true;
            self.out.log(
                LogLevel::Warning,
                "All master replication stream processed, manual failover can start.",
            );
            self.out.event(EventKind::ManualFailover { step: "can start" });
            self.todo.handle_failover = true;
        } else {
            self.todo.handle_manual_failover = true;
        }
    }

    /// Gives up a manual failover whose time is over.
    pub(super) fn check_manual_timeout(&mut self, now: i64) {
        if self.manual.end.is_some_and(|end| end < now) {
            self.out.log(LogLevel::Warning, "Manual failover timed out.");
            self.out.event(EventKind::ManualFailover { step: "timed out" });
            self.reset_manual_failover();
        }
    }

    /// No manual failover is going on any more (`resetManualFailover`).
    pub(super) fn reset_manual_failover(&mut self) {
        if self.manual.paused {
            self.out.push(Effect::Unpause);
        }
        self.manual = ManualFailover::default();
    }
}
