//! What a node has to say to its driver: actions in their order, and what happened.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use engine_base::{Mono, Now};

use crate::api::{Action, BootError, DiskError, DiskId, DiskOp, LogLevel};
use crate::event::{Event, EventKind};

/// What the node has to say to its driver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    actions: VecDeque<Action>,
    events: VecDeque<Event>,
    next_disk_id: u64,
    /// Writes of nodes.conf under way: without it, this process must not go on.
    vital: BTreeSet<DiskId>,
    /// The settling of nodes.conf that was asked for last and has not ended.
    settling: Option<(DiskId, String)>,
    /// It was put anew since then: once more, later.
    unsettled: Option<String>,
    /// When it may be settled again.
    settle_again: Mono,
    /// The process is ending: nothing more is done.
    over: bool,
}

/// Events that nobody drains are kept up to this many.
const EVENTS_KEPT_MAX: usize = 4096;
/// Between two fsyncs of nodes.conf that nobody waits for, in milliseconds: a tick of the cluster.
/// While the disk works on one, it holds up who replaces the file (measured on ext4).
const SETTLE_PAUSE_MS: u64 = 100;

impl Outbox {
    /// Queues an action behind all earlier ones.
    pub(crate) fn push(&mut self, action: Action) {
        if !self.over {
            self.actions.push_back(action);
        }
    }

    /// Replaces nodes.conf, durably and before anything else is done when `barrier`. Without it
    /// this process must not go on.
    pub(crate) fn write_nodes_conf(&mut self, path: String, bytes: Bytes, barrier: bool) {
        let op = if barrier {
            self.unsettled = None;
            DiskOp::Replace { path, bytes }
        } else {
            DiskOp::Put { path, bytes }
        };
        let id = self.queue_before_replies(op, barrier);
        self.vital.insert(id);
    }

    /// Replaces nodes.conf before anybody is answered; the disk follows, at once when it has rested
    /// ([`SETTLE_PAUSE_MS`]).
    pub(crate) fn keep_nodes_conf(&mut self, now: Now, path: String, bytes: Bytes) {
        self.write_nodes_conf(path.clone(), bytes, false);
        self.unsettled = Some(path);
        self.settle_when_due(now);
    }

    /// Has what was put in nodes.conf made durable, unless that was done just now or is under way:
    /// however much is put meanwhile, it is one fsync more.
    pub(crate) fn settle_when_due(&mut self, now: Now) {
        let due = self.settling.is_none() && self.settle_again <= now.mono;
        if due && self.unsettled.is_some() {
            self.settle_again = now.mono.plus_ms(SETTLE_PAUSE_MS);
            self.settle_now();
        }
    }

    /// Has what was put in nodes.conf made durable, when nobody has asked for that yet.
    pub(crate) fn settle_now(&mut self) {
        if let Some(path) = self.unsettled.take() {
            self.settle(path, false);
        }
    }

    fn settle(&mut self, path: String, barrier: bool) {
        let op = DiskOp::Settle { path: path.clone() };
        let id = self.queue_before_replies(op, barrier);
        self.vital.insert(id);
        self.settling = Some((id, path));
    }

    /// The data must not outlive a loss of power that its nodes.conf does not outlive: of keys
    /// that an order has moved away the file would tell where they are, the data that they are gone.
    fn settle_before(&mut self, op: &DiskOp, barrier: bool) {
        let at_once = match op {
            DiskOp::Sync { .. } | DiskOp::Rename { .. } => barrier,
            // A small file is replaced on the spot.
            DiskOp::Replace { .. } => true,
            _ => return,
        };
        if !at_once {
            // The driver keeps the order of what nobody waits for.
            return self.settle_now();
        }
        let under_way = self.settling.as_ref().map(|(_, path)| path.clone());
        if let Some(path) = self.unsettled.take().or(under_way) {
            self.settle(path, true);
        }
    }

    /// An operation has ended. When it was vital and has failed, the process ends at once: what
    /// else was to be done, a vote or an answer, is not done.
    pub(crate) fn disk_done(&mut self, id: DiskId, done: &Result<(), DiskError>) {
        if self.vital.remove(&id) && done.is_err() {
            self.actions.clear();
            self.log(LogLevel::Warning, "Fatal: can't update cluster config file.");
            self.push(Action::Exit { code: 1 });
            self.over = true;
        }
        self.settling.take_if(|(last, _)| *last == id);
    }

    /// Queues a disk operation; `barrier` holds later actions back until it has ended.
    pub(crate) fn disk(&mut self, op: DiskOp, barrier: bool) -> DiskId {
        self.settle_before(&op, barrier);
        let id = self.next_disk_id();
        self.push(Action::Disk { id, op, barrier });
        id
    }

    /// As [`Self::disk`], but before anybody is answered: who has been told of a change may rely on
    /// it. The order of disk operations stays.
    pub(crate) fn disk_before_replies(&mut self, op: DiskOp, barrier: bool) -> DiskId {
        self.settle_before(&op, barrier);
        self.queue_before_replies(op, barrier)
    }

    fn queue_before_replies(&mut self, op: DiskOp, barrier: bool) -> DiskId {
        let first = self.actions.iter().position(|it| matches!(it, Action::Flush { .. }));
        let first = first.unwrap_or(self.actions.len());
        let is_disk = |action: &Action| matches!(action, Action::Disk { .. });
        let rest = &mut self.actions.make_contiguous()[first..];
        rest.sort_by_key(|action| !is_disk(action));
        let earlier = rest.iter().take_while(|action| is_disk(action)).count();
        let id = self.next_disk_id();
        if !self.over {
            self.actions.insert(first + earlier, Action::Disk { id, op, barrier });
        }
        id
    }

    /// Names an operation of the disk.
    pub(crate) fn next_disk_id(&mut self) -> DiskId {
        let id = DiskId(self.next_disk_id);
        self.next_disk_id += 1;
        id
    }

    /// Writes a log line.
    pub(crate) fn log(&mut self, level: LogLevel, text: impl Into<String>) {
        self.push(Action::Log { level, text: text.into() });
    }

    /// Tells what happened.
    pub(crate) fn event(&mut self, at: Now, kind: EventKind) {
        if self.events.len() == EVENTS_KEPT_MAX {
            self.events.pop_front();
        }
        self.events.push_back(Event { at, kind });
    }

    /// The next action to carry out.
    pub(crate) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The next thing that happened.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What a process that cannot start has logged until then, in front of why.
    pub(crate) fn told_before(&mut self, mut error: BootError) -> BootError {
        let said = self.actions.drain(..).filter_map(|action| match action {
            Action::Log { level, text } => Some((level, text)),
            _ => None,
        });
        error.log.splice(0..0, said);
        error
    }
}

#[cfg(test)]
mod tests;
