//! Clients that write and read, follow redirects, and remember what was acknowledged.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use engine_base::{Mono, Rng, Slot};
use engine_sim::{ConnId, ConnState, HostId, Pid, World, command};

use crate::history::History;
use crate::invariant::{Violation, Watch};

/// A client gives a node up after so many milliseconds without an answer.
const PATIENCE_MS: u64 = 2000;
/// So many keys has each client: each is written again and again with growing values.
const KEYS: u64 = 40;
/// How many of a client's commands are reads.
const READS: f64 = 0.35;
/// How many of them write a large value: a copy of the data shall be more than the kernels of a link
/// hold, and take a while.
const LARGE: f64 = 0.004;
/// So many large values has each client.
const LARGE_KEYS: u64 = 10;
/// Their size.
const LARGE_LEN: usize = 256 * 1024;

/// What is known of one key. It is written by one client only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// The largest value that was sent.
    pub(crate) tried: u64,
    /// The largest value that was acknowledged and is not known to be lost.
    pub(crate) acked: u64,
    /// When it was sent, when it was acknowledged, and by which node.
    pub(crate) sent_at: Mono,
    pub(crate) acked_at: Mono,
    pub(crate) acked_by: usize,
    /// Values that were sent and never answered: they may still arrive.
    pub(crate) limbo: Vec<u64>,
}

/// One command of a client.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) key: String,
    /// What is written; `None` for a read, and for a large value, which nobody reads.
    pub(crate) value: Option<u64>,
    large: bool,
    /// When it was sent.
    pub(crate) since: Mono,
    /// Whether it stands behind ASKING.
    pub(crate) asking: bool,
}

/// One client: one request at a time.
struct Client {
    host: usize,
    /// Open connections, by node.
    conns: BTreeMap<usize, ConnId>,
    /// Who was last said to serve a slot: what a client library keeps.
    routes: BTreeMap<Slot, usize>,
    /// Who is asked now.
    node: usize,
    /// When the last connection was begun.
    dialed: Mono,
    /// What waits for its answer.
    waiting: Option<Request>,
    /// What was sent elsewhere by a redirect and goes out next.
    again: Option<Request>,
    next_value: u64,
}

/// All clients, and the ledger of their writes.
pub(crate) struct Load {
    clients: Vec<Client>,
    rng: Rng,
    /// What large values hold: nothing that a copy could be made of in fewer bytes.
    noise: String,
    /// By key.
    pub(crate) ledger: BTreeMap<String, Written>,
    /// Acknowledged writes.
    pub(crate) writes: u64,
    /// Answered reads.
    pub(crate) reads: u64,
    /// Answers that were redirects or refusals, by their first word.
    pub(crate) refusals: BTreeMap<&'static str, u64>,
    /// Whether clients begin anything new.
    pub(crate) open: bool,
}

/// What an answer says.
enum Answer {
    Done,
    Value(u64),
    Elsewhere(SocketAddr, bool),
    Refused,
}

impl Load {
    /// Clients on the hosts from `first` on.
    pub(crate) fn new(clients: usize, first: usize, mut rng: Rng) -> Self {
        let mut letters = rng.fork("large values");
        let noise = (0..LARGE_LEN).map(|_| char::from(b'0' + letters.below(64) as u8)).collect();
        let client = |i| Client {
            host: first + i,
            conns: BTreeMap::new(),
            routes: BTreeMap::new(),
            node: 0,
            dialed: Mono::ZERO,
            waiting: None,
            again: None,
            next_value: 1,
        };
        Self {
            clients: (0..clients).map(client).collect(),
            rng,
            noise,
            ledger: BTreeMap::new(),
            writes: 0,
            reads: 0,
            refusals: BTreeMap::new(),
            open: true,
        }
    }

