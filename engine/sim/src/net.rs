//! Links between processes: TCP as the processes see it. A unit is what was written at once: on a
//! bus link exactly one packet.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use engine_base::{LinkId, Mono};
use engine_node::{DialError, Listener, Purpose};

use crate::host::HostId;
use crate::process::Pid;

/// Names a link of the world; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Names a unit of the world; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u64);

/// A direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dir {
    /// From the one who opened it.
    Out,
    /// To the one who opened it.
    Back,
}

impl Dir {
    /// The other direction.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Out => Self::Back,
            Self::Back => Self::Out,
        }
    }

    /// The index of the end that sends in this direction.
    pub(crate) const fn sender(self) -> usize {
        self as usize
    }

    /// The index of the end that receives in this direction.
    pub(crate) const fn receiver(self) -> usize {
        1 - self as usize
    }

    pub(crate) const fn of_sender(end: usize) -> Self {
        if end == 0 { Self::Out } else { Self::Back }
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// A program's connection to a client port.
    Client,
    /// Between two nodes' bus ports.
    Bus,
    /// From a replica to its master's client port.
    Replication,
    /// `MIGRATE`, from a node to another node's client port.
    Migrate,
}

impl From<Purpose> for LinkKind {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Bus => Self::Bus,
            Purpose::Replication => Self::Replication,
            Purpose::Migrate => Self::Migrate,
        }
    }
}

/// What a unit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// The end of the handshake: the acceptor learns of the link.
    Open,
    Data,
    /// The sender is done.
    Fin,
    /// The sender knows no such link.
    Rst,
}

#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) id: UnitId,
    pub(crate) kind: UnitKind,
    pub(crate) bytes: Bytes,
    pub(crate) sent: Mono,
    pub(crate) due: Mono,
    pub(crate) tries: u8,
    pub(crate) held: bool,
    /// It was held and let go: no filter takes it again.
    pub(crate) freed: bool,
}

/// One direction: what is under way, first sent first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    pub(crate) units: VecDeque<Unit>,
    pub(crate) last_due: Mono,
    /// Bytes that a node sent and the receiver has not read.
    pub(crate) unread: usize,
    /// The sender waits for the receiver to read.
    pub(crate) wanted: bool,
}

impl Stream {
    /// Takes the first unit out. Nothing is kept for an empty stream: most of a million are.
    pub(crate) fn take_first(&mut self) -> Option<Unit> {
        let unit = self.units.pop_front();
        if self.units.is_empty() {
            self.units = VecDeque::new();
        }
        unit
    }
}

/// Who uses an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody any more.
    None,
    /// A redis-server. The node's name for it is known once it was told.
    Server { pid: Pid, link: Option<LinkId> },
    /// A program: its bytes wait in [`Conn::inbox`].
    Program { pid: Pid },
}

#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) host: HostId,
    pub(crate) addr: SocketAddr,
    pub(crate) owner: Owner,
}

/// What a program sees of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnState {
    /// The other host was asked.
    Connecting,
    /// Bytes can be sent and received.
    Open,
    /// There will be no link, and why.
    Failed(DialError),
    /// The other end closed it; what it sent before may still be read.
    Closed,
    /// The other end was gone ("Connection reset by peer").
    Reset,
}

#[derive(Clone, Debug)]
pub(crate) struct Conn {
    pub(crate) kind: LinkKind,
    pub(crate) ends: [End; 2],
    pub(crate) streams: [Stream; 2],
    pub(crate) state: ConnState,
    /// Which listener took it.
    pub(crate) listener: Listener,
    /// What a program has not read yet.
    pub(crate) inbox: Vec<u8>,
    /// The program does not read.
    pub(crate) idle: bool,
    /// Bytes that came while it did not.
    pub(crate) left: usize,
    /// Opening packets that got no answer.
    pub(crate) syns: u8,
}

impl Conn {
    pub(crate) fn stream(&mut self, dir: Dir) -> &mut Stream {
        &mut self.streams[dir.sender()]
    }
}

/// A unit on its way, for drawing and for [`crate::World::hold`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Its name.
    pub id: UnitId,
    /// The link it travels on.
    pub conn: ConnId,
    /// What the link is for.
    pub kind: LinkKind,
    /// The sender's host.
    pub from_host: HostId,
    /// The receiver's host.
    pub to_host: HostId,
    /// The sender's address on this link.
    pub from: SocketAddr,
    /// The receiver's address on this link.
    pub to: SocketAddr,
    /// The sender's process, while it lives.
    pub from_pid: Option<Pid>,
    /// The receiver's process, while it lives.
    pub to_pid: Option<Pid>,
    /// When it was sent.
    pub sent: Mono,
    /// When it will arrive, if nothing changes.
    pub due: Mono,
    /// How often it was lost on the way so far.
    pub lost: u8,
    /// Whether it is held back.
    pub held: bool,
    /// Its bytes.
    pub bytes: Bytes,
}

impl InFlight {
    /// How far it is at `now`: 0.0 at the sender, 1.0 at the receiver.
    #[must_use]
    pub fn progress(&self, now: Mono) -> f64 {
        let whole = self.due.as_micros().saturating_sub(self.sent.as_micros());
        let done = now.as_micros().saturating_sub(self.sent.as_micros());
        if whole == 0 { 1.0 } else { (done as f64 / whole as f64).clamp(0.0, 1.0) }
    }
}
