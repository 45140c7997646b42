//! A client connection's state between two commands.

mod blocked;
mod flags;
mod memory;
mod own_messages;
mod reply_room;

pub(crate) use blocked::{Blocked, KeyWait, Wait};
pub(crate) use flags::ClientFlags;
pub(crate) use reply_room::{ReplyRoom, Resized};

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use engine_base::{LinkId, Mono};
use engine_resp::{Protocol, Reply, RequestParser};

use crate::transaction::Transaction;

/// From how many bytes on what was sent is taken out of a buffer that is not empty.
const SENT_MOST: usize = 256 * 1024;

/// Up to this size a buffer of a busy client is left as it is (`PROTO_RESIZE_THRESHOLD`).
const LEFT_ALONE: usize = 32 * 1024;

/// Makes a buffer smaller that held at most `peak` bytes of late.
fn give_back(buffer: &mut Vec<u8>, peak: usize) {
    if buffer.capacity() > LEFT_ALONE && peak < buffer.capacity() / 2 {
        buffer.shrink_to(peak);
    }
}

/// One connected client. Replicas of this node are clients too, as in Redis.
#[derive(Clone)]
pub(crate) struct Client {
    /// Its link.
    pub(crate) link: LinkId,
    /// `CLIENT ID`: never used twice by one process.
    pub(crate) id: u64,
    /// Where it comes from.
    pub(crate) peer: SocketAddr,
    /// To which of this host's addresses it came.
    pub(crate) local: SocketAddr,
    /// The path of the Unix socket through which it came; then both addresses are this host's own.
    pub(crate) socket: Option<Arc<str>>,
    /// `CLIENT SETNAME`; empty for none.
    pub(crate) name: Vec<u8>,
    /// When it connected.
    pub(crate) since: Mono,
    /// When it last said something.
    pub(crate) last_input: Mono,
    /// The selected database.
    pub(crate) db: usize,
    /// What it is in the middle of.
    pub(crate) flags: ClientFlags,
    /// Whether it has proved who it is (always so without a password).
    pub(crate) authenticated: bool,
    /// Its user; `default` when there is no other.
    pub(crate) user: Option<Arc<[u8]>>,
    /// The last command (`cmd=` of `CLIENT LIST`).
    pub(crate) last_command: Option<&'static crate::command::Spec>,
    /// Bytes that came and are not yet executed.
    pub(crate) query: Vec<u8>,
    /// How much `query` has held since buffers were last looked at.
    pub(crate) query_peak: usize,
    /// Bytes of its input that are being worked on, out of `query`.
    pub(crate) in_work: usize,
    /// The size of the buffer in which those stand.
    pub(crate) work_room: usize,
    /// Bytes of the arguments of the command that runs, or of one that has not come whole.
    pub(crate) argument_bytes: usize,
    /// How far the first unfinished request in `query` has been read.
    pub(crate) parser: RequestParser,
    /// A request that a pause holds back.
    pub(crate) postponed: Option<Vec<Vec<u8>>>,
    /// What it will be told.
    pub(crate) reply: Reply,
    /// How much `reply` has held since buffers were last looked at.
    reply_peak: usize,
    /// How much room for replies it keeps.
    pub(crate) reply_room: ReplyRoom,
    /// How much of `reply` the driver has already sent.
    pub(crate) sent: usize,
    /// Whether the driver has been told that there is something to flush.
    pub(crate) flush_announced: bool,
    /// Since when its output has been over the soft limit.
    pub(crate) soft_since: crate::output_limits::SoftSince,
    /// Commands queued since MULTI.
    pub(crate) transaction: Option<Box<Transaction>>,
    /// Keys watched by this client, by (database, key), and whether the key had expired already:
    /// that it goes then is no change.
    pub(crate) watched: BTreeMap<(usize, Vec<u8>), bool>,
    /// How it tracks the keys that it reads (`CLIENT TRACKING`).
    pub(crate) tracking: Option<Box<crate::tracking::ClientTracking>>,
    /// What it waits for.
    pub(crate) blocked: Option<Box<Blocked>>,
    /// Channels it listens to.
    pub(crate) channels: BTreeSet<Vec<u8>>,
    /// Patterns it listens to.
    pub(crate) patterns: BTreeSet<Vec<u8>>,
    /// Sharded channels it listens to.
    pub(crate) shard_channels: BTreeSet<Vec<u8>>,
    /// Bytes of the names of watched keys, channels, patterns and prefixes.
    pub(crate) name_bytes: usize,
    /// What it was last found to cost (`maxmemory-clients`).
    pub(crate) weighed: Option<crate::client_memory::Weighed>,
    /// Its part in replication, when it is a replica of this node.
    pub(crate) replica: Option<Box<crate::replication::ReplicaClient>>,
    /// The replication offset after this client's last write (`WAIT`).
    pub(crate) write_offset: u64,
    /// The slot migration that it carries.
    pub(crate) import: Option<crate::slot_migration::JobName>,
}

