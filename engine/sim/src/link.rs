//! How units travel: latency, order within a link, loss, cuts, held packets.

mod open;

use bytes::Bytes;
use engine_base::Mono;

use crate::host::HostId;
use crate::net::{
    Conn, ConnId, ConnState, Dir, End, InFlight, LinkKind, Owner, Unit, UnitId, UnitKind,
};
use crate::queue::{Due, ServerInput};
use crate::trace::Packet;
use crate::world::World;

/// How long TCP waits before it sends a lost packet again for the first time (Linux, 200 ms); it
/// doubles with each further loss.
const FIRST_RETRY_MS: u64 = 200;
/// The longest such wait.
const LAST_RETRY_MS: u64 = 120_000;
/// After so many tries a link is given up (`tcp_retries2`).
const MOST_TRIES: u8 = 15;
/// A gigabit a second.
const BYTES_PER_MICROSECOND: u64 = 125;

impl World {
    fn travel_time(&mut self, from: HostId, to: HostId, len: usize) -> core::time::Duration {
        let quality = self.faults.quality(from, to);
        let jitter = if quality.jitter_us == 0 { 0 } else { self.net_rng.below(quality.jitter_us) };
        let wire = if from == to { 0 } else { len as u64 / BYTES_PER_MICROSECOND };
        core::time::Duration::from_micros(quality.latency_us + jitter + wire)
    }

    /// Whether a packet sent now does not get through.
    fn is_lost(&mut self, from: HostId, to: HostId) -> bool {
        if self.faults.is_cut(from, to) || !self.hosts[to.0].up || !self.hosts[from.0].up {
            return true;
        }
        let loss = self.faults.quality(from, to).loss;
        loss > 0.0 && self.net_rng.chance(loss)
    }

    /// Sends a unit on its way.
    pub(crate) fn transmit(&mut self, id: ConnId, dir: Dir, kind: UnitKind, bytes: Bytes) {
        let Some(conn) = self.conns.get(&id) else { return };
        let (from, to) = (conn.ends[dir.sender()].host(), conn.ends[dir.receiver()].host());
        let packet = conn.kind == LinkKind::Bus && kind == UnitKind::Data;
        let due = self.now + self.travel_time(from, to, bytes.len());
        let unit_id = self.fresh_unit();
        let now = self.now;
        if packet {
            self.trace.sent_on_bus(now, from, &bytes);
        }
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let flow = conn.stream(dir).flowing();
        let due = due.max(flow.last_due);
        flow.last_due = due;
        let first = flow.units.is_empty();
        flow.units.push_back(Unit {
            id: unit_id,
            kind,
            bytes,
            sent: now,
            due,
            tries: 0,
            held: false,
            freed: false,
        });
        if first {
            self.queue.push(due, Due::Deliver(id, dir));
        }
    }

    /// The first unit of a direction arrives, or should.
    pub(crate) fn deliver(&mut self, id: ConnId, dir: Dir) {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let (from, to) = (conn.ends[dir.sender()].host(), conn.ends[dir.receiver()].host());
        let Some(head) = conn.stream(dir).head() else { return };
        if head.held || head.due > now {
            return;
        }
        // A host without power sends nothing again.
        if !self.hosts[from.0].up {
            return;
        }
        if self.is_lost(from, to) {
            self.retry(id, dir);
            return;
        }
        if self.holds_back(id, dir) {
            return;
        }
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let stream = conn.stream(dir);
        let Some(unit) = stream.take_first(now) else { return };
        if let Some(next) = stream.head() {
            self.queue.push(next.due.max(now), Due::Deliver(id, dir));
        }
        self.arrive(id, dir, unit);
    }

