//! All rules at once: what is told to which, after every step and at every turn.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use engine_base::{Mono, NodeId, Slot};
use engine_bus::{MessageType, View};
use engine_node::{EventKind, Node, OwnView};
use engine_sim::{BusSend, Entry, HostId, What, World};

use super::fail_by_quorum::Marked;
use super::handed_over::Step;
use super::slots_by_epoch::Moved;
use super::{
    Losses, Violation, ask_only_absent, epochs_grow, fail_by_quorum, handed_over, majority_serves,
    one_owner, one_vote, one_winner, slots_by_epoch, vote_on_disk, won_by_majority,
};
use crate::fault::Fault;
use crate::history::History;
use crate::load::Load;
use data::ByHand;

mod data;

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
    handed_over: handed_over::HandedOver,
    /// Config epochs that nobody voted for.
    unagreed: BTreeSet<u64>,
    /// What each running node said of itself at the last turn.
    own: BTreeMap<usize, OwnView>,
    /// The same a turn earlier.
    before: BTreeMap<usize, OwnView>,
    /// How few masters with slots each node has counted since the last turn.
    fewest: BTreeMap<usize, usize>,
    /// Since when each running node is a replica by its own word, at every look.
    replica_since: BTreeMap<usize, Mono>,
    /// Since when each master suspects so many others that no majority is left.
    minority_since: BTreeMap<usize, Mono>,
    /// When an operator last asked a node for a failover.
    by_hand: BTreeMap<usize, Mono>,
    /// How much of the history has been looked at.
    seen: usize,
    turns: u64,
}

/// Processes come and go.
fn note_process(history: &mut History, entry: &Entry) {
    match entry.what {
        What::ServerStarted => history.started(entry.at, entry.host.0),
        What::ServerEnded(_) => history.ended(entry.at, entry.host.0),
        _ => {}
    }
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
            handed_over: Default::default(),
            unagreed: BTreeSet::new(),
            own: BTreeMap::new(),
            before: BTreeMap::new(),
            fewest: BTreeMap::new(),
            replica_since: BTreeMap::new(),
            minority_since: BTreeMap::new(),
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
        self.slots_by_epoch.sent(&view);
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
        note_process(history, entry);
        let What::Node(kind) = &entry.what else { return Ok(()) };
        let Some(node) = entry.who.addr.and_then(|addr| self.place(addr)) else { return Ok(()) };
        if let (EventKind::Role { .. }, Some(own)) = (kind, own_of(world, node)) {
            let fewest = self.fewest.entry(node).or_insert(own.size);
            *fewest = own.size.min(*fewest);
        }
        match kind {
            EventKind::Started { .. } => self.started(world, entry.at, node),
            EventKind::ManualFailover { step: "takeover" } => {
                self.promoted(world, load, history, node, ByHand::Takeover)?;
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
                let asked = self.by_hand.get(&node);
                let asked = asked.is_some_and(|at| entry.at.ms_since(*at) <= BY_HAND_MS);
                let by_hand = if asked { ByHand::Voted } else { ByHand::No };
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
                self.learns_epoch(world, entry, node, (*of, *epoch), batch);
            }
            EventKind::SlotsMoved { ranges, from: Some(from), to: Some(to), epoch } => {
                let to_self = own_of(world, node).is_some_and(|own| own.id == *to);
                let (table, from, to, epoch) = (node, *from, *to, *epoch);
                let moved = Moved { table, from, to, epoch, ranges, to_self };
                self.slots_moved(entry, moved, batch)?;
            }
            EventKind::SlotMigration { ranges, from: Some(from), to: Some(to), leaving, state } => {
                let step = Step { ranges, from: *from, to: *to, leaving: *leaving, state };
                self.migrates(world, load, history, (entry.at, node), &step)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the process before it had heard and not saved, this one does not know. What it read
    /// in nodes.conf, `fail?` of others too, it may say before the turn ends.
    fn started(&mut self, world: &World, at: Mono, node: usize) {
        let Some(own) = own_of(world, node) else { return };
        self.slots_by_epoch.table(node, &own.epochs);
        self.doubts(at, &own);
    }

    /// A master may tell others whom it suspects.
    fn doubts(&mut self, at: Mono, own: &OwnView) {
        if !own.is_replica {
            self.fail_by_quorum.leads(at, own.id);
        }
        for of in &own.suspects {
            self.fail_by_quorum.suspects(at, own.id, *of);
        }
    }

    /// By an operator's command, or by a claim that only its epoch speaks for.
    fn slots_moved(
        &self,
        entry: &Entry,
        moved: Moved<'_>,
        batch: &[Arc<Entry>],
    ) -> Result<(), Violation> {
        let by_command = |what: &What| matches!(what, What::Node(EventKind::AdminCommand { .. }));
        let agreed = self.handed_over.agreed(entry.at, moved.table, moved.to, moved.ranges);
        if agreed || has_of_same(batch, entry, by_command) {
            return Ok(());
        }
        self.slots_by_epoch.moved(entry.at, moved)
    }

    fn learns_epoch(
        &mut self,
        world: &World,
        entry: &Entry,
        node: usize,
        (of, epoch): (NodeId, u64),
        batch: &[Arc<Entry>],
    ) {
        self.slots_by_epoch.learns(node, of, epoch);
        let won = |what: &What| matches!(what, What::Node(EventKind::ElectionWon { .. }));
        let own = own_of(world, node).is_some_and(|own| own.id == of);
        if own && !has_of_same(batch, entry, won) {
            self.unagreed.insert(epoch);
        }
    }

    /// Since when nodes are what they are now.
    fn note_since(&mut self, at: Mono) {
        for node in 0..self.addrs.len() {
            let own = self.own.get(&node);
            let replica = own.is_some_and(|own| own.is_replica);
            keep_since(&mut self.replica_since, node, at, replica);
            let minority = own.is_some_and(majority_serves::sees_no_majority);
            keep_since(&mut self.minority_since, node, at, minority);
        }
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
            // Whoever hears of several changes of role one by one counts too few in between.
            size: [before.map(|own| own.size), self.fewest.get(&node).copied()]
                .into_iter()
                .flatten()
                .fold(now.size, usize::min),
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

    /// At every turn: what each node says of itself.
    pub(crate) fn turn(
        &mut self,
        world: &mut World,
        history: &mut History,
    ) -> Result<(), Violation> {
        let at = world.now();
        self.turns += 1;
        self.before = std::mem::take(&mut self.own);
        self.fewest.clear();
        for (HostId(node), process) in world.servers() {
            let Some(server) = process.server() else { continue };
            let Some(own) = server.node().view_own() else { continue };
            if history.was_torn(node) && !history.forgetful.contains(&own.id) {
                history.forgetful.insert(own.id);
            }
            if !server.waits_for_disk() && !history.forgetful.contains(&own.id) {
                self.epochs_grow.check(at, &own)?;
            }
            self.doubts(at, &own);
            self.slots_by_epoch.table(node, &own.epochs);
            self.own.insert(node, own);
        }
        self.note_since(at);
        one_owner::check(at, &self.own.values().collect::<Vec<_>>(), &self.unagreed)
    }
}

/// Whether the same node told something else in the same step.
fn has_of_same(batch: &[Arc<Entry>], entry: &Entry, is: impl Fn(&What) -> bool) -> bool {
    batch.iter().any(|other| other.who.addr == entry.who.addr && is(&other.what))
}

fn keep_since(since: &mut BTreeMap<usize, Mono>, node: usize, at: Mono, holds: bool) {
    if holds {
        since.entry(node).or_insert(at);
    } else {
        since.remove(&node);
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
