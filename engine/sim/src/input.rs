//! What was put into a world from outside, so that a run can be replayed from its seed.

use std::net::SocketAddr;
use std::sync::Arc;

use engine_base::Mono;

use crate::control::FaultOp;
use crate::files::FsOp;
use crate::host::HostId;
use crate::net::ConnId;
use crate::process::{Pid, Signal, Spawn};
use crate::server::ServerSpec;
use crate::world::World;

/// One input and its place in the run.
#[derive(Clone, Debug)]
pub struct Input {
    /// After how many steps of the world.
    pub step: u64,
    /// At what time.
    pub at: Mono,
    /// What.
    pub kind: InputKind,
}

/// What was put in: one variant for each method of [`World`] that changes its course.
#[derive(Clone, Debug)]
pub enum InputKind {
    /// [`World::connect`]
    Connect {
        /// From which host.
        host: HostId,
        /// By which process.
        pid: Pid,
        /// To where.
        to: SocketAddr,
    },
    /// [`World::send`]
    Send {
        /// On which link.
        conn: ConnId,
        /// What.
        bytes: bytes::Bytes,
    },
    /// [`World::close`]
    Close {
        /// Which link.
        conn: ConnId,
    },
    /// [`World::spawn`]
    Spawn {
        /// Where.
        host: HostId,
        /// What.
        spawn: Spawn,
    },
    /// [`World::exit`]
    Exit {
        /// Where.
        host: HostId,
        /// Who.
        pid: Pid,
        /// With what code.
        code: i32,
    },
    /// [`World::kill`]
    Kill {
        /// Where.
        host: HostId,
        /// Whom.
        pid: Pid,
        /// With what.
        signal: Signal,
    },
    /// [`World::start_server`]
    StartServer {
        /// Where.
        host: HostId,
        /// What.
        spec: Box<ServerSpec>,
    },
    /// [`World::fs`]
    Fs {
        /// Where.
        host: HostId,
        /// What.
        op: FsOp,
    },
    /// [`World::set_reading`].
    Reading {
        /// Which connection.
        conn: ConnId,
        /// Whether it is read.
        reading: bool,
    },
    /// [`World::alarm`]
    Alarm {
        /// When.
        at: Mono,
    },
    /// [`World::warm_links`]
    WarmLinks {
        /// Where.
        host: HostId,
        /// Whose.
        pid: Pid,
    },
    /// [`World::warm_accepts`]
    WarmAccepts {
        /// Where.
        host: HostId,
        /// Whose.
        pid: Pid,
    },
    /// [`World::fault`]
    Fault(FaultOp),
}

impl World {
    pub(crate) fn record(&mut self, kind: InputKind) {
        self.inputs.push(Arc::new(Input { step: self.steps, at: self.now, kind }));
    }

    /// All that was put in so far, oldest first.
    #[must_use]
    pub fn inputs(&self) -> &[Arc<Input>] {
        &self.inputs
    }

    /// A new world from the same seed and hosts, given the same inputs, run to the same time.
    #[must_use]
    pub fn replay(&self) -> Self {
        let mut world = Self::new(self.seed, &self.specs);
        for input in &self.inputs {
            while world.steps < input.step && world.step() {}
            world.now = world.now.max(input.at);
            world.put_in(&input.kind);
        }
        while world.steps < self.steps && world.step() {}
        world.now = world.now.max(self.now);
        world
    }

    /// Does what an input says, through the method that recorded it.
    pub fn put_in(&mut self, kind: &InputKind) {
        match kind.clone() {
            InputKind::Connect { host, pid, to } => {
                self.connect(host, pid, to);
            }
            InputKind::Send { conn, bytes } => {
                self.send(conn, &bytes);
            }
            InputKind::Close { conn } => self.close(conn),
            InputKind::Spawn { host, spawn } => {
                self.spawn(host, spawn);
            }
            InputKind::Exit { host, pid, code } => self.exit(host, pid, code),
            InputKind::Kill { host, pid, signal } => {
                let _ = self.kill(host, pid, signal);
            }
            InputKind::StartServer { host, spec } => {
                self.start_server(host, *spec);
            }
            InputKind::Fs { host, op } => {
                let _ = self.fs(host, op);
            }
            InputKind::Alarm { at } => self.alarm(at),
            InputKind::Reading { conn, reading } => self.set_reading(conn, reading),
            InputKind::WarmLinks { host, pid } => self.warm_links(host, pid),
            InputKind::WarmAccepts { host, pid } => self.warm_accepts(host, pid),
            InputKind::Fault(op) => self.fault(op),
        }
    }
}
