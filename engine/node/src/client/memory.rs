//! What one client costs (`getClientMemoryUsage` in networking.c), in the terms of this server.

use super::Client;
use super::Wait;

/// An entry of a tree of names beside the name's text: its place, a share of half-full nodes, and
/// what the allocator adds.
const NAME: usize = 64;
/// A word that is kept by itself, beside its text.
const WORD: usize = size_of::<Vec<u8>>();
/// A queued command, beside its words.
const QUEUED: usize = size_of::<crate::transaction::Queued>();
/// A client at work has a buffer of this size for its reply, whatever the reply will need
/// (`PROTO_REPLY_CHUNK_BYTES`).
const REPLY_ROOM: usize = 16 * 1024;

fn words(words: &[Vec<u8>]) -> usize {
    words.iter().map(|word| word.len() + WORD).sum()
}

impl Client {
    /// Bytes that this client costs. What is in work (its input and its reply) is not here.
    pub(crate) fn memory(&self) -> usize {
        let waits = match self.blocked.as_ref().map(|blocked| &blocked.wait) {
            Some(Wait::Keys(wait)) => words(&wait.args) + words(&wait.keys),
            Some(Wait::SetSlot { args, .. }) => words(args),
            _ => 0,
        };
        let postponed = self.postponed.as_deref().map_or(0, words);
        size_of::<Self>()
            + self.query.capacity()
            + self.reply.capacity()
            + waits
            + postponed
            + self.queued_memory()
            + self.names_memory()
    }

    /// The same for `CLIENT LIST`, with what it takes for the command that it runs just now.
    pub(crate) fn memory_shown(&self) -> usize {
        self.memory() + self.work_room + if self.in_work > 0 { REPLY_ROOM } else { 0 }
    }

    /// Bytes of the commands queued since MULTI.
    fn queued_memory(&self) -> usize {
        self.transaction.as_ref().map_or(0, |transaction| {
            transaction.bytes + transaction.words * WORD + transaction.queued.capacity() * QUEUED
        })
    }

    /// Bytes of watched keys, channels, patterns and prefixes.
    fn names_memory(&self) -> usize {
        let prefixes = self.tracking.as_ref().map_or(0, |tracking| tracking.prefixes.len());
        let count =
            self.watched.len() + self.subscriptions() + self.shard_channels.len() + prefixes;
        count * NAME + self.name_bytes
    }
}
