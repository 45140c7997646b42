//! Nodes joined in memory: a link is a queue of bytes, time moves by hand.

mod links;
mod slow;

use std::collections::VecDeque;
use std::net::SocketAddr;

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};

use crate::api::{Action, Boot, BootDisk, Listener};
use crate::{Config, Node};

struct NoDisk;
impl BootDisk for NoDisk {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// Nodes at 10.0.0.1, 10.0.0.2 …, all on port 6379.
struct World {
    nodes: Vec<Node>,
    now: Now,
    /// (node, link) to its other end.
    wires: Vec<[(usize, LinkId); 2]>,
    inputs: VecDeque<Input>,
    /// What was sent to clients that no node opened.
    replies: Vec<Vec<u8>>,
    clients: Vec<(usize, LinkId)>,
    log: Vec<String>,
    /// How often small packets were let wait for more.
    gathers: usize,
    /// This node hears nothing.
    stall: Option<usize>,
    /// This text is damaged wherever nodes send it.
    damage: Option<&'static str>,
}

enum Input {
    Dialed(usize, LinkId, SocketAddr),
    Bytes(usize, LinkId, Vec<u8>),
    Closed(usize, LinkId),
}

fn addr(node: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, node as u8 + 1], 6379))
}

impl World {
    fn new(count: usize, options: &[&str]) -> Self {
        let now = Now { mono: Mono::from_millis(1000), unix: UnixMs(1_700_000_000_000) };
        let nodes = (0..count).map(|i| boot(i, now, options)).collect();
        Self {
            nodes,
            now,
            wires: Vec::new(),
            inputs: VecDeque::new(),
            replies: Vec::new(),
            clients: Vec::new(),
            log: Vec::new(),
            gathers: 0,
            stall: None,
            damage: None,
        }
    }

    fn client(&mut self, node: usize) -> usize {
        let peer = SocketAddr::from(([10, 0, 0, 99], 50_000));
        let link = self.nodes[node].accept(self.now, Listener::Client, peer, addr(node));
        self.clients.push((node, link));
        self.replies.push(Vec::new());
        self.clients.len() - 1
    }

    fn ask(&mut self, client: usize, words: &[&str]) -> String {
        let words: Vec<&[u8]> = words.iter().map(|w| w.as_bytes()).collect();
        let mut bytes = Vec::new();
        super::encode(&words, &mut bytes);
        let (node, link) = self.clients[client];
        self.inputs.push_back(Input::Bytes(node, link, bytes));
        self.replies[client].clear();
        self.settle();
        String::from_utf8_lossy(&self.replies[client]).into_owned()
    }

    fn answer(&self, client: usize) -> String {
        String::from_utf8_lossy(&self.replies[client]).into_owned()
    }

    fn settle(&mut self) {
        loop {
            for node in 0..self.nodes.len() {
                while let Some(action) = self.nodes[node].poll_action() {
                    self.act(node, action);
                }
            }
            let Some(input) = self.inputs.pop_front() else { return };
            match input {
                Input::Dialed(node, link, local) => {
                    self.nodes[node].handle_dialed(self.now, link, Ok(local));
                }
                Input::Bytes(node, ..) if self.stall == Some(node) => {}
                Input::Bytes(node, link, bytes) => {
                    // In small pieces: nothing may depend on how bytes are cut.
                    for piece in bytes.chunks(1000) {
                        self.nodes[node].handle_bytes(self.now, link, piece);
                    }
                }
                Input::Closed(node, link) => self.nodes[node].handle_closed(self.now, link),
            }
        }
    }

