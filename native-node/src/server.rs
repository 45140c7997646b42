//! One thread, one node, all its sockets: when all who are ready have been heard, the node's actions
//! are carried out in order.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;

use engine_base::{LinkId, Mono, Now};
use engine_node::{Action, CloseMode, Node};
use tokio::sync::Notify;
use tokio::task::LocalSet;

use crate::clock::Clock;
use crate::disk::Disk;
use crate::links::{self, Links};
use crate::log::{Log, Role};
use crate::opening::Opening;
use crate::supervisor::Supervisor;

/// From how many bytes on an answer goes out at once: it is still in the processor's cache.
const LONG_ANSWER: usize = 16 * 1024;

/// What all tasks of the one thread share. Never borrowed across an `await`.
pub(crate) type Shared = Rc<RefCell<Server>>;

pub(crate) struct Server {
    pub(crate) node: Node,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) links: Links,
    pub(crate) disk: Disk,
    /// What the log says beside the node's lines at the start.
    pub(crate) opening: Opening,
    /// Wakes the timer when the next deadline has come nearer.
    pub(crate) sooner: Rc<Notify>,
    /// The deadline for which the timer sleeps at most.
    pub(crate) deadline: Mono,
    /// Wakes the main task when `exit` is set.
    pub(crate) ended: Rc<Notify>,
    /// The exit code, once the process ends.
    pub(crate) exit: Option<i32>,
    pub(crate) supervisor: Supervisor,
    /// Whether the supervisor knows that clients are served.
    pub(crate) told_ready: bool,
}

/// Gives the node one input and carries out what follows from it.
pub(crate) fn turn(shared: &Shared, input: impl FnOnce(&mut Node, Now)) {
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    input(&mut server.node, now);
    server.drain(shared, now);
}

/// Gives the node bytes of a link. What follows from them waits for the end of the round, so that
/// all who are heard in it share one write of the append-only file, and answers go out together.
pub(crate) fn hear(shared: &Shared, link: LinkId, bytes: &[u8]) {
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    server.node.hear_bytes(now, link, bytes);
    if server.node.output(link).len() >= LONG_ANSWER {
        server.drain(shared, now);
    }
}

/// Answers all who have been heard, once what they changed is with the disk.
pub(crate) fn end_round(shared: &Shared) {
    let mut server = shared.borrow_mut();
    if server.node.is_in_round() {
        let now = server.clock.now();
        server.drain(shared, now);
    }
}

/// Lets all tasks run until the process ends: those that are ready make a round, as all ready
/// sockets do for redis-server.
pub(crate) async fn run(tasks: &LocalSet, shared: &Shared) {
    let ended = shared.borrow().ended.clone();
    let mut rounds = pin!(tasks.run_until(ended.notified()));
    poll_fn(|cx| {
        let over = rounds.as_mut().poll(cx);
        let _spawns_into = tasks.enter();
        end_round(shared);
        over
    })
    .await;
}

impl Server {
    /// Ends the round, and carries out what follows.
    pub(crate) fn drain(&mut self, shared: &Shared, now: Now) {
        self.node.end_round(now);
        while let Some(action) = self.node.poll_action() {
            if self.exit.is_some() {
                break;
            }
            self.carry_out(shared, now, action);
        }
        if !self.told_ready && self.exit.is_none() && !self.node.is_loading() {
            self.told_ready = true;
            self.opening.ready(&self.log);
            self.supervisor.ready(self.node.is_replica(), &self.log);
        }
        // Nobody watches a native node's events yet; undrained they would only fill memory.
        while self.node.poll_event().is_some() {}
        let next = self.node.next_deadline().at;
        if next < self.deadline {
            self.sooner.notify_one();
        }
        self.deadline = next;
    }

    fn carry_out(&mut self, shared: &Shared, now: Now, action: Action) {
        match action {
            Action::Dial { link, to, name, from, purpose: _ } => {
                let target = links::Target { to, name, from };
                let task = tokio::task::spawn_local(links::dial(shared.clone(), link, target));
                self.links.dialing(link, task.abort_handle());
            }
            Action::Send { link, bytes } => links::send(self, shared, now, link, bytes),
            Action::Flush { link } => links::flush(self, shared, now, link),
            Action::Close { link, mode } => self.links.close(link, mode == CloseMode::AfterFlush),
            Action::Gather { link } => self.links.gather(link),
            Action::Disk { id, op, barrier } => {
                if let Some(done) = self.disk.carry_out(id, op, barrier) {
                    self.node.handle_disk(now, id, done);
                }
            }
            Action::Read { id, path, from, len } => self.disk.read(id, path, from, len),
            Action::Log { level, text } => {
                self.log.role = if self.node.is_replica() { Role::Replica } else { Role::Master };
                self.opening.write(&self.log, level, &text);
            }
            Action::Exit { code } => {
                self.exit = Some(code);
                self.supervisor.stopping(&self.log);
                self.ended.notify_one();
            }
        }
    }
}
