//! `maxmemory-clients`: when all clients together cost too much, the largest ones are closed
//! (`updateClientMemUsageAndBucket` in server.c, `evictClients` in networking.c).
//!
//! Clients are weighed one by one as they change, and only while the directive is set. Who goes
//! first is decided by size classes, each twice as wide as the one before, and within a class by
//! who has been in it for longest: no client is moved for every byte that it gains.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use engine_base::{LinkId, Mono, Now};

use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::command::client_line;

/// The bounds of the size classes, as powers of two (`CLIENT_MEM_USAGE_BUCKET_*_LOG`).
const CLASSES: core::ops::RangeInclusive<u32> = 15..=33;
/// A smaller limit counts as this one: with less nobody could talk to the server.
const LIMIT_MIN: usize = 128 * 1024;
/// A buffer of more than this is given back when it has been read, while clients are weighed
/// (`PROTO_REPLY_CHUNK_BYTES`).
const KEPT: usize = 16 * 1024;
/// How long a long buffer is remembered (`CLIENTS_PEAK_MEM_USAGE_SLOTS`).
const SECONDS: usize = 8;
/// Of an argument that is not complete, room for so much is made at once; then it doubles.
const ROOM_AT_ONCE: usize = 32 * 1024;

/// What all clients cost, and the order in which they go.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientMemory {
    /// Bytes of all that are weighed.
    total: usize,
    /// Who may be closed: by size class, the largest first, and then by turn.
    order: BTreeSet<(Reverse<u32>, u64, LinkId)>,
    /// The next turn to give.
    turn: u64,
    /// The longest input and output of each of the last seconds.
    recent: [(usize, usize); SECONDS],
}

/// How a client was last weighed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighed {
    bytes: usize,
    /// Its place in the order; `None` for one that may not be closed.
    place: Option<(u32, u64)>,
}

fn class_of(bytes: usize) -> u32 {
    (usize::BITS - bytes.leading_zeros()).clamp(*CLASSES.start(), *CLASSES.end())
}

/// Replicas have a limit of their own, and what carries slots is no client.
fn counts(client: &Client) -> bool {
    let replica = client.flags.contains(ClientFlags::REPLICA);
    let monitor = client.flags.contains(ClientFlags::MONITOR);
    (!replica || monitor) && !client.flags.intersects(ClientFlags::MASTER | ClientFlags::IMPORT)
}

impl ClientMemory {
    fn forget(&mut self, link: LinkId, weighed: Weighed) {
        self.total -= weighed.bytes;
        if let Some((class, turn)) = weighed.place {
            self.order.remove(&(Reverse(class), turn, link));
        }
    }

    fn take_in(
        &mut self,
        link: LinkId,
        bytes: usize,
        evictable: bool,
        was: Option<(u32, u64)>,
    ) -> Weighed {
        self.total += bytes;
        let class = class_of(bytes);
        let place = evictable.then(|| match was {
            // In the class in which it was, it keeps its turn.
            Some((old, turn)) if old == class => (class, turn),
            _ => {
                self.turn += 1;
                (class, self.turn)
            }
        });
        if let Some((class, turn)) = place {
            self.order.insert((Reverse(class), turn, link));
        }
        Weighed { bytes, place }
    }
}

impl Node {
    /// How many bytes all clients may cost; `None` for any (`getClientEvictionLimit`).
    fn client_memory_limit(&self) -> Option<usize> {
        let set = self.config.maxmemory_clients;
        let limit = match u64::try_from(set) {
            Ok(0) => return None,
            Ok(bytes) => bytes,
            // A share of no limit is no limit.
            Err(_) if self.config.maxmemory == 0 => u64::MAX,
            Err(_) => (self.config.maxmemory as f64 * -(set as f64) / 100.0) as u64,
        };
        Some(usize::try_from(limit).unwrap_or(usize::MAX).max(LIMIT_MIN))
    }

    /// Weighs a client anew; `at_work` bytes are its own and in somebody's hands just now.
    #[inline]
    pub(crate) fn weigh_client(&mut self, link: LinkId, at_work: usize) {
        if self.config.maxmemory_clients != 0 {
            self.put_on_scales(link, at_work);
        }
    }