    /// Lets every client do what it can do now.
    pub(crate) fn turn(
        &mut self,
        world: &mut World,
        addrs: &[SocketAddr],
        history: &mut History,
        watch: &mut Watch,
    ) -> Result<(), Violation> {
        for i in 0..self.clients.len() {
            self.hear(world, addrs, i, history, watch)?;
            self.say(world, addrs, i);
        }
        Ok(())
    }

    /// Keys of a slot that clients have asked a node for and not heard of yet.
    pub(crate) fn asked(&self, node: usize, slot: Slot) -> impl Iterator<Item = &str> {
        self.clients
            .iter()
            .filter(move |client| client.node == node)
            .filter_map(|client| client.waiting.as_ref())
            .filter(move |request| Slot::of_key(request.key.as_bytes()) == slot)
            .map(|request| request.key.as_str())
    }

    fn hear(
        &mut self,
        world: &mut World,
        addrs: &[SocketAddr],
        i: usize,
        history: &mut History,
        watch: &mut Watch,
    ) -> Result<(), Violation> {
        let client = &mut self.clients[i];
        let conn = client.conns.get(&client.node).copied();
        let (Some(conn), Some(request)) = (conn, client.waiting.clone()) else {
            return Ok(());
        };
        let slot = Slot::of_key(request.key.as_bytes());
        let late = world.now().ms_since(request.since) > PATIENCE_MS;
        let bytes = world.recv(conn);
        let node = client.node;
        let Some(answer) = read_answer(&bytes, request.asking) else {
            if late || world.conn_state(conn) != ConnState::Open {
                self.unanswered(&request);
                self.leave(world, i, slot);
            }
            return Ok(());
        };
        self.clients[i].waiting = None;
        match answer {
            Answer::Done => {
                self.writes += 1;
                watch.answered(world, node, &request)?;
                self.acknowledged(world.now(), node, &request);
            }
            Answer::Value(value) => {
                self.reads += 1;
                watch.answered(world, node, &request)?;
                let entry = self.ledger.entry(request.key.clone()).or_default();
                watch.read(world.now(), node, &request.key, value, entry, history)?;
            }
            Answer::Elsewhere(to, ask) => {
                *self.refusals.entry(if ask { "ASK" } else { "MOVED" }).or_default() += 1;
                let client = &mut self.clients[i];
                client.node = addrs.iter().position(|addr| *addr == to).unwrap_or(node);
                if !ask {
                    client.routes.insert(slot, client.node);
                }
                client.again = Some(Request { asking: ask, ..request });
            }
            Answer::Refused => {
                *self.refusals.entry(refusal(&bytes)).or_default() += 1;
                self.leave(world, i, slot);
            }
        }
        Ok(())
    }

    /// A client gives up on a node, for this slot.
    fn leave(&mut self, world: &mut World, i: usize, slot: Slot) {
        let client = &mut self.clients[i];
        client.waiting = None;
        client.routes.remove(&slot);
        if let Some(conn) = client.conns.remove(&client.node) {
            world.close(conn);
        }
    }

    fn unanswered(&mut self, request: &Request) {
        if let Some(value) = request.value {
            self.ledger.entry(request.key.clone()).or_default().limbo.push(value);
        }
    }

    fn acknowledged(&mut self, now: Mono, node: usize, request: &Request) {
        let Some(value) = request.value else { return };
        let entry = self.ledger.entry(request.key.clone()).or_default();
        if value >= entry.acked {
            (entry.acked, entry.acked_at, entry.acked_by) = (value, now, node);
            entry.sent_at = request.since;
        }
    }

