//! What is due and when: a heap with one total order, so that two runs never differ.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use engine_base::{LinkId, Mono};
use engine_node::{DialError, DiskError, DiskId};

use crate::host::HostId;
use crate::net::{ConnId, Dir};
use crate::process::Pid;

/// Something that happens at a known time unless the world changes before.
#[derive(Clone, Debug)]
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

/// One entry of the heap. The greatest is the earliest: `place` grows with every entry.
#[derive(Clone, Debug)]
struct Scheduled {
    at: Mono,
    place: u64,
    due: Due,
}

impl Scheduled {
    /// A smaller number comes first.
    const fn order(&self) -> u128 {
        (self.at.as_micros() as u128) << 64 | self.place as u128
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> Ordering {
        other.order().cmp(&self.order())
    }
}

/// The heap. Equal times are served in the order in which they were scheduled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Scheduled>,
    next: u64,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Mono, due: Due) {
        self.heap.push(Scheduled { at, place: self.next, due });
        self.next += 1;
    }

    pub(crate) fn peek(&self) -> Option<Mono> {
        self.heap.peek().map(|next| next.at)
    }

    pub(crate) fn pop(&mut self) -> Option<(Mono, Due)> {
        self.heap.pop().map(|next| (next.at, next.due))
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
    /// A part of a file was read.
    Read(DiskId, Result<Vec<u8>, DiskError>),
    /// A signal that the process handles itself, by name.
    Terminate(&'static str),
}
