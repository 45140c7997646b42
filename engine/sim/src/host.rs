//! A simulated machine: its name and addresses, its clock, its disk, its processes.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use engine_node::Listener;

use crate::fs::Fs;
use crate::process::{Pid, Process};

/// Names a host of a world: its place in the list handed to [`crate::World::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub usize);

/// What a host is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// Its name, as in the prompt.
    pub name: String,
    /// Its address beside 127.0.0.1.
    pub ip: IpAddr,
    /// How far its wall clock is from true time, in milliseconds.
    pub skew_ms: i64,
}

impl HostSpec {
    /// A host with a right clock.
    #[must_use]
    pub fn new(name: impl Into<String>, ip: IpAddr) -> Self {
        Self { name: name.into(), ip, skew_ms: 0 }
    }

    /// The three hosts of the first seed: db01, db02 and db03.
    #[must_use]
    pub fn seed_hosts() -> Vec<Self> {
        [("db01", 5), ("db02", 1), ("db03", 2)]
            .map(|(name, last)| Self::new(name, Ipv4Addr::new(192, 168, 40, last).into()))
            .to_vec()
    }
}

/// One open listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Which address; an unspecified one means all.
    pub ip: IpAddr,
    /// Which port.
    pub port: u16,
    /// Whose.
    pub pid: Pid,
    /// What the node calls it.
    pub listener: Listener,
}

/// A host as it is now.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its address beside 127.0.0.1.
    pub ip: IpAddr,
    /// How far its wall clock is from true time, in milliseconds.
    pub skew_ms: i64,
    /// Whether it has power.
    pub up: bool,
    /// Its files.
    pub fs: Fs,
    /// How much longer than usual a write with fsync takes, in microseconds.
    pub disk_delay_us: u64,
    /// Whether its disk has a cache with a battery: a write with fsync takes no time of its own.
    pub disk_cache: bool,
    pub(crate) processes: BTreeMap<Pid, Process>,
    pub(crate) listening: Vec<Listening>,
    pub(crate) next_pid: u32,
    pub(crate) next_port: u16,
}

impl Host {
    pub(crate) fn new(spec: &HostSpec, first_pid: u32) -> Self {
        Self {
            name: spec.name.clone(),
            ip: spec.ip,
            skew_ms: spec.skew_ms,
            up: true,
            fs: Fs::with_system_folders(),
            disk_delay_us: 0,
            disk_cache: false,
            processes: BTreeMap::new(),
            listening: Vec::new(),
            next_pid: first_pid,
            next_port: 40_000,
        }
    }

    /// The processes in order of their ids.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.processes.values()
    }

    /// The process with that id.
    #[must_use]
    pub fn process(&self, pid: Pid) -> Option<&Process> {
        self.processes.get(&pid)
    }

    /// The listening sockets.
    #[must_use]
    pub fn listening(&self) -> &[Listening] {
        &self.listening
    }

    /// Whether `ip` is this host's.
    #[must_use]
    pub fn has_ip(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || ip == self.ip
    }

    pub(crate) fn listener_at(&self, ip: IpAddr, port: u16) -> Option<Listening> {
        self.listening
            .iter()
            .find(|l| l.port == port && (l.ip.is_unspecified() || l.ip == ip))
            .copied()
    }

    pub(crate) fn fresh_pid(&mut self) -> Pid {
        let pid = self.next_pid;
        self.next_pid = if pid >= 4_194_000 { 300 } else { pid + 1 };
        if self.processes.contains_key(&Pid(pid)) { self.fresh_pid() } else { Pid(pid) }
    }

    /// An ephemeral port, from the range that Linux uses.
    pub(crate) fn fresh_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = if port >= 60_998 { 32_768 } else { port + 2 };
        port
    }
}
