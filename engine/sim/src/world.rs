//! The world: hosts, links between them, one virtual clock, one seed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use engine_base::{Mono, Now, Rng, Seed, UnixMs};

use crate::conn_table::ConnTable;
use crate::fault::Faults;
use crate::host::{Host, HostId, HostSpec};
use crate::input::{Input, InputKind};
use crate::net::{ConnId, UnitId};
use crate::process::{ExitStatus, Pid, Process, Spawn};
use crate::queue::{Due, Queue};
use crate::trace::{Entry, Trace, What, Who};

/// 2026-06-01 09:00:00 UTC: when a world begins.
const START: UnixMs = UnixMs(1_780_304_400_000);

/// A deterministic world. The same seed and the same inputs give the same bytes on every
/// platform; a clone goes on exactly as the original would.
#[derive(Clone)]
pub struct World {
    pub(crate) seed: Seed,
    pub(crate) specs: Vec<HostSpec>,
    pub(crate) now: Mono,
    pub(crate) start: UnixMs,
    pub(crate) steps: u64,
    pub(crate) hosts: Vec<Host>,
    pub(crate) queue: Queue,
    pub(crate) conns: ConnTable,
    pub(crate) next_conn: u64,
    pub(crate) next_unit: u64,
    pub(crate) faults: Faults,
    pub(crate) held: Vec<(ConnId, crate::net::Dir, crate::net::Unit)>,
    pub(crate) trace: Trace,
    pub(crate) inputs: Vec<Arc<Input>>,
    pub(crate) exits: BTreeMap<(HostId, Pid), ExitStatus>,
    /// What servers printed to their terminals before they ended.
    pub(crate) last_words: BTreeMap<(HostId, Pid), Vec<u8>>,
    /// Latency and loss.
    pub(crate) net_rng: Rng,
    /// The seeds of processes.
    pub(crate) birth_rng: Rng,
    /// Links that were planted and are not accepted yet.
    pub(crate) warming: Option<Box<crate::warm::Warming>>,
    /// What every redis-server is started with, whatever its own configuration says.
    pub(crate) imposed: Vec<(String, String)>,
}

impl World {
    /// A world of these hosts at the beginning of its time, without any redis-server.
    #[must_use]
    pub fn new(seed: Seed, specs: &[HostSpec]) -> Self {
        let mut root = Rng::new(seed);
        let mut pid_rng = root.fork("pids");
        let mut start_rng = root.fork("start");
        let hosts =
            specs.iter().map(|spec| Host::new(spec, 1800 + pid_rng.below(1700) as u32)).collect();
        let mut world = Self {
            seed,
            specs: specs.to_vec(),
            now: Mono::ZERO,
            start: UnixMs(START.0 + start_rng.below(1000) as i64),
            steps: 0,
            hosts,
            queue: Queue::default(),
            conns: ConnTable::default(),
            next_conn: 1,
            next_unit: 1,
            faults: Faults::default(),
            held: Vec::new(),
            trace: Trace::default(),
            inputs: Vec::new(),
            exits: BTreeMap::new(),
            last_words: BTreeMap::new(),
            net_rng: root.fork("net"),
            birth_rng: root.fork("births"),
            warming: None,
            imposed: Vec::new(),
        };
        for host in 0..specs.len() {
            world.start_system(HostId(host));
        }
        world
    }

    /// The seed it was made from.
    #[must_use]
    pub const fn seed(&self) -> Seed {
        self.seed
    }

    /// The world's clock: microseconds since its beginning.
    #[must_use]
    pub const fn now(&self) -> Mono {
        self.now
    }

    /// The wall clock of a host.
    #[must_use]
    pub fn unix(&self, host: HostId) -> UnixMs {
        let skew = self.hosts.get(host.0).map_or(0, |h| h.skew_ms);
        UnixMs(self.start.0.saturating_add(self.now.as_millis() as i64).saturating_add(skew))
    }

    /// Both clocks of a host.
    #[must_use]
    pub fn now_at(&self, host: HostId) -> Now {
        Now { mono: self.now, unix: self.unix(host) }
    }