    fn act(&mut self, node: usize, action: Action) {
        match action {
            Action::Dial { link, to, .. } => {
                let other = usize::from(match to {
                    SocketAddr::V4(v4) => v4.ip().octets()[3],
                    SocketAddr::V6(_) => panic!("no IPv6 here"),
                }) - 1;
                let end = self.nodes[other].accept(self.now, Listener::Client, addr(node), to);
                self.wires.push([(node, link), (other, end)]);
                self.inputs.push_back(Input::Dialed(node, link, addr(node)));
            }
            Action::Send { link, bytes } => self.carry(node, link, bytes.to_vec()),
            Action::Flush { link } => {
                let bytes = self.nodes[node].output(link).to_vec();
                self.nodes[node].handle_flushed(self.now, link, bytes.len());
                self.carry(node, link, bytes);
            }
            Action::Close { link, .. } => {
                if let Some((other, end)) = self.cut(node, link) {
                    self.inputs.push_back(Input::Closed(other, end));
                }
            }
            Action::Gather { .. } => self.gathers += 1,
            Action::Log { text, .. } => self.log.push(format!("{node}: {text}")),
            Action::Disk { id, .. } => self.nodes[node].handle_disk(self.now, id, Ok(())),
            Action::Read { path, .. } => panic!("{path} is read back"),
            Action::Exit { .. } => panic!("nobody asked for an end"),
        }
    }

    fn carry(&mut self, node: usize, link: LinkId, bytes: Vec<u8>) {
        if let Some(client) = self.clients.iter().position(|c| *c == (node, link)) {
            self.replies[client].extend_from_slice(&bytes);
        } else if let Some((other, end)) = self.other_end(node, link) {
            let mut bytes = bytes;
            if let Some(text) = self.damage
                && let Some(at) = bytes.windows(text.len()).position(|w| w == text.as_bytes())
            {
                bytes[at] ^= 1;
            }
            self.inputs.push_back(Input::Bytes(other, end, bytes));
        }
    }

    fn other_end(&self, node: usize, link: LinkId) -> Option<(usize, LinkId)> {
        self.wires.iter().find_map(|wire| match wire {
            [a, b] if *a == (node, link) => Some(*b),
            [a, b] if *b == (node, link) => Some(*a),
            _ => None,
        })
    }

    fn cut(&mut self, node: usize, link: LinkId) -> Option<(usize, LinkId)> {
        let other = self.other_end(node, link);
        self.wires.retain(|wire| !wire.contains(&(node, link)));
        other
    }

    /// Breaks all links between nodes; both ends are told.
    fn break_wires(&mut self) {
        for [(a, x), (b, y)] in std::mem::take(&mut self.wires) {
            self.inputs.push_back(Input::Closed(b, y));
            self.inputs.push_back(Input::Closed(a, x));
        }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now.mono.plus_ms(ms);
        loop {
            let next = self.nodes.iter().map(|n| n.next_deadline().at).min().unwrap_or(end);
            if next > end {
                break;
            }
            let step = next.ms_since(self.now.mono) as i64;
            self.now = Now { mono: next, unix: UnixMs(self.now.unix.0 + step) };
            for node in &mut self.nodes {
                node.handle_timeout(self.now);
            }
            self.settle();
        }
        let step = end.ms_since(self.now.mono) as i64;
        self.now = Now { mono: end, unix: UnixMs(self.now.unix.0 + step) };
    }

    fn follow(&mut self, client: usize, master: usize) {
        let ip = addr(master).ip().to_string();
        assert_eq!(self.ask(client, &["REPLICAOF", &ip, "6379"]), "+OK\r\n");
    }

    fn said(&self, text: &str) -> usize {
        self.log.iter().filter(|line| line.contains(text)).count()
    }
}

fn boot(i: usize, now: Now, options: &[&str]) -> Node {
    let mut args = vec!["--protected-mode", "no", "--save", ""];
    args.extend_from_slice(options);
    let config = Config::parse("", &args).expect("directives");
    let seed = Seed::from_number(i as u64 + 1);
    let boot = Boot { config, config_file: None, pid: 1, seed, disk: &NoDisk, now };
    Node::boot(boot).expect("boots")
}

#[test]
fn a_replica_gets_all_data_and_then_every_write() {
    for diskless in ["yes", "no"] {
        let mut world = World::new(2, &["--repl-diskless-sync", diskless]);
        let (m, r) = (world.client(0), world.client(1));
        for i in 0..2000 {
            let key = format!("key:{i}");
            world.ask(m, &["SET", &key, &"x".repeat(i % 300)]);
        }
        world.follow(r, 0);
        world.pass(8_000);
        assert_eq!(world.said("1: MASTER <-> REPLICA sync: Finished with success"), 1);
        world.ask(m, &["SET", "after", "1"]);
        assert_eq!(world.ask(r, &["GET", "after"]), "$1\r\n1\r\n");
        assert_eq!(world.ask(r, &["STRLEN", "key:299"]), ":299\r\n");
        assert_eq!(world.ask(m, &["WAIT", "1", "1000"]), ":1\r\n");
        assert_eq!(world.nodes[0].replication.offset(), world.nodes[1].replication.offset());
        assert!(world.ask(r, &["SET", "a", "1"]).starts_with("-READONLY"));
    }
}

