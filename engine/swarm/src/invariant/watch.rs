//! All rules at once: what is told to which, after every step and at every turn.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use engine_base::{Mono, NodeId, Slot};
use engine_bus::{MessageType, View};
use engine_node::{EventKind, Node, OwnView};
use engine_sim::{BusSend, Entry, HostId, What, World};

use super::acked_writes::{Reading, Window};
use super::fail_by_quorum::Marked;
use super::slots_by_epoch::Moved;
use super::{
    Losses, Violation, acked_writes, ask_only_absent, epochs_grow, fail_by_quorum, fresh_candidate,
    masters_answer, one_owner, one_vote, one_winner, replica_equal, slots_by_epoch, vote_on_disk,
    won_by_majority,
};
use crate::fault::Fault;
use crate::history::{History, Missing, Promotion};
use crate::load::{Load, Request, Written};

/// A manual failover is over after so many milliseconds.
const BY_HAND_MS: u64 = 10_000;
/// Every so many turns one replica's data is compared with its master's.
const COMPARE_EVERY: u64 = 3;

/// What the rules remember.
pub(crate) struct Watch {
    addrs: Vec<SocketAddr>,
    origin: Mono,
    node_timeout_ms: u64,
    faults: Vec<Fault>,
    pub(crate) losses: Losses,
    one_vote: one_vote::OneVote,
    one_winner: one_winner::OneWinner,
    won_by_majority: won_by_majority::WonByMajority,
    fail_by_quorum: fail_by_quorum::FailByQuorum,
    epochs_grow: epochs_grow::EpochsGrow,
    slots_by_epoch: slots_by_epoch::SlotsByEpoch,
    /// Config epochs that nobody voted for.
    unagreed: BTreeSet<u64>,
    /// What each running node said of itself at the last turn.
    own: BTreeMap<usize, OwnView>,
    /// The same a turn earlier.
    before: BTreeMap<usize, OwnView>,
    /// When an operator last asked a node for a failover.
    by_hand: BTreeMap<usize, Mono>,
    /// How much of the history has been looked at.
    seen: usize,
    turns: u64,
}

impl Watch {
    pub(crate) fn new(
        world: &mut World,
        addrs: &[SocketAddr],
        node_timeout_ms: u64,
        faults: &[Fault],
    ) -> Self {
        let type_bit = |kind: MessageType| 1 << kind.number();
        world.watch_bus(type_bit(MessageType::AuthAck) | type_bit(MessageType::AuthRequest));
        Self {
            addrs: addrs.to_vec(),
            origin: world.now(),
            node_timeout_ms,
            faults: faults.to_vec(),
            losses: Losses::default(),
            one_vote: Default::default(),
            one_winner: Default::default(),
            won_by_majority: Default::default(),
            fail_by_quorum: Default::default(),
            epochs_grow: Default::default(),
            slots_by_epoch: Default::default(),
            unagreed: BTreeSet::new(),
            own: BTreeMap::new(),
            before: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            seen: world.trace().entries().len(),
            turns: 0,
        }
    }

    /// After every step of the world.
    pub(crate) fn step(
        &mut self,
        world: &mut World,
        load: &Load,
        history: &mut History,
    ) -> Result<(), Violation> {
        for send in world.take_bus_sends() {
            self.sent(world, history, &send)?;
        }
        if world.trace().entries().len() == self.seen {
            return Ok(());
        }
        let fresh: Vec<Arc<Entry>> = world.trace().entries()[self.seen..].to_vec();
        self.seen += fresh.len();
        for entry in &fresh {
            self.note(world, load, history, entry, &fresh)?;
        }
        Ok(())
    }

    fn sent(&mut self, world: &World, history: &History, send: &BusSend) -> Result<(), Violation> {
        let Ok(view) = View::check(&send.bytes) else { return Ok(()) };
        let (sender, epoch) = (view.sender(), view.current_epoch());
        if view.kind() == MessageType::AuthAck && !history.forgetful.contains(&sender) {
            self.one_vote.sent(send.at, sender, epoch)?;
        }
        let Some(host) = world.host(send.from) else { return Ok(()) };
        let Some(addr) = self.addrs.get(send.from.0) else { return Ok(()) };
        let path = format!("/data/{}/nodes.conf", addr.port());
        let conf = host.fs.durable(&path, world.unix(send.from));
        vote_on_disk::check(send.at, sender, view.kind(), epoch, conf.as_deref())
    }

