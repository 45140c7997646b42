//! What is due and when: a heap with one total order, so that two runs never differ.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use engine_base::{LinkId, Mono};
use engine_node::{DialError, DiskError, DiskId};

use crate::host::HostId;
use crate::net::{ConnId, Dir};
use crate::process::Pid;

/// Something that happens at a known time unless the world changes before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The first unit of one direction of a link may be delivered.
    Deliver(ConnId, Dir),
    /// The opening packet of a link reaches the other host.
    Syn(ConnId),
    /// The answer to the opening packet reaches the opener.
    SynAck(ConnId),
    /// The opener learns that there will be no link.
    NoLink(ConnId, NoLink),
    /// A server's deadline.
    Timer(HostId, Pid),
    /// A server that waited for its disk goes on.
    DiskDone(HostId, Pid, u64),
    /// The receiver of a direction has read: there is room again.
    Room(ConnId, Dir),
    /// Nothing but the passing of time: a program sleeps until then.
    Alarm,
}

/// [`DialError`] with an order, for the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NoLink {
    Refused,
    TimedOut,
    Unreachable,
}

impl From<NoLink> for DialError {
    fn from(why: NoLink) -> Self {
        match why {
            NoLink::Refused => Self::Refused,
            NoLink::TimedOut => Self::TimedOut,
            NoLink::Unreachable => Self::Unreachable,
        }
    }
}

/// The heap. Equal times are served in the order in which they were scheduled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(Mono, u64, Due)>>,
    next: u64,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Mono, due: Due) {
        self.heap.push(Reverse((at, self.next, due)));
        self.next += 1;
    }

    pub(crate) fn peek(&self) -> Option<Mono> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(crate) fn pop(&mut self) -> Option<(Mono, Due)> {
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }
}

/// What a server process is told; kept in a list while it is stopped or waits for its disk.
#[derive(Clone, Debug)]
pub(crate) enum ServerInput {
    /// A link was accepted.
    Accept(ConnId),
    /// A link that the node opens is up, or will not be.
    Dialed(LinkId, Result<std::net::SocketAddr, DialError>),
    /// Bytes came in at that end.
    Bytes(ConnId, usize, bytes::Bytes),
    /// That end learns that the other is gone.
    Closed(ConnId, usize),
    /// There is room again for what that end has to say.
    Room(ConnId, usize),
    /// A disk operation ended.
    Disk(DiskId, Result<(), DiskError>),
    /// A signal that the process handles itself, by name.
    Terminate(&'static str),
}
