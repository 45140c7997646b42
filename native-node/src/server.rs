//! One thread, one node, all its sockets: after every input the node's actions are carried out in
//! order.

use std::cell::RefCell;
use std::rc::Rc;

use engine_base::{Mono, Now};
use engine_node::{Action, CloseMode, Node};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::disk::Disk;
use crate::links::{self, Links};
use crate::log::{Log, Role};

/// What all tasks of the one thread share. Never borrowed across an `await`.
pub(crate) type Shared = Rc<RefCell<Server>>;

pub(crate) struct Server {
    pub(crate) node: Node,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) links: Links,
    pub(crate) disk: Disk,
    /// What is printed in place of the line `Running mode=`, when the logo is wanted.
    pub(crate) logo: Option<String>,
    /// Wakes the timer when the next deadline has come nearer.
    pub(crate) sooner: Rc<Notify>,
    /// The deadline for which the timer sleeps at most.
    pub(crate) deadline: Mono,
    /// Wakes the main task when `exit` is set.
    pub(crate) ended: Rc<Notify>,
    /// The exit code, once the process ends.
    pub(crate) exit: Option<i32>,
}

/// Gives the node one input and carries out what follows from it.
pub(crate) fn turn(shared: &Shared, input: impl FnOnce(&mut Node, Now)) {
    let mut server = shared.borrow_mut();
    let now = server.clock.now();
    input(&mut server.node, now);
    server.drain(shared, now);
}

impl Server {
    pub(crate) fn drain(&mut self, shared: &Shared, now: Now) {
        while let Some(action) = self.node.poll_action() {
            if self.exit.is_some() {
                break;
            }
            self.carry_out(shared, now, action);
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
            Action::Disk { id, op, barrier } => {
                if let Some(done) = self.disk.carry_out(id, op, barrier) {
                    self.node.handle_disk(now, id, done);
                }
            }
            Action::Read { id, path, from, len } => self.disk.read(id, path, from, len),
            Action::Log { level, text } => {
                self.log.role = if self.node.is_replica() { Role::Replica } else { Role::Master };
                match &self.logo {
                    Some(logo) if text.starts_with("Running mode=") => {
                        self.log.raw(logo.as_bytes());
                    }
                    _ => self.log.write(level, &text),
                }
            }
            Action::Exit { code } => {
                self.exit = Some(code);
                self.ended.notify_one();
            }
        }
    }
}