#[test]
fn a_link_to_a_replica_may_gather_small_writes() {
    for (wanted, times) in [("no", 0), ("yes", 1)] {
        let options = ["--repl-diskless-sync-delay", "0", "--repl-disable-tcp-nodelay", wanted];
        let mut world = World::new(2, &options);
        let r = world.client(1);
        world.follow(r, 0);
        world.pass(2_000);
        assert_eq!(world.gathers, times, "{wanted}");
        // Redis does it where all data is sent, and not where a replica goes on.
        world.break_wires();
        world.pass(2_000);
        assert_eq!((world.nodes[0].stats.sync_partial_ok, world.gathers), (1, times));
    }
}

#[test]
fn a_short_break_costs_only_what_was_missed() {
    let mut world = World::new(2, &["--repl-diskless-sync-delay", "0"]);
    let (m, r) = (world.client(0), world.client(1));
    world.follow(r, 0);
    world.pass(2_000);
    world.ask(m, &["SET", "a", "1"]);
    world.break_wires();
    world.ask(m, &["SET", "b", "2"]);
    world.pass(2_000);
    assert_eq!(world.ask(r, &["GET", "b"]), "$1\r\n2\r\n");
    assert_eq!(world.nodes[0].stats.sync_partial_ok, 1);
    assert_eq!(world.nodes[0].stats.sync_full, 1);
}

#[test]
fn after_a_promotion_the_others_go_on_without_a_full_sync() {
    let mut world = World::new(3, &["--repl-diskless-sync-delay", "0"]);
    let (m, r1, r2) = (world.client(0), world.client(1), world.client(2));
    world.follow(r1, 0);
    world.follow(r2, 0);
    world.pass(3_000);
    world.ask(m, &["SET", "a", "1"]);
    assert_eq!(world.ask(r1, &["REPLICAOF", "NO", "ONE"]), "+OK\r\n");
    world.ask(r1, &["SET", "b", "2"]);
    world.follow(r2, 1);
    world.follow(m, 1);
    world.pass(3_000);
    assert_eq!(world.ask(r2, &["GET", "b"]), "$1\r\n2\r\n");
    assert_eq!(world.ask(m, &["GET", "b"]), "$1\r\n2\r\n");
    assert_eq!(world.nodes[1].stats.sync_partial_ok, 2, "{:#?}", world.log);
    assert_eq!(world.nodes[1].stats.sync_full, 0);
}

#[test]
fn a_replica_of_a_replica_has_the_same_offset() {
    let mut world = World::new(3, &["--repl-diskless-sync-delay", "0"]);
    let (m, r, s) = (world.client(0), world.client(1), world.client(2));
    world.ask(m, &["SELECT", "3"]);
    world.ask(m, &["SET", "a", "1"]);
    world.follow(r, 0);
    world.pass(3_000);
    world.ask(m, &["INCR", "a"]);
    world.follow(s, 1);
    world.pass(3_000);
    world.ask(m, &["MULTI"]);
    world.ask(m, &["INCR", "a"]);
    world.ask(m, &["INCR", "a"]);
    world.ask(m, &["EXEC"]);
    world.pass(2_000);
    world.ask(s, &["SELECT", "3"]);
    assert_eq!(world.ask(s, &["GET", "a"]), "$1\r\n4\r\n");
    let offsets: Vec<u64> = world.nodes.iter().map(|n| n.replication.offset()).collect();
    assert_eq!(offsets[0], offsets[1]);
    assert_eq!(offsets[0], offsets[2]);
}