    /// TCP tries again later, ever more slowly, and gives up in the end.
    fn retry(&mut self, id: ConnId, dir: Dir) {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let Some(flow) = conn.stream(dir).flow_mut() else { return };
        let Some(head) = flow.units.front_mut() else { return };
        head.tries += 1;
        if head.tries > MOST_TRIES {
            flow.units.clear();
            self.reset_end(id, dir.sender());
            return;
        }
        let wait = FIRST_RETRY_MS.checked_shl(u32::from(head.tries) - 1).unwrap_or(LAST_RETRY_MS);
        head.due = now.plus_ms(wait.min(LAST_RETRY_MS));
        let due = head.due;
        flow.last_due = flow.last_due.max(due);
        self.queue.push(due, Due::Deliver(id, dir));
    }

    /// Whether a hold keeps the first unit. A bus packet steps aside, so that the next can pass
    /// it; a byte stream waits behind its unit.
    fn holds_back(&mut self, id: ConnId, dir: Dir) -> bool {
        if self.faults.holds.is_empty() {
            return false;
        }
        let Some(view) = self.view_head(id, dir) else { return false };
        if !self.faults.holds.iter().any(|hold| hold.fits(&view)) {
            return false;
        }
        let now = self.now;
        let Some(conn) = self.conns.get_mut(&id) else { return false };
        let aside = conn.kind == LinkKind::Bus;
        let Some(flow) = conn.stream(dir).flow_mut() else { return false };
        let Some(head) = flow.units.front_mut() else { return false };
        // Only data is held: handshakes and closings are the kernel's.
        if head.kind != UnitKind::Data || head.freed {
            return false;
        }
        head.held = true;
        if aside && let Some(unit) = flow.units.pop_front() {
            if let Some(next) = flow.units.front() {
                self.queue.push(next.due.max(now), Due::Deliver(id, dir));
            }
            self.held.push((id, dir, unit));
        }
        true
    }

    /// Lets a held unit go: it arrives next.
    pub(crate) fn let_go(&mut self, which: impl Fn(UnitId) -> bool) {
        let now = self.now;
        let (go, stay) = std::mem::take(&mut self.held).into_iter().partition(|h| which(h.2.id));
        self.held = stay;
        let mut woken = Vec::new();
        let go: Vec<(ConnId, Dir, Unit)> = go;
        // The oldest must end up in front.
        for (id, dir, mut unit) in go.into_iter().rev() {
            if let Some(conn) = self.conns.get_mut(&id) {
                free(&mut unit, now);
                conn.stream(dir).flowing().units.push_front(unit);
                woken.push((id, dir));
            }
        }
        for (id, conn) in self.conns.iter_mut() {
            for dir in [Dir::Out, Dir::Back] {
                if let Some(head) = conn.stream(dir).head_mut()
                    && head.held
                    && which(head.id)
                {
                    free(head, now);
                    woken.push((id, dir));
                }
            }
        }
        for (id, dir) in woken {
            self.queue.push(now, Due::Deliver(id, dir));
        }
    }

    fn arrive(&mut self, id: ConnId, dir: Dir, unit: Unit) {
        let Some(conn) = self.conns.get(&id) else { return };
        let (from, to) = (&conn.ends[dir.sender()], &conn.ends[dir.receiver()]);
        let (owner, host) = (to.owner, to.host());
        if unit.kind == UnitKind::Data {
            self.trace.arrived(Packet {
                id: unit.id,
                conn: id,
                kind: conn.kind,
                from: (from.host(), from.addr()),
                to: (to.host(), to.addr()),
                sent: unit.sent,
                arrived: self.now,
                bytes: unit.bytes.clone(),
            });
        }
        match owner {
            Owner::None => match unit.kind {
                UnitKind::Data | UnitKind::Open => {
                    self.transmit(id, dir.other(), UnitKind::Rst, Bytes::new());
                }
                UnitKind::Fin | UnitKind::Rst => self.forget_if_dead(id),
            },
            Owner::Program { .. } => self.arrive_at_program(id, dir, unit),
            Owner::Server { pid, .. } => {
                let input = match unit.kind {
                    UnitKind::Open => ServerInput::Accept(id),
                    UnitKind::Data => ServerInput::Bytes(id, dir.receiver(), unit.bytes),
                    UnitKind::Fin | UnitKind::Rst => ServerInput::Closed(id, dir.receiver()),
                };
                if matches!(unit.kind, UnitKind::Fin | UnitKind::Rst)
                    && let Some(conn) = self.conns.get_mut(&id)
                {
                    conn.ends[dir.receiver()].owner = Owner::None;
                    conn.ends[dir.sender()].owner = Owner::None;
                }
                self.tell_server(host, pid, input);
                self.forget_if_dead(id);
            }
        }
    }