    fn put_on_scales(&mut self, link: LinkId, at_work: usize) {
        let Some(client) = self.links.client_mut(link) else { return };
        let was = client.weighed.take();
        if let Some(weighed) = was {
            self.client_memory.forget(link, weighed);
        }
        if counts(client) {
            let bytes = client.memory() + at_work;
            let evictable = !client.flags.contains(ClientFlags::NO_EVICT);
            let place = was.and_then(|weighed| weighed.place);
            client.weighed = Some(self.client_memory.take_in(link, bytes, evictable, place));
        }
    }

    /// A client is gone.
    pub(crate) fn unweigh_client(&mut self, link: LinkId) {
        let client = self.links.client_mut(link);
        if let Some(weighed) = client.and_then(|client| client.weighed.take()) {
            self.client_memory.forget(link, weighed);
        }
    }

    /// Weighs all clients: once a second, and when the directive has changed.
    pub(crate) fn weigh_all_clients(&mut self) {
        let limited = self.config.maxmemory_clients != 0;
        let links: Vec<LinkId> = self.links.clients().map(|client| client.link).collect();
        for link in links {
            if limited {
                self.put_on_scales(link, 0);
            } else {
                self.unweigh_client(link);
            }
        }
    }

    /// Once a second: remembers the longest buffers.
    pub(crate) fn note_recent_buffers(&mut self, now: Now) {
        let largest = |(a, b): (usize, usize), (c, d): (usize, usize)| (a.max(c), b.max(d));
        let most = self.links.clients().map(Client::peaks).fold((0, 0), largest);
        let second = usize::try_from(now.unix.as_secs()).unwrap_or(0) % SECONDS;
        self.client_memory.recent[second] = most;
    }

    /// The longest input and output of a client in the last seconds (`getExpansiveClientsInfo`).
    pub(crate) fn recent_buffers(&self) -> (usize, usize) {
        let recent = &self.client_memory.recent;
        let most = |of: fn(&(usize, usize)) -> usize| recent.iter().map(of).max().unwrap_or(0);
        (most(|both| both.0), most(|both| both.1))
    }

    fn clients_weigh_too_much(&self) -> bool {
        self.client_memory_limit().is_some_and(|limit| self.client_memory.total >= limit)
    }

    /// Closes the largest clients until the others fit.
    #[inline]
    pub(crate) fn evict_clients(&mut self, now: Now) {
        if self.config.maxmemory_clients == 0 || !self.clients_weigh_too_much() {
            return;
        }
        while self.clients_weigh_too_much() {
            let Some(&(_, _, link)) = self.client_memory.order.first() else {
                let text = "Over client maxmemory after evicting all evictable clients";
                return self.out.log(LogLevel::Warning, text);
            };
            if let Some(client) = self.links.client(link) {
                let line = client_line(client, now);
                self.out.log(LogLevel::Notice, format!("Evicting client: {line}"));
            }
            self.stats.evicted_clients += 1;
            self.free_client(now, link);
            self.out.push(Action::Close { link, mode: CloseMode::Now });
        }
    }

    /// At the end of a turn: what is too much is looked at again when the replies of this turn
    /// have gone out, for most clients read what they are sent.
    pub(crate) fn evict_clients_after_flush(&mut self, now: Now) {
        let due = self.config.maxmemory_clients != 0
            && !self.client_memory.order.is_empty()
            && self.clients_weigh_too_much();
        self.timers.client_eviction = if due { now.mono } else { Mono::NEVER };
    }

    /// A client has read all that it was sent: a buffer that grew large for it does not stay.
    pub(crate) fn lighten_reply(&mut self, link: LinkId) {
        if self.config.maxmemory_clients == 0 {
            return;
        }
        if let Some(client) = self.links.client_mut(link) {
            let buffer = client.reply.buffer_mut();
            if buffer.is_empty() && buffer.capacity() > KEPT {
                *buffer = Vec::new();
            }
        }
        self.put_on_scales(link, 0);
    }
}

/// Takes in what a client has sent. Of a long argument it is known how long it will be: room is
/// made for that, and no more.
pub(crate) fn take_input(client: &mut Client, bytes: &[u8]) {
    let needs = client.query.len() + bytes.len();
    if let Some(wanted) = client.parser.wanted().filter(|wanted| *wanted > needs)
        && needs > client.query.capacity()
    {
        let room = wanted.min(ROOM_AT_ONCE.max(needs * 2));
        client.query.reserve_exact(room - client.query.len());
    }
    client.query.extend_from_slice(bytes);
    client.query_peak = client.query_peak.max(client.query.len());
}