    fn note(
        &mut self,
        world: &World,
        load: &Load,
        history: &mut History,
        entry: &Entry,
        batch: &[Arc<Entry>],
    ) -> Result<(), Violation> {
        let What::Node(kind) = &entry.what else { return Ok(()) };
        let Some(node) = entry.who.addr.and_then(|addr| self.place(addr)) else { return Ok(()) };
        match kind {
            EventKind::ManualFailover { step: "takeover" } => {
                self.promoted(world, load, history, node, true)?;
            }
            EventKind::ManualFailover { step: "accepted" | "forced" } => {
                self.by_hand.insert(node, entry.at);
            }
            EventKind::VoteGranted { to, epoch } => {
                self.won_by_majority.given(self.addrs[node], *to, *epoch);
            }
            EventKind::VoteReceived { from, epoch, .. } => {
                if let Some(own) = own_of(world, node) {
                    self.won_by_majority.came_in(*from, own.id, *epoch);
                }
            }
            EventKind::ElectionWon { epoch } => {
                if history.forgetful.is_empty() {
                    self.one_winner.note(entry)?;
                }
                if let Some(own) = own_of(world, node) {
                    self.won_by_majority.won(entry.at, own.id, *epoch, own.size)?;
                }
                let by_hand =
                    self.by_hand.get(&node).is_some_and(|at| entry.at.ms_since(*at) <= BY_HAND_MS);
                self.promoted(world, load, history, node, by_hand)?;
            }
            // A report counts for whoever was made a master since the last turn, too.
            EventKind::Role { of, master: None }
                if own_of(world, node).is_some_and(|own| own.id == *of) =>
            {
                self.fail_by_quorum.leads(entry.at, *of);
            }
            EventKind::PfailMarked { of } | EventKind::FailMarked { of, told_by: Some(_), .. } => {
                if let Some(own) = own_of(world, node) {
                    self.fail_by_quorum.suspects(entry.at, own.id, *of);
                }
            }
            EventKind::FailMarked { of, told_by: None, .. } => {
                self.failed(world, entry, node, *of)?;
            }
            EventKind::Redirected { kind: "ASK", slot: Some(slot), .. } => {
                self.asked(world, load, entry.at, node, *slot)?;
            }
            EventKind::ConfigEpoch { of, epoch } => {
                self.slots_by_epoch.learns(node, *of, *epoch);
                let won = |other: &Arc<Entry>| {
                    other.who.addr == entry.who.addr
                        && matches!(other.what, What::Node(EventKind::ElectionWon { .. }))
                };
                let own = own_of(world, node).is_some_and(|own| own.id == *of);
                if own && !batch.iter().any(won) {
                    self.unagreed.insert(*epoch);
                }
            }
            EventKind::SlotsMoved { ranges, from: Some(from), to: Some(to), epoch } => {
                let by_operator = |other: &Arc<Entry>| {
                    other.who.addr == entry.who.addr
                        && matches!(other.what, What::Node(EventKind::AdminCommand { .. }))
                };
                if !batch.iter().any(by_operator) {
                    let to_self = own_of(world, node).is_some_and(|own| own.id == *to);
                    let (table, from, to, epoch) = (node, *from, *to, *epoch);
                    let moved = Moved { table, from, to, epoch, ranges, to_self };
                    self.slots_by_epoch.moved(entry.at, moved)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn place(&self, addr: SocketAddr) -> Option<usize> {
        self.addrs.iter().position(|known| *known == addr)
    }

    fn failed(
        &self,
        world: &World,
        entry: &Entry,
        node: usize,
        of: NodeId,
    ) -> Result<(), Violation> {
        let Some(now) = own_of(world, node) else { return Ok(()) };
        let before = self.own.get(&node);
        let marked = Marked {
            by: now.id,
            by_master: !now.is_replica || before.is_some_and(|own| !own.is_replica),
            of,
            size: before.map_or(now.size, |own| own.size.min(now.size)),
        };
        self.fail_by_quorum.marked(entry.at, self.node_timeout_ms, marked)
    }

    fn asked(
        &self,
        world: &World,
        load: &Load,
        at: Mono,
        node: usize,
        slot: Slot,
    ) -> Result<(), Violation> {
        let Some(there) = node_of(world, node) else { return Ok(()) };
        let asked = load.asked(node, slot).map(|key| (key, there.peek(key.as_bytes()).is_some()));
        ask_only_absent::check(at, self.addrs[node], slot, asked)
    }

    /// A replica has taken its master's place: what it lacks is noted.
    fn promoted(
        &mut self,
        world: &World,
        load: &Load,
        history: &mut History,
        node: usize,
        by_hand: bool,
    ) -> Result<(), Violation> {
        let at = world.now();
        let (Some(own), Some(there)) = (own_of(world, node), node_of(world, node)) else {
            return Ok(());
        };
        let mut oldest = at;
        for (key, written) in load.ledger.iter().filter(|(_, written)| written.acked > 0) {
            let slot = Slot::of_key(key.as_bytes());
            if own.slots.contains(slot) && number_at(there, key) < written.acked {
                let missing = Missing { at, value: written.acked, by_hand };
                history.missing.entry(key.clone()).or_default().push(missing);
                // What was acknowledged by somebody else's leave is not this replica's to have.
                if history.is_fresh_loss(key, slot, written) {
                    oldest = oldest.min(written.acked_at);
                }
            }
        }
        history.promotions.push(Promotion { at, node, slots: own.slots });
        if by_hand {
            Ok(())
        } else {
            fresh_candidate::check(at, node, self.node_timeout_ms, oldest)
        }
    }

    /// At every turn: what each node says of itself.
    pub(crate) fn turn(
        &mut self,
        world: &mut World,
        history: &mut History,
    ) -> Result<(), Violation> {
        let at = world.now();
        self.turns += 1;
        self.before = std::mem::take(&mut self.own);
        for (HostId(node), process) in world.servers() {
            let Some(server) = process.server() else { continue };
            let Some(own) = server.node().view_own() else { continue };
            if history.was_torn(node) && !history.forgetful.contains(&own.id) {
                history.forgetful.insert(own.id);
            }
            if !server.waits_for_disk() && !history.forgetful.contains(&own.id) {
                self.epochs_grow.check(at, &own)?;
            }
            if !own.is_replica {
                self.fail_by_quorum.leads(at, own.id);
            }
            for of in &own.suspects {
                self.fail_by_quorum.suspects(at, own.id, *of);
            }
            self.slots_by_epoch.table(node, &own.epochs);
            self.slots_by_epoch.claims(own.id, &own.slots);
            self.own.insert(node, own);
        }
        one_owner::check(at, &self.own.values().collect::<Vec<_>>(), &self.unagreed)
    }

    /// At some turns: one replica's data beside its master's.
    pub(crate) fn compare_copies(&mut self, world: &World, load: &Load) -> Result<(), Violation> {
        if !self.turns.is_multiple_of(COMPARE_EVERY) {
            return Ok(());
        }
        let node = (self.turns / COMPARE_EVERY) as usize % self.addrs.len();
        let Some(replica) = node_of(world, node).filter(|replica| replica.master_link_up()) else {
            return Ok(());
        };
        let master = self.own.get(&node).and_then(|own| own.master);
        let found = self.own.iter().find(|(_, own)| Some(own.id) == master && !own.is_replica);
        let Some((at, _)) = found else { return Ok(()) };
        let Some(original) = node_of(world, *at) else { return Ok(()) };
        let values = load
            .ledger
            .keys()
            .map(|key| (key.clone(), number_at(original, key), number_at(replica, key)));
        let places = (original.history(), replica.history());
        replica_equal::check(world.now(), (*at, node), places, values)
    }

    /// Nobody writes any more: every replica is where its master is.
    pub(crate) fn compare_places(&self, world: &World) -> Result<(), Violation> {
        for (node, own) in self.own.iter().filter(|(_, own)| own.is_replica) {
            let master = self.own.iter().find(|(_, other)| Some(other.id) == own.master);
            let Some((at, _)) = master else { continue };
            let (Some(here), Some(there)) = (node_of(world, *at), node_of(world, *node)) else {
                continue;
            };
            let places = (here.history(), there.history());
            replica_equal::check_rest(world.now(), (*at, *node), places)?;
        }
        Ok(())
    }

    /// A client was answered.
    pub(crate) fn answered(
        &self,
        world: &World,
        node: usize,
        request: &Request,
    ) -> Result<(), Violation> {
        let was = self.before.get(&node).map(|own| own.is_replica);
        let is = own_of(world, node).map(|own| own.is_replica);
        masters_answer::check(world.now(), node, &request.key, was, is)
    }

    /// A client has read a value, or at the end it is looked for.
    pub(crate) fn read(
        &mut self,
        now: Mono,
        node: usize,
        key: &str,
        value: u64,
        written: &mut Written,
        history: &History,
    ) -> Result<(), Violation> {
        let reading = Reading {
            now,
            origin: self.origin,
            node_timeout_ms: self.node_timeout_ms,
            faults: &self.faults,
            node,
            key,
            value,
        };
        let name = match acked_writes::check(reading, written, history)? {
            None => return Ok(()),
            Some(Window::Stale) => "(only read late: a replaced master answered)",
            Some(Window::Lost(name)) => {
                written.acked = value;
                name
            }
        };
        *self.losses.by_window.entry(name).or_default() += 1;
        Ok(())
    }
}

/// The node that runs on a host.
pub(crate) fn node_of(world: &World, node: usize) -> Option<&Node> {
    let process = world.host(HostId(node))?.processes().find(|p| p.server().is_some())?;
    Some(process.server()?.node())
}

fn own_of(world: &World, node: usize) -> Option<OwnView> {
    node_of(world, node)?.view_own()
}

/// A key's value as a number; 0 when it is not there.
pub(crate) fn number_at(node: &Node, key: &str) -> u64 {
    node.peek_integer(key.as_bytes()).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}
