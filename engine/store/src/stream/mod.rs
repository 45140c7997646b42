//! Streams: entries in the order of their ids, and groups of consumers (t_stream.c).

mod group;
mod id;
mod log;
mod node;

use std::collections::BTreeMap;

pub use group::{Consumer, Group, Pending};
pub use id::StreamId;
pub use log::Log;
pub use node::Entry;

/// A stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// Its entries.
    pub log: Log,
    /// Its groups by name.
    pub groups: BTreeMap<Vec<u8>, Group>,
}

/// When a node is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLimits {
    /// `stream-node-max-bytes`; 0 for as many as a node can hold.
    pub max_bytes: usize,
    /// `stream-node-max-entries`; 0 for any number.
    pub max_entries: u64,
}

/// Above this size nothing is added to a node (`STREAM_LISTPACK_MAX_SIZE`).
pub const NODE_BYTES_MAX: usize = 1 << 30;

impl NodeLimits {
    fn bytes(self) -> usize {
        match self.max_bytes {
            0 => NODE_BYTES_MAX,
            bytes => bytes.min(NODE_BYTES_MAX),
        }
    }
}

/// What a trimmed stream keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// So many entries (`MAXLEN`).
    Length(u64),
    /// The entries from that id on (`MINID`).
    Before(StreamId),
}

impl Stream {
    /// Heap bytes, roughly.
    #[must_use]
    pub fn heap(&self) -> usize {
        let groups = self.groups.iter().map(|(name, group)| name.len() + group.heap());
        size_of::<Self>() + self.log.heap() + groups.sum::<usize>()
    }

    /// How many pieces it is of (`lazyfreeGetFreeEffort`): never none, even without entries.
    #[must_use]
    pub fn pieces(&self) -> usize {
        let pending = self.groups.values().next().map_or(0, |group| group.pending.len());
        1 + self.log.node_count() * 2 + self.groups.len() * (1 + pending)
    }
}

#[cfg(test)]
mod tests;