    fn say(&mut self, world: &mut World, addrs: &[SocketAddr], i: usize) {
        let open = self.open;
        let client = &mut self.clients[i];
        if client.waiting.is_some() || !(open || client.again.is_some()) {
            return;
        }
        let mut request = match client.again.take() {
            Some(request) => request,
            None => {
                let request = draw(&mut self.rng, client);
                let slot = Slot::of_key(request.key.as_bytes());
                let known = client.routes.get(&slot).copied();
                client.node = known.unwrap_or_else(|| self.rng.index(addrs.len()));
                request
            }
        };
        let node = client.node;
        let Some(conn) = client.conns.get(&node).copied() else {
            let conn = world.connect(HostId(client.host), Pid(1), addrs[node]);
            client.conns.insert(node, conn);
            client.dialed = world.now();
            client.again = Some(request);
            return;
        };
        match world.conn_state(conn) {
            ConnState::Open => {}
            ConnState::Connecting if world.now().ms_since(client.dialed) <= PATIENCE_MS => {
                client.again = Some(request);
                return;
            }
            _ => {
                world.close(conn);
                client.conns.remove(&node);
                client.routes.remove(&Slot::of_key(request.key.as_bytes()));
                return;
            }
        }
        request.since = world.now();
        let mut bytes = if request.asking { command(&["ASKING"]) } else { Vec::new() };
        match request.value {
            None if request.large => {
                bytes.extend(command(&["SET", &request.key, &self.noise]));
            }
            Some(value) => {
                let entry = self.ledger.entry(request.key.clone()).or_default();
                entry.tried = entry.tried.max(value);
                bytes.extend(command(&["SET", &request.key, &value.to_string()]));
            }
            None => bytes.extend(command(&["GET", &request.key])),
        }
        world.send(conn, &bytes);
        client.waiting = Some(request);
    }
}

fn draw(rng: &mut Rng, client: &mut Client) -> Request {
    if rng.chance(LARGE) {
        let key = format!("large:{}:{}", client.host, rng.below(LARGE_KEYS));
        return Request { key, value: None, since: Mono::ZERO, asking: false, large: true };
    }
    let key = format!("k:{}:{}", client.host, rng.below(KEYS));
    let value = (!rng.chance(READS)).then(|| {
        client.next_value += 1;
        client.next_value
    });
    Request { key, value, since: Mono::ZERO, asking: false, large: false }
}

/// The answer to the command itself; `None` while it is not there as a whole.
fn read_answer(bytes: &[u8], asking: bool) -> Option<Answer> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = if asking { text.split_once("\r\n")?.1 } else { text };
    let (first, rest) = text.split_once("\r\n")?;
    if first == "+OK" {
        return Some(Answer::Done);
    }
    if let Some(len) = first.strip_prefix('$') {
        if len == "-1" {
            return Some(Answer::Value(0));
        }
        let (value, _) = rest.split_once("\r\n")?;
        return Some(Answer::Value(value.parse().unwrap_or(0)));
    }
    for (word, ask) in [("-MOVED ", false), ("-ASK ", true)] {
        if let Some(to) = first.strip_prefix(word).and_then(|rest| rest.split(' ').nth(1)) {
            return Some(to.parse().map_or(Answer::Refused, |to| Answer::Elsewhere(to, ask)));
        }
    }
    Some(Answer::Refused)
}

/// The code of an error that clients meet.
fn refusal(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    ["CLUSTERDOWN", "TRYAGAIN", "LOADING", "MISCONF", "READONLY", "MASTERDOWN"]
        .into_iter()
        .find(|code| text.contains(code))
        .unwrap_or("other error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_a_whole_and_behind_asking() {
        assert!(read_answer(b"$2\r\n12", false).is_none());
        assert!(matches!(read_answer(b"$2\r\n12\r\n", false), Some(Answer::Value(12))));
        assert!(read_answer(b"+OK\r\n", true).is_none());
        assert!(matches!(read_answer(b"+OK\r\n+OK\r\n", true), Some(Answer::Done)));
        let moved = read_answer(b"-MOVED 3 10.0.0.1:6380\r\n", false);
        assert!(matches!(moved, Some(Answer::Elsewhere(to, false)) if to.port() == 6380));
        assert!(matches!(read_answer(b"-CLUSTERDOWN x\r\n", false), Some(Answer::Refused)));
    }
}
