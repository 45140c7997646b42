//! What clients were told: acknowledged writes, and what a slot map learns from redirects. All of
//! it is read off the wire, so that it is as true of redis-cli as of any other client.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;

use engine::base::Slot;
use engine::sim::{ConnId, HostId, LinkKind, Packet, World};
use engine::store::Value;

use super::model::SlotsView;
use super::roster::Roster;

/// No more writes are kept.
const WRITES_MOST: usize = 500;
/// No more connections are followed, and no more requests a connection.
const CONNS_MOST: usize = 256;
/// No more redirects are kept.
const LESSONS_MOST: usize = 60;

/// What became of an acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The slot's owner has it.
    There,
    /// A later acknowledged write took its place.
    Replaced,
    /// Nobody serves the slot now.
    Unreachable,
    /// The slot's owner does not have it: it was acknowledged and is gone.
    Lost,
    /// It is gone, but the client knew: WAIT had told it that no replica has it.
    Warned,
}

/// One acknowledged write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WriteView {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// When the client had its `OK`, in virtual microseconds.
    pub at_us: u64,
    /// Who said it.
    pub by: String,
    /// What became of it.
    pub fate: Fate,
}

/// A redirect and what it taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// When, in virtual microseconds.
    pub at_us: u64,
    /// The host of the client.
    pub client: String,
    /// Whether it was ASK: then nothing is learnt.
    pub ask: bool,
    /// The slot.
    pub slot: u16,
    /// Where the client was sent.
    pub to: String,
}

#[derive(Clone, Debug)]
struct Write {
    key: Vec<u8>,
    value: Vec<u8>,
    at_us: u64,
    by: SocketAddr,
    /// On which connection, to find it again when its client waits for replicas.
    conn: ConnId,
    /// WAIT said that no replica has it.
    warned: bool,
}

/// A request that waits for its reply.
#[derive(Clone, Debug)]
enum Waiting {
    /// A plain SET: key and value.
    Set(Vec<u8>, Vec<u8>),
    /// WAIT.
    Replicas,
    /// Anything else.
    Other,
}

/// What was said on client connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    waiting: BTreeMap<ConnId, VecDeque<Waiting>>,
    writes: Rc<VecDeque<Write>>,
    redirects: Rc<Vec<Redirect>>,
}

impl Ledger {
    /// A packet arrived.
    pub(crate) fn hear(&mut self, packet: &Packet, roster: &Roster, world: &World) {
        if packet.kind != LinkKind::Client {
            return;
        }
        if roster.of_addr(packet.to.1).is_some() {
            let queue = self.waiting.entry(packet.conn).or_default();
            if queue.len() < CONNS_MOST {
                queue.push_back(waiting(&packet.bytes));
            }
            if self.waiting.len() > CONNS_MOST {
                self.waiting.pop_first();
            }
            return;
        }
        let waited = self.waiting.get_mut(&packet.conn).and_then(VecDeque::pop_front);
        let at_us = packet.arrived.as_micros();
        if let Some(redirect) = redirect(&packet.bytes) {
            let (ask, slot, to) = redirect;
            let client = world.host(packet.to.0).map(|h| h.name.clone()).unwrap_or_default();
            let redirects = Rc::make_mut(&mut self.redirects);
            if redirects.len() >= LESSONS_MOST {
                redirects.remove(0);
            }
            redirects.push(Redirect { at_us, client, ask, slot, to });
            return;
        }
        match waited {
            Some(Waiting::Set(key, value)) if packet.bytes.as_ref() == b"+OK\r\n" => {
                let writes = Rc::make_mut(&mut self.writes);
                if writes.len() >= WRITES_MOST {
                    writes.pop_front();
                }
                let (by, conn) = (packet.from.1, packet.conn);
                writes.push_back(Write { key, value, at_us, by, conn, warned: false });
            }
            Some(Waiting::Replicas) => {
                let warned = packet.bytes.as_ref() == b":0\r\n";
                let writes = Rc::make_mut(&mut self.writes);
                for write in writes.iter_mut().filter(|w| w.conn == packet.conn) {
                    write.warned = warned;
                }
            }
            _ => {}
        }
    }

    /// The redirects, oldest first.
    pub(crate) fn redirects(&self) -> Rc<Vec<Redirect>> {
        Rc::clone(&self.redirects)
    }