    /// How many steps were made.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// All hosts, in the order in which they were given.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// One host; `None` when there is none of that number.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(id.0)
    }

    /// The host with that name or address.
    #[must_use]
    pub fn find_host(&self, name: &str) -> Option<HostId> {
        let ip = name.parse::<IpAddr>().ok();
        self.hosts.iter().position(|h| h.name == name || ip == Some(h.ip)).map(HostId)
    }

    /// A process of a host.
    #[must_use]
    pub fn process(&self, host: HostId, pid: Pid) -> Option<&Process> {
        self.host(host)?.process(pid)
    }

    /// All server processes: host and process.
    pub fn servers(&self) -> impl Iterator<Item = (HostId, &Process)> {
        self.hosts.iter().enumerate().flat_map(|(i, host)| {
            host.processes().filter(|p| p.server.is_some()).map(move |p| (HostId(i), p))
        })
    }

    /// What the world remembers.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Keeps the last `limit` packets for inspection (none by default).
    pub fn remember_packets(&mut self, limit: usize) {
        self.trace.limit_packets(limit);
    }

    /// Keeps every packet of these types when it is put on the bus, until
    /// [`World::take_bus_sends`]: a bit a type.
    pub fn watch_bus(&mut self, types: u16) {
        self.trace.bus_watch = types;
    }

    /// What [`World::watch_bus`] has kept since the last call, in the order of sending.
    pub fn take_bus_sends(&mut self) -> Vec<crate::BusSend> {
        std::mem::take(&mut self.trace.bus_seen)
    }

    /// When the next thing happens, if nothing is put in before.
    #[must_use]
    pub fn next_due(&self) -> Option<Mono> {
        self.queue.peek()
    }

    /// Lets the next thing happen; `false` when nothing is due ever.
    pub fn step(&mut self) -> bool {
        let Some((at, due)) = self.queue.pop() else { return false };
        self.now = self.now.max(at);
        self.steps += 1;
        match due {
            Due::Deliver(conn, dir) => self.deliver(conn, dir),
            Due::Syn(conn) => self.syn(conn),
            Due::SynAck(conn) => self.syn_ack(conn),
            Due::NoLink(conn, why) => self.no_link(conn, why.into()),
            Due::Timer(host, pid) => self.timer(host, pid, at),
            Due::DiskDone(host, pid, token) => self.disk_done(host, pid, token),
            Due::Room(conn, dir) => self.room_again(conn, dir),
            Due::Alarm => {}
        }
        true
    }

    /// Lets happen all that is due until `until`, which is then the time.
    pub fn run_until(&mut self, until: Mono) {
        while self.queue.peek().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// [`World::run_until`] so many milliseconds from now.
    pub fn run_ms(&mut self, ms: u64) {
        self.run_until(self.now.plus_ms(ms));
    }

    /// Makes sure that a step happens at `at`, so that a program that sleeps can be woken.
    pub fn alarm(&mut self, at: Mono) {
        self.record(InputKind::Alarm { at });
        self.queue.push(at, Due::Alarm);
    }

    /// Starts an ordinary process: an entry in the process table whose work its maker does.
    pub fn spawn(&mut self, host: HostId, spawn: Spawn) -> Option<Pid> {
        self.record(InputKind::Spawn { host, spawn: spawn.clone() });
        self.spawn_entry(host, spawn)
    }

    pub(crate) fn spawn_entry(&mut self, id: HostId, spawn: Spawn) -> Option<Pid> {
        let now = self.now;
        let host = self.hosts.get_mut(id.0)?;
        if !host.up {
            return None;
        }
        let pid = host.fresh_pid();
        host.processes.insert(pid, entry(pid, spawn, now));
        Some(pid)
    }

    /// The processes that a host has from its start.
    pub(crate) fn start_system(&mut self, id: HostId) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(id.0) else { return };
        let system = [
            (1, 0, "/usr/lib/systemd/systemd --switched-root --system --deserialize 22"),
            (2, 0, "[kthreadd]"),
            (561, 1, "/usr/lib/systemd/systemd-journald"),
            (1012, 1, "/usr/sbin/crond -n"),
            (1204, 1, "/usr/sbin/sshd -D"),
        ];
        for (pid, ppid, title) in system {
            let spawn = Spawn {
                ppid: Pid(ppid),
                user: "root".to_owned(),
                tty: None,
                title: title.to_owned(),
            };
            host.processes.insert(Pid(pid), entry(Pid(pid), spawn, now));
        }
    }

    pub(crate) fn tell(&mut self, host: HostId, who: Who, what: What) {
        let entry = Entry { at: self.now, host, who, what };
        self.trace.entries.push(Arc::new(entry));
    }

    pub(crate) fn fresh_unit(&mut self) -> UnitId {
        let id = UnitId(self.next_unit);
        self.next_unit += 1;
        id
    }
}

fn entry(pid: Pid, spawn: Spawn, now: Mono) -> Process {
    Process {
        pid,
        ppid: spawn.ppid,
        user: spawn.user,
        started: now,
        tty: spawn.tty,
        title: spawn.title,
        stopped: false,
        server: None,
    }
}
