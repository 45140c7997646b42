//! A node of ours in the place of one of the real nodes: it hears all that that one heard, at the
//! same times, and nobody hears what it says.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};
use engine_node::{Action, Boot, BootDisk, Config, DialError, DiskOp, Listener, Node, Purpose};

use crate::record::{DIRECTIVES, announced, own_directives};
use crate::story::{NODES, Port, Story, What};
use crate::view::{essence, reply_len};

#[derive(Default)]
struct Disk(BTreeMap<String, Vec<u8>>);

impl BootDisk for Disk {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
}

/// A piece that our node hears on a link that it opened, not before its time.
enum Piece {
    Bytes(Vec<u8>),
    Closed,
}

struct Stage<'s> {
    story: &'s Story,
    me: usize,
    disk: Disk,
    node: Option<Node>,
    operator: Option<LinkId>,
    alive: [bool; NODES],
    at: u64,
    born: u64,
    /// Our link for each recorded one that others opened to this node.
    inbound: BTreeMap<usize, LinkId>,
    /// Our link to each node's bus.
    bus: BTreeMap<usize, LinkId>,
    /// What they answered before our node had opened its link: its clock ticks at other moments.
    early: BTreeMap<usize, Vec<Vec<u8>>>,
    /// Recorded links of this node to others' buses: whither.
    bus_links: BTreeMap<usize, usize>,
    /// What the others said on links to their client ports: by node, then by link, in order.
    clients: BTreeMap<usize, VecDeque<VecDeque<(u64, Piece)>>>,
    /// Those of them that we have opened.
    open: BTreeMap<LinkId, VecDeque<(u64, Piece)>>,
    asked: VecDeque<Vec<u8>>,
    said: Vec<u8>,
    compared: usize,
}

/// Plays the story with our node as node `me`; how many replies were compared.
pub fn take_the_place_of(story: &Story, me: usize) -> usize {
    let mut stage = Stage {
        story,
        me,
        disk: Disk::default(),
        node: None,
        operator: None,
        alive: [false; NODES],
        at: 0,
        born: 0,
        inbound: BTreeMap::new(),
        bus: BTreeMap::new(),
        early: BTreeMap::new(),
        bus_links: BTreeMap::new(),
        clients: said_on_client_links(story, me),
        open: BTreeMap::new(),
        asked: VecDeque::new(),
        said: Vec::new(),
        compared: 0,
    };
    for event in &story.events {
        stage.run_until(event.at);
        stage.event(&event.what);
        stage.act();
    }
    stage.compared
}