    /// The acknowledged writes and what became of each, newest first; `slots` says who owns what.
    pub(crate) fn writes(
        &self,
        world: &World,
        (roster, names): (&Roster, &[String]),
        slots: &SlotsView,
    ) -> Vec<WriteView> {
        let mut later: BTreeSet<&[u8]> = BTreeSet::new();
        let view = |write: &Write, fate| {
            let by = roster.of_addr(write.by).and_then(|ix| names.get(ix));
            WriteView {
                key: String::from_utf8_lossy(&write.key).into_owned(),
                value: String::from_utf8_lossy(&write.value).into_owned(),
                at_us: write.at_us,
                by: by.cloned().unwrap_or_default(),
                fate,
            }
        };
        let writes = self.writes.iter().rev();
        writes
            .map(|write| {
                let newest = later.insert(&write.key);
                let fate = if newest { fate(write, world, roster, slots) } else { Fate::Replaced };
                view(write, fate)
            })
            .collect()
    }
}

/// Whether the owner of its slot still has it.
fn fate(write: &Write, world: &World, roster: &Roster, slots: &SlotsView) -> Fate {
    let owner = slots.owner_of(Slot::of_key(&write.key).number());
    let node = owner.and_then(|ix| roster.nodes().get(ix)).and_then(|seen| {
        let process = world.process(HostId(seen.host), seen.pid?)?;
        Some(process.server()?.node())
    });
    match node.map(|node| node.peek(&write.key)) {
        None => Fate::Unreachable,
        Some(Some(Value::Str(text))) if *text.to_cow() == *write.value => Fate::There,
        Some(_) if write.warned => Fate::Warned,
        Some(_) => Fate::Lost,
    }
}

/// What a request waits for.
fn waiting(bytes: &[u8]) -> Waiting {
    let wait = bytes.strip_prefix(b"*3\r\n").and_then(bulk);
    if wait.is_some_and(|(command, _)| command.eq_ignore_ascii_case(b"wait")) {
        return Waiting::Replicas;
    }
    write_of(bytes).map_or(Waiting::Other, |(key, value)| Waiting::Set(key, value))
}

/// Key and value of a plain `SET key value`.
fn write_of(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let rest = bytes.strip_prefix(b"*3\r\n")?;
    let (command, rest) = bulk(rest)?;
    let (key, rest) = bulk(rest)?;
    let (value, rest) = bulk(rest)?;
    (command.eq_ignore_ascii_case(b"set") && rest.is_empty())
        .then(|| (key.to_vec(), value.to_vec()))
}

/// A bulk string and what comes after it.
fn bulk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(b"$")?;
    let end = rest.iter().position(|b| *b == b'\r')?;
    let len: usize = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    let from = end.checked_add(2)?;
    let to = from.checked_add(len)?;
    Some((rest.get(from..to)?, rest.get(to..)?.strip_prefix(b"\r\n")?))
}

/// Whether it asks, the slot, and where to.
fn redirect(bytes: &[u8]) -> Option<(bool, u16, String)> {
    let line = std::str::from_utf8(bytes.strip_prefix(b"-")?).ok()?.trim_end();
    let mut words = line.split(' ');
    let ask = match words.next()? {
        "MOVED" => false,
        "ASK" => true,
        _ => return None,
    };
    Some((ask, words.next()?.parse().ok()?, words.next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_set_is_a_write_and_nothing_else_is() {
        let set = b"*3\r\n$3\r\nSet\r\n$1\r\nk\r\n$2\r\nvw\r\n";
        assert_eq!(write_of(set), Some((b"k".to_vec(), b"vw".to_vec())));
        assert_eq!(write_of(b"*3\r\n$3\r\nSET\r\n$99999999999999999999\r\n"), None);
        assert_eq!(write_of(b"*2\r\n$3\r\nget\r\n$1\r\nk\r\n"), None);
    }

    #[test]
    fn redirects_are_read() {
        let moved = redirect(b"-MOVED 12182 192.168.40.2:6380\r\n");
        assert_eq!(moved, Some((false, 12182, "192.168.40.2:6380".to_owned())));
        assert_eq!(redirect(b"-ASK 7 h:1\r\n").map(|r| r.0), Some(true));
        assert_eq!(redirect(b"-ERR no\r\n"), None);
        assert_eq!(redirect(b"-MOVED"), None);
    }
}
