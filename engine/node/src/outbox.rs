//! What a node has to say to its driver: actions in their order, and what happened.

use std::collections::{BTreeSet, VecDeque};

use engine_base::Now;

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
    /// The process is ending: nothing more is done.
    over: bool,
}

/// Events that nobody drains are kept up to this many.
const EVENTS_KEPT_MAX: usize = 4096;

impl Outbox {
    /// Queues an action behind all earlier ones.
    pub(crate) fn push(&mut self, action: Action) {
        if !self.over {
            self.actions.push_back(action);
        }
    }

    /// Queues a disk operation without which this process must not go on.
    pub(crate) fn vital_disk(&mut self, op: DiskOp, barrier: bool) {
        let id = self.disk_before_replies(op, barrier);
        self.vital.insert(id);
    }

    /// Ends the process at once when a vital operation has failed: what else was to be done, a vote
    /// or an answer, is not done.
    pub(crate) fn vital_done(&mut self, id: DiskId, done: &Result<(), DiskError>) {
        if self.vital.remove(&id) && done.is_err() {
            self.actions.clear();
            self.log(LogLevel::Warning, "Fatal: can't update cluster config file.");
            self.push(Action::Exit { code: 1 });
            self.over = true;
        }
    }

    /// Queues a disk operation; `barrier` holds later actions back until it has ended.
    pub(crate) fn disk(&mut self, op: DiskOp, barrier: bool) -> DiskId {
        let id = self.next_disk_id();
        self.push(Action::Disk { id, op, barrier });
        id
    }

    /// As [`Self::disk`], but before anybody is answered: who has been told of a change may rely on
    /// it. The order of disk operations stays.
    pub(crate) fn disk_before_replies(&mut self, op: DiskOp, barrier: bool) -> DiskId {
        let is_disk = |action: &Action| matches!(action, Action::Disk { .. });
        let after = self.actions.iter().rposition(is_disk).map_or(0, |last| last + 1);
        let is_reply = |action: &Action| matches!(action, Action::Flush { .. });
        let Some(replies) = self.actions.range(after..).position(is_reply) else {
            return self.disk(op, barrier);
        };
        let id = self.next_disk_id();
        if !self.over {
            self.actions.insert(after + replies, Action::Disk { id, op, barrier });
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