#[test]
fn wait_ends_at_its_time_when_nobody_answers() {
    let mut world = World::new(1, &[]);
    let m = world.client(0);
    world.ask(m, &["SET", "a", "1"]);
    assert_eq!(world.ask(m, &["WAIT", "1", "500"]), "");
    world.pass(400);
    assert_eq!(world.answer(m), "");
    world.pass(200);
    assert_eq!(world.answer(m), ":0\r\n");
}

#[test]
fn a_diskless_sync_waits_for_others_five_seconds() {
    let mut world = World::new(3, &[]);
    let (r1, r2) = (world.client(1), world.client(2));
    world.follow(r1, 0);
    world.pass(3_000);
    world.follow(r2, 0);
    assert_eq!(world.said("Finished with success"), 0);
    world.pass(3_500);
    assert_eq!(world.said("Finished with success"), 2);
}

#[test]
fn a_master_can_refuse_writes_that_too_few_replicas_hear() {
    let mut world =
        World::new(2, &["--repl-diskless-sync-delay", "0", "--min-replicas-to-write", "1"]);
    let (m, r) = (world.client(0), world.client(1));
    assert_eq!(
        world.ask(m, &["SET", "a", "1"]),
        "-NOREPLICAS Not enough good replicas to write.\r\n"
    );
    world.follow(r, 0);
    world.pass(3_000);
    assert_eq!(world.ask(m, &["SET", "a", "1"]), "+OK\r\n");
}

#[test]
fn migrate_moves_keys_with_their_time_to_live() {
    let mut world = World::new(3, &["--repl-diskless-sync-delay", "0"]);
    let (a, b, r) = (world.client(0), world.client(1), world.client(2));
    world.follow(r, 0);
    world.pass(2_000);
    for key in ["k1", "k2", "k3"] {
        world.ask(a, &["RPUSH", key, "x", "1"]);
    }
    world.ask(a, &["PEXPIRE", "k2", "60000"]);
    let reply = world
        .ask(a, &["MIGRATE", "10.0.0.2", "6379", "", "0", "5000", "KEYS", "k1", "k2", "missing"]);
    assert_eq!(reply, "+OK\r\n");
    assert_eq!(world.ask(a, &["EXISTS", "k1", "k2", "k3"]), ":1\r\n");
    assert_eq!(world.ask(b, &["LRANGE", "k1", "0", "-1"]), "*2\r\n$1\r\nx\r\n$1\r\n1\r\n");
    assert_eq!(world.ask(b, &["PTTL", "k2"]), ":60000\r\n");
    assert_eq!(world.ask(r, &["EXISTS", "k1", "k2", "k3"]), ":1\r\n", "the replica heard DEL");
    assert_eq!(world.ask(a, &["MIGRATE", "10.0.0.2", "6379", "k1", "0", "5000"]), "+NOKEY\r\n");
    world.ask(b, &["SET", "k3", "other"]);
    assert_eq!(
        world.ask(a, &["MIGRATE", "10.0.0.2", "6379", "k3", "0", "5000"]),
        "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n"
    );
    assert_eq!(
        world.ask(a, &["MIGRATE", "10.0.0.2", "6379", "k3", "0", "5000", "COPY", "REPLACE"]),
        "+OK\r\n"
    );
    assert_eq!(world.ask(a, &["EXISTS", "k3"]), ":1\r\n");
    assert_eq!(world.ask(b, &["TYPE", "k3"]), "+list\r\n");
}

#[test]
fn a_key_on_its_way_is_not_changed_until_the_target_has_answered() {
    let mut world = World::new(2, &[]);
    let (a, other) = (world.client(0), world.client(0));
    world.ask(a, &["SET", "k", "1"]);
    // The target stands still.
    let silent = world.client(1);
    world.stall = Some(1);
    assert_eq!(world.ask(a, &["MIGRATE", "10.0.0.2", "6379", "k", "0", "3000"]), "");
    assert_eq!(world.ask(other, &["INCR", "k"]), "", "the write waits");
    assert_eq!(world.ask(other, &["GET", "k"]), "", "and what follows it");
    world.pass(3_100);
    assert_eq!(world.answer(a), "-IOERR error or timeout reading to target instance\r\n");
    assert_eq!(world.answer(other), ":2\r\n$1\r\n2\r\n", "then all goes on");
    let _ = silent;
}