impl Client {
    /// A client that has just connected.
    pub(crate) fn new(
        link: LinkId,
        id: u64,
        peer: SocketAddr,
        local: SocketAddr,
        at: Mono,
    ) -> Self {
        Self {
            link,
            id,
            peer,
            local,
            socket: None,
            name: Vec::new(),
            since: at,
            last_input: at,
            db: 0,
            flags: ClientFlags::empty(),
            authenticated: false,
            user: None,
            last_command: None,
            query: Vec::new(),
            query_peak: 0,
            in_work: 0,
            work_room: 0,
            argument_bytes: 0,
            parser: RequestParser::default(),
            postponed: None,
            reply: Reply::default(),
            reply_peak: 0,
            reply_room: ReplyRoom::new(at),
            sent: 0,
            flush_announced: false,
            soft_since: None,
            transaction: None,
            watched: BTreeMap::new(),
            tracking: None,
            blocked: None,
            channels: BTreeSet::new(),
            patterns: BTreeSet::new(),
            shard_channels: BTreeSet::new(),
            name_bytes: 0,
            weighed: None,
            replica: None,
            write_offset: 0,
            import: None,
        }
    }

    /// Where it comes from, as `CLIENT LIST` shows it (`genClientAddrString`).
    pub(crate) fn peer_name(&self) -> String {
        self.socket.as_ref().map_or_else(|| self.peer.to_string(), |path| format!("{path}:0"))
    }

    /// Where it came to.
    pub(crate) fn local_name(&self) -> String {
        self.socket.as_ref().map_or_else(|| self.local.to_string(), |path| format!("{path}:0"))
    }

    /// Takes its input out, to be worked on.
    pub(crate) fn take_query(&mut self) -> Vec<u8> {
        self.in_work = self.query.len();
        self.work_room = self.query.capacity();
        std::mem::take(&mut self.query)
    }

    /// How many channels and patterns it listens to (sharded ones not counted).
    pub(crate) fn subscriptions(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// Whether a RESP2 client is in the state in which only a few commands are allowed.
    pub(crate) fn in_pubsub_mode(&self) -> bool {
        !self.reply.is_resp3() && self.subscriptions() + self.shard_channels.len() > 0
    }

    /// Whether it can ask what it likes while it is subscribed, and so hear what it says itself.
    pub(crate) fn hears_itself(&self) -> bool {
        let stream = ClientFlags::REPLICA | ClientFlags::MASTER;
        self.reply.is_resp3()
            && self.subscriptions() + self.shard_channels.len() > 0
            && !self.flags.intersects(stream)
    }

    /// An empty reply buffer in this client's protocol.
    pub(crate) fn empty_reply(&self) -> Reply {
        let mut reply = Reply::new();
        reply.set_protocol(if self.reply.is_resp3() { Protocol::Resp3 } else { Protocol::Resp2 });
        reply
    }

    /// The bytes that the driver has not sent yet.
    pub(crate) fn unsent(&self) -> &[u8] {
        self.reply.as_bytes().get(self.sent..).unwrap_or_default()
    }

    /// The driver has sent `n` more bytes.
    pub(crate) fn mark_sent(&mut self, n: usize) {
        self.reply_peak = self.reply_peak.max(self.reply.len());
        self.reply_room.used(self.reply.len());
        self.sent = (self.sent + n).min(self.reply.as_bytes().len());
        if self.sent == self.reply.as_bytes().len() {
            self.reply.truncate(0);
            self.sent = 0;
            self.flush_announced = false;
        } else if self.sent >= SENT_MOST && self.sent >= self.reply.len() / 2 {
            // One that is never quite empty (a replica under load) must not keep what is gone.
            self.reply.buffer_mut().drain(..self.sent);
            self.sent = 0;
        }
    }

    /// The most that its buffers have held since they were last looked at: input and output.
    pub(crate) fn peaks(&self) -> (usize, usize) {
        (self.query_peak.max(self.query.len()), self.reply_peak.max(self.unsent().len()))
    }

    /// Gives back what its buffers hold without use, when it has been silent for a while
    /// (`clientsCronResizeQueryBuffer`, `clientsCronResizeOutputBuffer`).
    pub(crate) fn shrink(&mut self, now: Mono) {
        if now.ms_since(self.last_input) > 2000 {
            if self.query.is_empty() {
                self.query = Vec::new();
            }
            if self.reply.is_empty() {
                *self.reply.buffer_mut() = Vec::new();
            }
        }
        // Of one that is busy, what was large once and is not needed now.
        give_back(&mut self.query, self.query_peak);
        give_back(self.reply.buffer_mut(), self.reply_peak);
        self.query_peak = self.query.len();
        self.reply_peak = self.reply.len();
    }
}
