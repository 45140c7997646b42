//! A cluster, a client that remembers what it was promised, and slots to move.

#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use engine_base::{Seed, Slot};
use engine_sim::{ClusterSpec, HostId, Pid, Signal, World, command};

/// What no client may ever be told because slots move.
const NEVER: [&str; 4] = ["-ASK", "-TRYAGAIN", "-CLUSTERDOWN", "-CROSSSLOT"];

/// The cluster and its client.
#[derive(Clone)]
pub(crate) struct Mover {
    pub(crate) world: World,
    /// Masters first.
    pub(crate) nodes: Vec<SocketAddr>,
    pub(crate) ids: Vec<String>,
    /// Keys and what reading them must give.
    pub(crate) wanted: BTreeMap<String, String>,
    /// Which node a slot was last found at.
    routes: BTreeMap<u16, SocketAddr>,
    /// What clients were told that they must not be told.
    pub(crate) complaints: Vec<String>,
    drawn: u64,
}

impl Mover {
    /// Three masters with a replica each, in step.
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, &[])
    }

    pub(crate) fn with(seed: u64, options: &[&str]) -> Self {
        let options = options.iter().map(|o| (*o).to_owned()).collect();
        let seed = Seed::from_number(seed);
        let spec = ClusterSpec { node_timeout_ms: 2000, options, ..ClusterSpec::six(seed) };
        let (world, nodes) = World::cluster(&spec);
        let mut mover = Self {
            world,
            nodes,
            ids: Vec::new(),
            wanted: BTreeMap::new(),
            routes: BTreeMap::new(),
            complaints: Vec::new(),
            drawn: 0,
        };
        for at in mover.nodes.clone() {
            let id = mover.says(at, "CLUSTER MYID").lines().nth(1).unwrap().to_owned();
            mover.ids.push(id);
        }
        let up = "master_link_status:up";
        let replicas = mover.nodes[3..].to_vec();
        assert!(mover.until(20_000, |m| {
            replicas.iter().all(|at| m.says(*at, "INFO replication").contains(up))
        }));
        mover
    }

    pub(crate) fn says(&mut self, at: SocketAddr, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        String::from_utf8_lossy(&self.world.call(at, &words)).into_owned()
    }

    pub(crate) fn until(&mut self, ms: u64, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let limit = self.world.now().plus_ms(ms);
        while self.world.now() < limit {
            if done(self) {
                return true;
            }
            self.world.run_ms(50);
        }
        done(self)
    }

    /// Asks the cluster as a client does: follows MOVED, and notes what it should not be told.
    pub(crate) fn ask(&mut self, key: &str, words: &[&str]) -> String {
        let slot = Slot::of_key(key.as_bytes()).number();
        for _ in 0..40 {
            let at = self.routes.get(&slot).copied().unwrap_or(self.nodes[0]);
            let answer = String::from_utf8_lossy(&self.world.call(at, words)).into_owned();
            if let Some(rest) = answer.strip_prefix("-MOVED ") {
                let to = rest.trim_end().split(' ').nth(1).unwrap().parse().unwrap();
                self.routes.insert(slot, to);
                continue;
            }
            if NEVER.iter().any(|word| answer.starts_with(word)) {
                self.complaints.push(format!("{words:?}: {answer}"));
                self.world.run_ms(100);
                continue;
            }
            if answer.is_empty() {
                // That node is gone: ask another.
                let next = self.nodes[(self.drawn % 6) as usize];
                self.drawn += 1;
                self.routes.insert(slot, next);
                self.world.run_ms(300);
                continue;
            }
            return answer;
        }
        String::new()
    }

    /// Writes a string and remembers it once it is acknowledged.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> bool {
        let done = self.ask(key, &["SET", key, value]) == "+OK\r\n";
        if done {
            self.wanted.insert(key.to_owned(), format!("${}\r\n{value}\r\n", value.len()));
        }
        done
    }

    pub(crate) fn draw(&mut self, below: u64) -> u64 {
        self.drawn = self.drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        (self.drawn >> 33) % below
    }

    /// Writes `n` keys over all slots.
    pub(crate) fn fill(&mut self, n: usize) {
        for i in 0..n {
            assert!(self.set(&format!("key:{i}"), &format!("value:{i}")));
        }
    }

    /// One read or write of the load, on `keys` keys.
    pub(crate) fn load(&mut self, keys: u64) {
        let key = format!("key:{}", self.draw(keys));
        if self.draw(3) == 0
            && let Some(wanted) = self.wanted.get(&key).cloned()
        {
            let got = self.ask(&key, &["GET", &key]);
            assert_eq!(got, wanted, "{key}");
        } else {
            let value = format!("v{}", self.draw(1_000_000));
            assert!(self.set(&key, &value), "{key}");
        }
    }

    /// `CLUSTER MIGRATESLOTS` at one node, to another.
    pub(crate) fn migrate(&mut self, from: usize, to: usize, ranges: &[(u16, u16)]) -> String {
        let (at, id) = (self.nodes[from], self.ids[to].clone());
        let ranges: Vec<String> = ranges.iter().map(|(a, b)| format!("{a} {b}")).collect();
        self.says(at, &format!("CLUSTER MIGRATESLOTS SLOTSRANGE {} NODE {id}", ranges.join(" ")))
    }

    pub(crate) fn jobs(&mut self, node: usize) -> String {
        let at = self.nodes[node];
        self.says(at, "CLUSTER GETSLOTMIGRATIONS")
    }

    /// Whether a node has no migration under way.
    pub(crate) fn ended(&mut self, node: usize) -> bool {
        let jobs = self.jobs(node);
        let over = |state: &str| ["success", "failed", "cancelled"].contains(&state);
        let mut lines = jobs.lines();
        let mut all = !jobs.is_empty();
        while let Some(line) = lines.next() {
            if line == "state" {
                all &= lines.nth(1).is_some_and(over);
            }
        }
        all
    }

    pub(crate) fn wait_ended(&mut self, nodes: &[usize], ms: u64) -> bool {
        self.until(ms, |m| nodes.iter().all(|node| m.ended(*node)))
    }

    /// Whether all these nodes say that `owner` owns a slot.
    pub(crate) fn agree(&mut self, nodes: &[usize], slot: u16, owner: usize) -> bool {
        let id = self.ids[owner].clone();
        nodes.iter().all(|node| {
            let at = self.nodes[*node];
            let view = self.says(at, "CLUSTER NODES");
            let line = view.lines().find(|l| l.starts_with(&id)).unwrap_or_default();
            line.split(' ').skip(8).any(|range| {
                let (a, b) = range.split_once('-').unwrap_or((range, range));
                matches!((a.parse::<u16>(), b.parse::<u16>()), (Ok(a), Ok(b)) if (a..=b).contains(&slot))
            })
        })
    }

    /// Every key reads as it was promised.
    pub(crate) fn check_values(&mut self) {
        for (key, wanted) in self.wanted.clone() {
            assert_eq!(self.ask(&key, &["GET", &key]), wanted, "{key}");
        }
        assert!(self.complaints.is_empty(), "{:?}", self.complaints);
    }

    /// How many keys a node says that it has.
    pub(crate) fn dbsize(&mut self, node: usize) -> usize {
        let at = self.nodes[node];
        let answer = self.says(at, "DBSIZE");
        answer.trim_start_matches(':').trim_end().parse().unwrap()
    }

    /// How many keys of a range of slots a node holds, shown or not.
    pub(crate) fn held(&mut self, node: usize, range: (u16, u16)) -> usize {
        let at = self.nodes[node];
        (range.0..=range.1)
            .filter(|slot| {
                self.wanted.keys().any(|key| Slot::of_key(key.as_bytes()).number() == *slot)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .map(|slot| {
                let answer = self.says(at, &format!("CLUSTER COUNTKEYSINSLOT {slot}"));
                answer.trim_start_matches(':').trim_end().parse::<usize>().unwrap_or(0)
            })
            .sum()
    }

    /// The keys of a range of slots that were promised.
    pub(crate) fn promised(&self, range: (u16, u16)) -> usize {
        let inside =
            |key: &&String| (range.0..=range.1).contains(&Slot::of_key(key.as_bytes()).number());
        self.wanted.keys().filter(inside).count()
    }

    /// The process of a node.
    pub(crate) fn process(&self, node: usize) -> Option<(HostId, Pid)> {
        let at = self.nodes[node];
        let mut servers = self.world.servers();
        servers.find(|(_, p)| p.server().is_some_and(|s| s.addr() == at)).map(|(h, p)| (h, p.pid))
    }

    pub(crate) fn kill(&mut self, node: usize) {
        let (host, pid) = self.process(node).unwrap();
        self.world.kill(host, pid, Signal::Kill).unwrap();
    }

    /// Sends a command without waiting for its answer.
    pub(crate) fn send(&mut self, node: usize, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let conn = self.world.connect(HostId(0), Pid(1), self.nodes[node]);
        self.world.run_ms(2);
        self.world.send(conn, &command(&words));
    }
}

/// The slots that the tests move.
pub(crate) const RANGE: (u16, u16) = (2000, 4000);
/// Node 4 is the replica of node 0, node 5 of node 1.
pub(crate) const SOURCE: usize = 0;
pub(crate) const TARGET: usize = 1;
pub(crate) const SOURCES_REPLICA: usize = 4;
pub(crate) const TARGETS_REPLICA: usize = 5;
pub(crate) const ALL: [usize; 6] = [0, 1, 2, 3, 4, 5];

impl Mover {
    /// Reads and writes until these nodes have no migration under way.
    pub(crate) fn load_until_ended(&mut self, nodes: &[usize], keys: u64) {
        let mut steps = 0;
        while !nodes.iter().all(|node| self.ended(*node)) {
            self.load(keys);
            steps += 1;
            assert!(steps < 5000, "{}", self.jobs(nodes[0]));
        }
    }

    /// Begins to move [`RANGE`], and holds the target's words back when the keys are there: the
    /// migration stands still until all is released.
    pub(crate) fn half_move(&mut self) {
        assert_eq!(self.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
        let mut steps = 0;
        while !self.jobs(SOURCE).contains("replicating") {
            self.world.step();
            steps += 1;
            assert!(steps < 20_000, "{}", self.jobs(SOURCE));
        }
        self.world.fault(engine_sim::FaultOp::Hold(engine_sim::Hold {
            kind: Some(engine_sim::LinkKind::Migrate),
            from: self.process(TARGET).map(|(host, _)| host),
            ..engine_sim::Hold::default()
        }));
        self.world.run_ms(500);
    }
}

impl Mover {
    /// Lets the world go on by some steps.
    pub(crate) fn steps(&mut self, steps: usize) {
        for _ in 0..steps {
            self.world.step();
        }
    }

    /// As [`Self::ended`], asked of a copy: the world itself does not move.
    pub(crate) fn peek_ended(&self, node: usize) -> bool {
        self.clone().ended(node)
    }

    /// The nodes that say that they are masters with slots.
    pub(crate) fn masters(&mut self) -> Vec<usize> {
        ALL.into_iter()
            .filter(|node| {
                let at = self.nodes[*node];
                self.says(at, "ROLE").contains("master")
            })
            .collect()
    }

    /// Starts a node's process again, from its files.
    pub(crate) fn start_again(&mut self, node: usize, host: HostId, options: &[&str]) {
        let options = options.iter().map(|o| (*o).to_owned()).collect();
        let seed = Seed::from_number(1);
        let spec = ClusterSpec { node_timeout_ms: 2000, options, ..ClusterSpec::six(seed) };
        let port = self.nodes[node].port();
        assert!(self.world.start_plain_node(host, port, &spec).is_some());
        let at = self.nodes[node];
        assert!(self.until(5000, |m| m.says(at, "PING") == "+PONG\r\n"));
    }
}