/// By node, what it answered on each link to its client port that node `me` opened. The lines
/// before a payload come one by one, since each answers a line.
fn said_on_client_links(
    story: &Story,
    me: usize,
) -> BTreeMap<usize, VecDeque<VecDeque<(u64, Piece)>>> {
    let mut links: BTreeMap<usize, (usize, VecDeque<(u64, Piece)>)> = BTreeMap::new();
    for event in &story.events {
        match &event.what {
            What::Open { link, from, to, port: Port::Client } if *from == me => {
                links.insert(*link, (*to, VecDeque::new()));
            }
            What::Bytes { link, back: true, bytes } => {
                let Some((_, pieces)) = links.get_mut(link) else { continue };
                let mut rest = &bytes[..];
                while let (Some(len), true) = (reply_len(rest), rest.starts_with(b"+")) {
                    pieces.push_back((event.at, Piece::Bytes(rest[..len].to_vec())));
                    rest = &rest[len..];
                }
                if !rest.is_empty() {
                    pieces.push_back((event.at, Piece::Bytes(rest.to_vec())));
                }
            }
            What::Closed { link } => {
                let Some((_, pieces)) = links.get_mut(link) else { continue };
                pieces.push_back((event.at, Piece::Closed));
            }
            _ => {}
        }
    }
    let mut by_node: BTreeMap<usize, VecDeque<_>> = BTreeMap::new();
    for (to, pieces) in links.into_values() {
        by_node.entry(to).or_default().push_back(pieces);
    }
    by_node
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

impl Stage<'_> {
    fn now(&self) -> Now {
        let ms = self.story.began + self.at / 1000;
        Now { mono: Mono::from_micros(self.at - self.born), unix: UnixMs(ms.try_into().unwrap()) }
    }

    /// Lets time pass: the node's deadlines, and what is due on links that it opened.
    fn run_until(&mut self, end: u64) {
        loop {
            let deadline = self.node.as_ref().map(|n| n.next_deadline().at.as_micros() + self.born);
            let due = self.open.iter().filter_map(|(link, q)| Some((q.front()?.0, *link))).min();
            let next = deadline.into_iter().chain(due.map(|(at, _)| at)).min();
            let Some(next) = next.filter(|at| *at <= end) else { break };
            self.at = self.at.max(next);
            match due {
                Some((at, link)) if at == next => self.hear(link),
                _ => {
                    let now = self.now();
                    self.node.as_mut().unwrap().handle_timeout(now);
                }
            }
            self.act();
        }
        self.at = end;
    }

    fn hear(&mut self, link: LinkId) {
        let now = self.now();
        let Some((_, piece)) = self.open.get_mut(&link).and_then(VecDeque::pop_front) else {
            return;
        };
        let Some(node) = &mut self.node else { return };
        match piece {
            Piece::Bytes(bytes) => node.handle_bytes(now, link, &bytes),
            Piece::Closed => node.handle_closed(now, link),
        }
    }

    fn event(&mut self, what: &What) {
        let now = self.now();
        match what {
            What::Start { node, id } => {
                self.alive[*node] = true;
                if *node == self.me {
                    self.boot(id);
                }
            }
            What::Kill { node } => {
                self.alive[*node] = false;
                if *node == self.me {
                    self.node = None;
                    self.inbound.clear();
                    self.bus.clear();
                    self.early.clear();
                    self.open.clear();
                }
            }
            What::Command { node, request } if *node == self.me => {
                self.asked.push_back(request.clone());
                let operator = self.operator.unwrap();
                self.node.as_mut().unwrap().handle_bytes(now, operator, request);
            }
            What::Reply { node, reply } if *node == self.me => self.compare(reply),
            What::Open { link, from, to, port: Port::Bus } if *from == self.me => {
                self.bus_links.insert(*link, *to);
            }
            What::Open { link, to, port, .. } if *to == self.me => {
                let Some(node) = &mut self.node else { return };
                let (listener, port) = match port {
                    Port::Bus => (Listener::Bus, announced(*to, Port::Bus)),
                    Port::Client => (Listener::Client, announced(*to, Port::Client)),
                };
                let ours = node.accept(now, listener, local(40_000), local(port));
                self.inbound.insert(*link, ours);
            }
            What::Bytes { link, back, bytes } => self.bytes(*link, *back, bytes),
            What::Closed { link } => self.closed(*link),
            _ => {}
        }
    }

    /// On links that others opened, what they say; on ours, what they answer.
    fn bytes(&mut self, link: usize, back: bool, bytes: &[u8]) {
        let now = self.now();
        let ours = match (back, self.bus_links.get(&link)) {
            (false, None) => self.inbound.get(&link),
            (true, Some(to)) => {
                if !self.bus.contains_key(to) {
                    self.early.entry(*to).or_default().push(bytes.to_vec());
                }
                self.bus.get(to)
            }
            _ => None,
        };
        if let (Some(node), Some(ours)) = (&mut self.node, ours) {
            node.handle_bytes(now, *ours, bytes);
        }
    }

    fn closed(&mut self, link: usize) {
        let now = self.now();
        let to = self.bus_links.remove(&link);
        let ours = match to {
            Some(to) => {
                self.early.remove(&to);
                self.bus.remove(&to)
            }
            None => self.inbound.remove(&link),
        };
        if let (Some(node), Some(ours)) = (&mut self.node, ours) {
            node.handle_closed(now, ours);
        }
    }

    fn boot(&mut self, id: &[u8]) {
        let id = String::from_utf8_lossy(id);
        let alone = format!(
            "{id} :0@0 myself,master - 0 0 0 connected\nvars currentEpoch 0 lastVoteEpoch 0\n"
        );
        let directives: Vec<String> = own_directives(self.me)
            .into_iter()
            .chain(DIRECTIVES.map(str::to_owned))
            .chain(["--dir".into(), "/data".into()])
            .collect();
        let config = Config::parse("", &directives).unwrap();
        self.disk.0.entry("/data/nodes.conf".into()).or_insert(alone.into_bytes());
        self.born = self.at;
        let now = self.now();
        let seed = Seed::from_number(SEED);
        let boot = Boot { config, config_file: None, pid: 1, seed, disk: &self.disk, now };
        let mut node = Node::boot(boot).unwrap();
        let port = announced(self.me, Port::Client);
        self.operator = Some(node.accept(now, Listener::Client, local(50_000), local(port)));
        self.node = Some(node);
    }

    fn act(&mut self) {
        let now = self.now();
        while let Some(action) = self.node.as_mut().and_then(Node::poll_action) {
            let node = self.node.as_mut().unwrap();
            match action {
                Action::Dial { link, to, purpose, .. } => self.dial(link, to, purpose),
                Action::Send { link, bytes } => node.handle_sent(now, link, bytes.len()),
                Action::Flush { link } => {
                    let said = node.output(link).to_vec();
                    if self.operator == Some(link) {
                        self.said.extend(&said);
                    }
                    node.handle_flushed(now, link, said.len());
                }
                Action::Disk { id, op, .. } => {
                    if let DiskOp::Replace { path, bytes } | DiskOp::Put { path, bytes } = op {
                        self.disk.0.insert(path, bytes.to_vec());
                    }
                    node.handle_disk(now, id, Ok(()));
                }
                Action::Close { link, .. } => {
                    self.bus.retain(|_, ours| *ours != link);
                    self.open.remove(&link);
                }
                Action::Read { path, .. } => panic!("{path} is read in parts"),
                Action::Log { .. } | Action::Gather { .. } => {}
                Action::Exit { code } => panic!("node {} ended with {code}", self.me),
            }
        }
    }

    /// The stand-in in front of a dead node accepts, and hangs up when it finds nobody behind it.
    fn dial(&mut self, link: LinkId, to: SocketAddr, purpose: Purpose) {
        let now = self.now();
        let port = if purpose == Purpose::Bus { Port::Bus } else { Port::Client };
        let peer = (0..NODES).find(|node| announced(*node, port) == to.port());
        let peer = peer.unwrap_or_else(|| panic!("node {} dials {to} for {purpose:?}", self.me));
        let node = self.node.as_mut().unwrap();
        if port == Port::Client && self.alive[peer] {
            let Some(pieces) = self.clients.get_mut(&peer).and_then(VecDeque::pop_front) else {
                return node.handle_dialed(now, link, Err(DialError::Refused));
            };
            self.open.insert(link, pieces);
        }
        node.handle_dialed(now, link, Ok(local(40_000)));
        if !self.alive[peer] {
            node.handle_closed(now, link);
        } else if port == Port::Bus {
            self.bus.insert(peer, link);
            for bytes in self.early.remove(&peer).unwrap_or_default() {
                node.handle_bytes(now, link, &bytes);
            }
        }
    }

    fn compare(&mut self, theirs: &[u8]) {
        let request = self.asked.pop_front().unwrap();
        let len = reply_len(&self.said);
        let said = String::from_utf8_lossy(&self.said);
        let len = len.unwrap_or_else(|| panic!("node {}: no reply but {said:?}", self.me));
        let ours: Vec<u8> = self.said.drain(..len).collect();
        let request = String::from_utf8_lossy(&request);
        assert_eq!(
            essence(theirs),
            essence(&ours),
            "node {} at {} ms, asked {request:?}: left the real one's, right ours",
            self.me,
            self.at / 1000
        );
        self.compared += 1;
    }
}

/// With this seed the replica that stands for election draws a shorter delay than the real one
/// did, so that it has asked for the votes when they come.
const SEED: u64 = 1;
