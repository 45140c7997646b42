//! Clients that write, follow redirects, and remember what was acknowledged.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use engine_base::{Mono, Rng};
use engine_sim::{ConnId, ConnState, HostId, Pid, World, command};

/// A client gives a node up after so many milliseconds without an answer.
const PATIENCE_MS: u64 = 2000;
/// So many keys has each client: each is written again and again with growing values.
const KEYS: u64 = 40;

/// What is known of one key.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    /// The largest value that was sent.
    pub(crate) tried: u64,
    /// The largest value that was acknowledged.
    pub(crate) acked: u64,
    /// When, and by which node.
    pub(crate) acked_at: Mono,
    pub(crate) acked_by: usize,
}

/// One client: one request at a time.
struct Client {
    name: usize,
    conn: Option<ConnId>,
    node: usize,
    /// The write that waits for its answer, and since when.
    waiting: Option<(String, u64, Mono)>,
    next_value: u64,
}

/// All clients, and the ledger of their writes.
pub(crate) struct Load {
    clients: Vec<Client>,
    rng: Rng,
    /// By key.
    pub(crate) ledger: BTreeMap<String, Written>,
    /// Acknowledged writes.
    pub(crate) writes: u64,
    /// Redirects followed.
    pub(crate) redirects: u64,
}

impl Load {
    pub(crate) fn new(clients: usize, rng: Rng) -> Self {
        let client = |name| Client { name, conn: None, node: 0, waiting: None, next_value: 1 };
        Self {
            clients: (0..clients).map(client).collect(),
            rng,
            ledger: BTreeMap::new(),
            writes: 0,
            redirects: 0,
        }
    }

    /// Lets every client do what it can do now.
    pub(crate) fn turn(&mut self, world: &mut World, addrs: &[SocketAddr]) {
        for i in 0..self.clients.len() {
            self.read(world, addrs, i);
            self.write(world, addrs, i);
        }
    }

    fn read(&mut self, world: &mut World, addrs: &[SocketAddr], i: usize) {
        let client = &mut self.clients[i];
        let (Some(conn), Some((key, value, since))) = (client.conn, client.waiting.clone()) else {
            return;
        };
        let late = world.now().ms_since(since) > PATIENCE_MS;
        let answer = world.recv(conn);
        if answer.starts_with(b"+OK") {
            client.waiting = None;
            self.writes += 1;
            let entry = self.ledger.entry(key).or_default();
            if value >= entry.acked {
                *entry = Written {
                    acked: value,
                    acked_at: world.now(),
                    acked_by: client.node,
                    ..*entry
                };
            }
        } else if let Some(to) = moved_to(&answer) {
            self.redirects += 1;
            client.waiting = None;
            world.close(conn);
            client.conn = None;
            client.node = addrs.iter().position(|addr| *addr == to).unwrap_or(client.node);
        } else if !answer.is_empty() || late || world.conn_state(conn) != ConnState::Open {
            client.waiting = None;
            world.close(conn);
            client.conn = None;
            client.node = self.rng.index(addrs.len());
        }
    }

    fn write(&mut self, world: &mut World, addrs: &[SocketAddr], i: usize) {
        let client = &mut self.clients[i];
        if client.waiting.is_some() {
            return;
        }
        let Some(conn) = client.conn else {
            // A client stands beside a node that runs: the way between hosts is a fault's to cut.
            let Some(host) = world.hosts().iter().position(|host| host.up) else { return };
            client.conn = Some(world.connect(HostId(host), Pid(1), addrs[client.node]));
            return;
        };
        match world.conn_state(conn) {
            ConnState::Open => {}
            ConnState::Connecting => return,
            _ => {
                world.close(conn);
                client.conn = None;
                client.node = self.rng.index(addrs.len());
                return;
            }
        }
        let value = client.next_value;
        client.next_value += 1;
        let key = format!("k:{}:{}", client.name, self.rng.below(KEYS));
        self.ledger.entry(key.clone()).or_default().tried = value;
        world.send(conn, &command(&["SET", &key, &value.to_string()]));
        client.waiting = Some((key, value, world.now()));
    }
}

/// Where `-MOVED slot ip:port` sends a client.
fn moved_to(answer: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(answer).ok()?.strip_prefix("-MOVED ")?;
    text.split_whitespace().nth(1)?.parse().ok()
}
