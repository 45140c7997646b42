//! Where a run plays: the world, its nodes and clients, and those who watch.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use engine_base::{Mono, Slot};
use engine_node::OwnView;
use engine_sim::{ClusterSpec, ConnState, HostId, Pid, Quality, Signal, World};

use crate::fault::restart;
use crate::history::History;
use crate::invariant::{Violation, Watch};
use crate::load::Load;

/// Between two looks of clients, in virtual milliseconds.
const BEAT_MS: u64 = 50;
/// Every so many beats the invariants look at every node.
const BEATS_A_TURN: u64 = 2;
/// How long an operator waits for an answer, in virtual milliseconds.
const ANSWER_MS: u64 = 1500;

/// A run in its course. Node `i` runs on host `i`; behind the nodes' hosts stand the clients'.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) addrs: Vec<SocketAddr>,
    pub(crate) spec: ClusterSpec,
    pub(crate) clients: usize,
    pub(crate) load: Load,
    pub(crate) history: History,
    pub(crate) watch: Watch,
    /// How the network is where no fault is; `None`: a local one.
    pub(crate) usual: Option<Quality>,
    /// Nodes that get little time.
    pub(crate) stutters: BTreeSet<usize>,
    /// The first rule that did not hold.
    pub(crate) violation: Option<Violation>,
    next_beat: Mono,
    beats: u64,
}

impl Stage {
    pub(crate) fn new(
        world: World,
        addrs: Vec<SocketAddr>,
        spec: ClusterSpec,
        load: Load,
        watch: Watch,
    ) -> Self {
        let next_beat = world.now();
        Self {
            clients: spec.hosts.len() - addrs.len(),
            world,
            addrs,
            spec,
            load,
            history: History::default(),
            watch,
            usual: None,
            stutters: BTreeSet::new(),
            violation: None,
            next_beat,
            beats: 0,
        }
    }

    /// How many hosts there are, the clients' included.
    pub(crate) fn hosts(&self) -> usize {
        self.addrs.len() + self.clients
    }

    /// Lets time pass, with clients at work and everybody watching, until something breaks.
    pub(crate) fn run_until(&mut self, until: Mono) {
        while self.violation.is_none() && self.world.now() < until {
            let stop = until.min(self.next_beat);
            while self.world.next_due().is_some_and(|due| due <= stop) {
                self.world.step();
                let (watch, history) = (&mut self.watch, &mut self.history);
                if let Err(violation) = watch.step(&mut self.world, &self.load, history) {
                    self.violation = Some(violation);
                    return;
                }
            }
            self.world.run_until(stop);
            if stop == self.next_beat {
                self.next_beat = stop.plus_ms(BEAT_MS);
                self.beat();
            }
        }
    }

    /// [`Stage::run_until`] so many milliseconds from now.
    pub(crate) fn run_ms(&mut self, ms: u64) {
        self.run_until(self.world.now().plus_ms(ms));
    }

    fn beat(&mut self) {
        self.beats += 1;
        let looks = self.beats.is_multiple_of(BEATS_A_TURN);
        if looks {
            let thaw = self.beats.is_multiple_of(4 * BEATS_A_TURN);
            for node in self.stutters.clone() {
                crate::fault::signal(self, node, if thaw { Signal::Cont } else { Signal::Stop });
            }
        }
        let Self { watch, load, world, history, addrs, .. } = self;
        let done = match looks {
            true => watch.turn(world, history),
            false => Ok(()),
        }
        .and_then(|()| load.turn(world, addrs, history, watch))
        .and_then(|()| if looks { watch.compare_copies(world, load) } else { Ok(()) });
        if let Err(violation) = done {
            self.violation = Some(violation);
        }
    }

