//! What is done to processes, hosts and the network by hand.

use engine_base::Mono;

use crate::fault::{Hold, Quality};
use crate::host::HostId;
use crate::input::InputKind;
use crate::net::{ConnId, ConnState, Owner, UnitId, UnitKind};
use crate::process::{ExitStatus, NoSuchProcess, Pid, Signal};
use crate::queue::ServerInput;
use crate::trace::{What, Who};
use crate::world::World;

/// Something done to hosts or to the network between them.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultOp {
    /// Nothing gets from the first host to the second any more.
    Cut(HostId, HostId),
    /// The way from the first host to the second is whole again.
    Heal(HostId, HostId),
    /// All cuts are mended.
    HealAll,
    /// How the way from the first host to the second is; `None` for as usual.
    Quality(HostId, HostId, Option<Quality>),
    /// Units that fit are held back from now on, those under way included.
    Hold(Hold),
    /// Nothing more is held back; what is held stays so until it is released.
    HoldNoMore,
    /// A held unit goes on, whatever holds there are.
    Release(UnitId),
    /// There are no holds any more, and all that was held goes on.
    ReleaseAll,
    /// The power goes: processes are gone without a word, unsynced bytes are lost.
    PowerOff(HostId),
    /// The host starts again, without any redis-server.
    PowerOn(HostId),
    /// The wall clock of a host is so many milliseconds wrong.
    Skew(HostId, i64),
    /// So many bytes fit on a host's disk.
    DiskCapacity(HostId, u64),
    /// A write with fsync takes so many microseconds on a host's disk; 0 for as usual.
    DiskDelay(HostId, u64),
    /// Whether a host's disk has a cache with a battery: a write with fsync then takes no time.
    DiskCache(HostId, bool),
    /// All links between other hosts and this one are reset, at both ends.
    Reset(HostId),
    /// A file of a host breaks: only so many first bytes of it are left, in memory and on disk.
    Tear(HostId, String, usize),
    /// The host gets a new, empty disk. It must be without power.
    Wipe(HostId),
}

impl World {
    /// Does something to hosts or to the network between them.
    pub fn fault(&mut self, op: FaultOp) {
        self.record(InputKind::Fault(op.clone()));
        let all_there = op.hosts().iter().all(|h| h.0 < self.hosts.len());
        if !all_there {
            return;
        }
        let host = op.hosts().first().copied().unwrap_or(HostId(0));
        let words = self.words(&op);
        match op {
            FaultOp::Cut(a, b) => {
                self.faults.cuts.insert((a, b));
            }
            FaultOp::Heal(a, b) => {
                self.faults.cuts.remove(&(a, b));
            }
            FaultOp::HealAll => self.faults.cuts.clear(),
            FaultOp::Quality(a, b, Some(q)) => {
                self.faults.quality.insert((a, b), q);
            }
            FaultOp::Quality(a, b, None) => {
                self.faults.quality.remove(&(a, b));
            }
            FaultOp::Hold(hold) => self.faults.holds.push(hold),
            FaultOp::HoldNoMore => self.faults.holds.clear(),
            FaultOp::Release(unit) => self.let_go(|id| id == unit),
            FaultOp::ReleaseAll => {
                self.faults.holds.clear();
                self.let_go(|_| true);
            }
            FaultOp::PowerOff(h) => self.power_off(h),
            FaultOp::PowerOn(h) => {
                if !self.hosts[h.0].up {
                    self.hosts[h.0].up = true;
                    self.start_system(h);
                }
            }
            FaultOp::Skew(h, ms) => self.hosts[h.0].skew_ms = ms,
            FaultOp::DiskCapacity(h, bytes) => self.hosts[h.0].fs.set_capacity(bytes),
            FaultOp::DiskCache(h, has) => self.hosts[h.0].disk_cache = has,
            FaultOp::DiskDelay(h, us) => self.hosts[h.0].disk_delay_us = us,
            FaultOp::Reset(h) => self.reset_links(h),
            FaultOp::Tear(h, path, left) => self.hosts[h.0].fs.tear(&path, left),
            FaultOp::Wipe(h) => {
                if !self.hosts[h.0].up {
                    self.hosts[h.0].fs = crate::fs::Fs::with_system_folders();
                }
            }
        }
        let who = Who { pid: Pid(0), addr: None };
        self.tell(host, who, What::Fault(words));
    }