    fn arrive_at_program(&mut self, id: ConnId, dir: Dir, unit: Unit) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        match unit.kind {
            UnitKind::Open => {}
            UnitKind::Data => {
                let unread = conn.unread();
                unread.inbox.extend_from_slice(&unit.bytes);
                if unread.idle {
                    unread.left += unit.bytes.len();
                } else {
                    self.has_read(id, dir, unit.bytes.len());
                }
            }
            UnitKind::Fin => conn.state = ConnState::Closed,
            UnitKind::Rst => conn.state = ConnState::Reset,
        }
    }

    /// An end learns that its link is dead.
    pub(crate) fn reset_end(&mut self, id: ConnId, end: usize) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let (owner, host) = (conn.ends[end].owner, conn.ends[end].host());
        conn.state = ConnState::Reset;
        if let Owner::Server { pid, .. } = owner {
            conn.ends[end].owner = Owner::None;
            self.tell_server(host, pid, ServerInput::Closed(id, end));
        }
        self.forget_if_dead(id);
    }

    /// An end closes: what was sent goes out, then the other end is told.
    pub(crate) fn close_end(&mut self, id: ConnId, end: usize, kind: UnitKind) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.ends[end].owner = Owner::None;
        let opening = matches!(conn.state, ConnState::Connecting);
        if !opening {
            self.transmit(id, Dir::of_sender(end), kind, Bytes::new());
        }
        self.forget_if_dead(id);
    }

    /// Forgets a link that nobody uses and on which nothing is under way any more.
    fn forget_if_dead(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get(&id) else { return };
        let unused = conn.ends.iter().all(|e| e.owner == Owner::None);
        let opening = matches!(conn.state, ConnState::Connecting);
        if unused && !opening {
            self.conns.remove(&id);
            self.held.retain(|h| h.0 != id);
        }
    }

    fn view_head(&self, id: ConnId, dir: Dir) -> Option<InFlight> {
        let conn = self.conns.get(&id)?;
        conn.streams[dir.sender()].head().map(|unit| view(id, conn, dir, unit))
    }

    /// All data on its way, in the order of its links; held bus packets last.
    #[must_use]
    pub fn in_flight(&self) -> Vec<InFlight> {
        let mut all = Vec::new();
        for (id, conn) in self.conns.iter() {
            for dir in [Dir::Out, Dir::Back] {
                for unit in conn.streams[dir.sender()].units() {
                    if unit.kind == UnitKind::Data {
                        all.push(view(id, conn, dir, unit));
                    }
                }
            }
        }
        for (id, dir, unit) in &self.held {
            if let Some(conn) = self.conns.get(id) {
                all.push(view(*id, conn, *dir, unit));
            }
        }
        all
    }
}

/// A unit that was let go is not held again, and arrives now.
fn free(unit: &mut Unit, now: Mono) {
    unit.held = false;
    unit.freed = true;
    unit.due = now;
}

fn view(id: ConnId, conn: &Conn, dir: Dir, unit: &Unit) -> InFlight {
    let (from, to) = (&conn.ends[dir.sender()], &conn.ends[dir.receiver()]);
    let pid = |end: &End| match end.owner {
        Owner::None => None,
        Owner::Server { pid, .. } | Owner::Program { pid } => Some(pid),
    };
    InFlight {
        id: unit.id,
        conn: id,
        kind: conn.kind,
        from_host: from.host(),
        to_host: to.host(),
        from: from.addr(),
        to: to.addr(),
        from_pid: pid(from),
        to_pid: pid(to),
        sent: unit.sent,
        due: unit.due,
        lost: unit.tries,
        held: unit.held,
        bytes: unit.bytes.clone(),
    }
}
