//! Links between processes: TCP as the processes see it. A unit is what was written at once: on a
//! bus link exactly one packet.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use engine_base::{LinkName, Mono};
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

/// One direction of a link. Nothing is kept of one that is at rest: most of a million are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream(Option<Box<Flow>>);

/// What is under way in one direction, first sent first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) units: VecDeque<Unit>,
    pub(crate) last_due: Mono,
    /// Bytes that a node sent and the receiver has not read.
    pub(crate) unread: usize,
    /// The sender waits for the receiver to read.
    pub(crate) wanted: bool,
}

impl Stream {
    /// What is under way, if anything is.
    pub(crate) fn flow(&self) -> Option<&Flow> {
        self.0.as_deref()
    }

    /// The same, to be changed.
    pub(crate) fn flow_mut(&mut self) -> Option<&mut Flow> {
        self.0.as_deref_mut()
    }

    /// The same; there is something from now on.
    pub(crate) fn flowing(&mut self) -> &mut Flow {
        self.0.get_or_insert_default()
    }

    /// The unit that arrives first.
    pub(crate) fn head(&self) -> Option<&Unit> {
        self.flow()?.units.front()
    }

    /// The same, to be changed.
    pub(crate) fn head_mut(&mut self) -> Option<&mut Unit> {
        self.flow_mut()?.units.front_mut()
    }

    /// All units, first sent first.
    pub(crate) fn units(&self) -> impl Iterator<Item = &Unit> {
        self.flow().into_iter().flat_map(|flow| &flow.units)
    }

    /// All units are lost.
    pub(crate) fn clear(&mut self) {
        if let Some(flow) = self.flow_mut() {
            flow.units.clear();
        }
    }

    /// Takes the first unit out.
    pub(crate) fn take_first(&mut self, now: Mono) -> Option<Unit> {
        let unit = self.flow_mut()?.units.pop_front();
        self.rest(now);
        unit
    }

    /// Forgets what a stream at rest does not need. When its last unit was due is of no matter once it
    /// is past.
    pub(crate) fn rest(&mut self, now: Mono) {
        let rests =
            |f: &Flow| f.units.is_empty() && f.unread == 0 && !f.wanted && f.last_due <= now;
        if self.flow().is_some_and(rests) {
            self.0 = None;
        }
    }
}

/// Who uses an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody any more.
    None,
    /// A redis-server. The node's name for it is known once it was told.
    Server { pid: Pid, link: Option<LinkName> },
    /// A program: its bytes wait in [`Conn::program`].
    Program { pid: Pid },
}

/// One end of a link, packed: a large world has two million of them.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) owner: Owner,
    host: u32,
    ip: IpAddr,
    port: u16,
}

impl End {
    pub(crate) fn new(host: HostId, addr: SocketAddr, owner: Owner) -> Self {
        Self { owner, host: host.0 as u32, ip: addr.ip(), port: addr.port() }
    }

    pub(crate) const fn host(&self) -> HostId {
        HostId(self.host as usize)
    }

    pub(crate) const fn addr(&self) -> SocketAddr {
        SocketAddr::new(self.ip, self.port)
    }
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
    /// Opening packets that got no answer.
    pub(crate) syns: u8,
    /// What a program that has it leaves unread.
    pub(crate) program: Option<Box<Unread>>,
}

/// What a program has not read of its link.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread {
    pub(crate) inbox: Vec<u8>,
    /// The program does not read.
    pub(crate) idle: bool,
    /// Bytes that came while it did not.
    pub(crate) left: usize,
}

/// A world of a thousand nodes has a million.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Option<Conn>>() <= 112);

impl Conn {
    pub(crate) fn stream(&mut self, dir: Dir) -> &mut Stream {
        &mut self.streams[dir.sender()]
    }

    /// What a program leaves unread; there is a place for it from now on.
    pub(crate) fn unread(&mut self) -> &mut Unread {
        self.program.get_or_insert_default()
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