    /// Sends one command to a node from its own host and waits for the answer, while the world
    /// goes on; empty when none came.
    pub(crate) fn ask(&mut self, node: usize, words: &[&str]) -> Vec<u8> {
        if !self.world.hosts()[node].up {
            return Vec::new();
        }
        let conn = self.world.connect(HostId(node), Pid(1), self.addrs[node]);
        let limit = self.world.now().plus_ms(ANSWER_MS);
        let mut sent = false;
        let mut answer = Vec::new();
        while self.world.now() < limit && self.violation.is_none() {
            match self.world.conn_state(conn) {
                ConnState::Connecting => {}
                ConnState::Open if !sent => {
                    sent = self.world.send(conn, &engine_sim::command(words));
                }
                ConnState::Open => {}
                _ => break,
            }
            self.run_ms(1);
            answer.extend(self.world.recv(conn));
            if !answer.is_empty() && is_whole(&answer) {
                break;
            }
        }
        self.world.close(conn);
        answer
    }

    /// What a running node says of itself.
    pub(crate) fn own(&self, node: usize) -> Option<OwnView> {
        let (_, process) = self.world.servers().find(|(host, _)| host.0 == node)?;
        process.server()?.node().view_own()
    }

    /// Who leads the shard of a node, by that node's word: whom an operator would ask.
    pub(crate) fn leader_of(&self, node: usize) -> usize {
        let Some(master) = self.own(node).and_then(|own| own.master) else { return node };
        let is_it = |other: &usize| self.own(*other).is_some_and(|own| own.id == master);
        (0..self.addrs.len()).find(is_it).unwrap_or(node)
    }

    /// The id of a running node.
    pub(crate) fn id_of(&self, node: usize) -> Option<String> {
        Some(self.own(node)?.id.to_string())
    }

    /// The slots that a node serves, those with keys first.
    pub(crate) fn slots_of(&self, node: usize) -> Vec<Slot> {
        let Some(own) = self.own(node) else { return Vec::new() };
        let Some((_, process)) = self.world.servers().find(|(host, _)| host.0 == node) else {
            return Vec::new();
        };
        let Some(server) = process.server() else { return Vec::new() };
        let keys = |slot: &Slot| server.node().keys_in_slot(*slot) > 0;
        let (mut full, empty): (Vec<Slot>, Vec<Slot>) = own.slots.iter().partition(keys);
        full.extend(empty);
        full
    }

    /// `CLUSTER MEET`.
    pub(crate) fn meet(&mut self, at: usize, to: usize) {
        let (ip, port) = (self.addrs[to].ip().to_string(), self.addrs[to].port().to_string());
        self.ask(at, &["CLUSTER", "MEET", &ip, &port]);
    }

    /// Starts a node's process; `false` when it ended at once.
    pub(crate) fn start(&mut self, node: usize) -> bool {
        let port = self.addrs[node].port();
        let started = self.world.start_plain_node(HostId(node), port, &self.spec);
        started.is_some_and(|started| started.exit.is_none())
    }

    /// A node that came back without its memory is met by one that knows the others.
    pub(crate) fn introduce(&mut self, node: usize) {
        let knows_all = |stage: &Self, other: usize| {
            stage.own(other).is_some_and(|own| own.epochs.len() + 1 >= stage.addrs.len())
        };
        let strangers = self.own(node).is_some_and(|own| own.epochs.len() == 1);
        let friend = (0..self.addrs.len()).find(|other| *other != node && knows_all(self, *other));
        if let Some(friend) = friend.filter(|_| strangers) {
            self.meet(friend, node);
        }
    }

    /// Starts all nodes that do not run.
    pub(crate) fn restart_all(&mut self) {
        for node in 0..self.addrs.len() {
            restart(self, node);
        }
    }
}

/// Whether the answer to a command has come as a whole: all that operators ask for ends a line,
/// and arrays of keys are short.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let mut lines = text.split_inclusive("\r\n");
    let Some(first) = lines.next().filter(|line| line.ends_with("\r\n")) else { return false };
    match first.split_at(1) {
        ("*", count) => {
            let elements: usize = count.trim().parse().unwrap_or(0);
            lines.filter(|line| line.ends_with("\r\n")).count() >= elements * 2
        }
        ("$", _) => lines.next().is_some_and(|line| line.ends_with("\r\n")),
        _ => true,
    }
}