    /// Whether nothing gets from one host to another.
    #[must_use]
    pub fn is_cut(&self, from: HostId, to: HostId) -> bool {
        self.faults.is_cut(from, to)
    }

    /// How the way from one host to another is.
    #[must_use]
    pub fn quality(&self, from: HostId, to: HostId) -> Quality {
        self.faults.quality(from, to)
    }

    /// Sends a signal to a process.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn kill(&mut self, host: HostId, pid: Pid, signal: Signal) -> Result<(), NoSuchProcess> {
        self.record(InputKind::Kill { host, pid, signal });
        let h = self.hosts.get_mut(host.0).ok_or(NoSuchProcess)?;
        let process = h.processes.get_mut(&pid).ok_or(NoSuchProcess)?;
        // The kernel does not let its first process die.
        if pid.0 <= 2 {
            return Ok(());
        }
        let addr = process.server.as_ref().map(|s| s.addr);
        match signal {
            Signal::Kill => self.end_process(host, pid, ExitStatus::Signal(signal)),
            Signal::Stop => {
                process.stopped = true;
                if addr.is_some() {
                    self.tell(host, Who { pid, addr }, What::ServerStopped);
                }
            }
            Signal::Cont => {
                process.stopped = false;
                if addr.is_some() {
                    self.tell(host, Who { pid, addr }, What::ServerContinued);
                    self.drive(host, pid);
                }
            }
            Signal::Term | Signal::Int if addr.is_some() => {
                let name = if signal == Signal::Term { "SIGTERM" } else { "SIGINT" };
                self.tell_server(host, pid, ServerInput::Terminate(name));
            }
            // redis-server ignores SIGHUP; an interactive shell ignores SIGTERM.
            Signal::Hup if addr.is_some() => {}
            Signal::Term if process.title == "-bash" => {}
            Signal::Term | Signal::Int | Signal::Hup => {
                self.end_process(host, pid, ExitStatus::Signal(signal));
            }
        }
        Ok(())
    }

    /// An ordinary process ends by itself.
    pub fn exit(&mut self, host: HostId, pid: Pid, code: i32) {
        self.record(InputKind::Exit { host, pid, code });
        if self.process(host, pid).is_some() {
            self.end_process(host, pid, ExitStatus::Code(code));
        }
    }

    /// How a process ended; told once, and only of processes that ended.
    pub fn take_exit(&mut self, host: HostId, pid: Pid) -> Option<ExitStatus> {
        self.exits.remove(&(host, pid))
    }

    /// The kernel cleans up: sockets are closed, the table entry goes.
    pub(crate) fn end_process(&mut self, host: HostId, pid: Pid, status: ExitStatus) {
        let Some(h) = self.hosts.get_mut(host.0) else { return };
        let Some(process) = h.processes.remove(&pid) else { return };
        h.listening.retain(|l| l.pid != pid);
        for child in h.processes.values_mut().filter(|p| p.ppid == pid) {
            child.ppid = Pid(1);
        }
        self.exits.insert((host, pid), status);
        if let Some(server) = &process.server {
            if !server.console.stdout.is_empty() {
                self.last_words.insert((host, pid), server.console.stdout.clone());
            }
            if let (ExitStatus::Code(_), Some(pidfile)) = (status, &server.console.pidfile) {
                let _ = self.hosts[host.0].fs.remove_file(pidfile);
            }
            let who = Who { pid, addr: Some(server.addr) };
            self.tell(host, who, What::ServerEnded(status.code()));
        }
        for (conn, end) in self.ends_of(host, Some(pid)) {
            self.close_end(conn, end, UnitKind::Fin);
        }
    }

    /// The ends of links that a process, or any process of a host, uses.
    fn ends_of(&self, host: HostId, pid: Option<Pid>) -> Vec<(ConnId, usize)> {
        let mut ends = Vec::new();
        for (id, conn) in self.conns.iter() {
            for (i, end) in conn.ends.iter().enumerate() {
                let user = match end.owner {
                    Owner::None => continue,
                    Owner::Server { pid, .. } | Owner::Program { pid } => pid,
                };
                if end.host() == host && pid.is_none_or(|p| p == user) {
                    ends.push((id, i));
                }
            }
        }
        ends
    }

    /// Something between the hosts forgets all connections: whoever speaks on one is refused.
    fn reset_links(&mut self, host: HostId) {
        let through: Vec<ConnId> = self
            .conns
            .iter()
            .filter(|(_, conn)| {
                let [a, b] = &conn.ends;
                conn.state == ConnState::Open
                    && a.host() != b.host()
                    && (a.host() == host || b.host() == host)
            })
            .map(|(id, _)| id)
            .collect();
        for id in through {
            for end in [0, 1] {
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.streams[end].clear();
                }
            }
            for end in [0, 1] {
                self.reset_end(id, end);
            }
        }
    }

    fn power_off(&mut self, host: HostId) {
        if !self.hosts[host.0].up {
            return;
        }
        let now = self.unix(host);
        let h = &mut self.hosts[host.0];
        h.up = false;
        h.listening.clear();
        h.fs.power_loss(now);
        let dead = std::mem::take(&mut h.processes);
        // Nobody says goodbye: the other ends notice by themselves, or never.
        for (id, end) in self.ends_of(host, None) {
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.ends[end].owner = Owner::None;
                conn.streams[end].clear();
                if let Some(flow) = conn.streams[end].flow_mut() {
                    flow.last_due = Mono::ZERO;
                }
                let other = &conn.ends[1 - end];
                if other.owner == Owner::None && conn.state != ConnState::Connecting {
                    self.conns.remove(&id);
                }
            }
        }
        let conns = &self.conns;
        self.held.retain(|(id, ..)| conns.contains_key(id));
        for (pid, process) in dead {
            self.exits.insert((host, pid), ExitStatus::Signal(Signal::Kill));
            if let Some(server) = process.server {
                let who = Who { pid, addr: Some(server.addr) };
                self.tell(host, who, What::ServerEnded(ExitStatus::Signal(Signal::Kill).code()));
            }
        }
    }

    fn words(&self, op: &FaultOp) -> String {
        let name = |h: &HostId| self.hosts.get(h.0).map_or("?", |host| host.name.as_str());
        match op {
            FaultOp::Cut(a, b) => format!("cut {} -> {}", name(a), name(b)),
            FaultOp::Heal(a, b) => format!("heal {} -> {}", name(a), name(b)),
            FaultOp::HealAll => "heal all".to_owned(),
            FaultOp::Quality(a, b, Some(q)) => format!(
                "{} -> {}: {} us + 0..{} us, loss {}",
                name(a),
                name(b),
                q.latency_us,
                q.jitter_us,
                q.loss
            ),
            FaultOp::Quality(a, b, None) => format!("{} -> {}: as usual", name(a), name(b)),
            FaultOp::Hold(_) => "hold packets".to_owned(),
            FaultOp::HoldNoMore => "hold no more packets".to_owned(),
            FaultOp::Release(_) => "release a packet".to_owned(),
            FaultOp::ReleaseAll => "release all packets".to_owned(),
            FaultOp::PowerOff(h) => format!("power off {}", name(h)),
            FaultOp::PowerOn(h) => format!("power on {}", name(h)),
            FaultOp::Skew(h, ms) => format!("clock of {} off by {ms} ms", name(h)),
            FaultOp::DiskCapacity(h, bytes) => format!("disk of {}: {bytes} bytes", name(h)),
            FaultOp::DiskCache(h, true) => format!("disk of {}: with a cache", name(h)),
            FaultOp::DiskCache(h, false) => format!("disk of {}: without a cache", name(h)),
            FaultOp::DiskDelay(h, us) => format!("fsync on {} takes {us} us more", name(h)),
            FaultOp::Reset(h) => format!("all links of {} are reset", name(h)),
            FaultOp::Tear(h, path, left) => format!("{path} of {}: {left} bytes left", name(h)),
            FaultOp::Wipe(h) => format!("new disk for {}", name(h)),
        }
    }
}

impl FaultOp {
    fn hosts(&self) -> Vec<HostId> {
        match self {
            Self::Cut(a, b) | Self::Heal(a, b) | Self::Quality(a, b, _) => vec![*a, *b],
            Self::PowerOff(h)
            | Self::PowerOn(h)
            | Self::Skew(h, _)
            | Self::DiskCapacity(h, _)
            | Self::DiskCache(h, _)
            | Self::DiskDelay(h, _)
            | Self::Reset(h)
            | Self::Tear(h, ..)
            | Self::Wipe(h) => vec![*h],
            Self::HealAll
            | Self::Hold(_)
            | Self::HoldNoMore
            | Self::Release(_)
            | Self::ReleaseAll => Vec::new(),
        }
    }
}
