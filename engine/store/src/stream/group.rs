//! Consumer groups: who was given which entries and has not said yet that they are done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Log, StreamId};

/// A consumer group (`struct streamCG`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The last id that it was given.
    pub last_id: StreamId,
    /// How many entries of the stream it was given, deleted ones too; `None` when unknown.
    pub read: Option<i64>,
    pub(crate) pending: BTreeMap<StreamId, Pending>,
    pub(crate) consumers: BTreeMap<Arc<[u8]>, Consumer>,
}

/// An entry that was given and is not acknowledged (`struct streamNACK`).
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// When it was given last: Unix milliseconds.
    pub given: i64,
    /// How often it was given.
    pub times: u64,
    /// To whom.
    pub consumer: Arc<[u8]>,
}

/// A consumer of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consumer {
    /// When it was active last: Unix milliseconds.
    pub seen: i64,
    pub(crate) pending: BTreeSet<StreamId>,
}

impl Consumer {
    /// What it was given and has not acknowledged.
    #[must_use]
    pub fn pending(&self) -> &BTreeSet<StreamId> {
        &self.pending
    }
}

impl Group {
    /// One that was given all up to `last_id`.
    #[must_use]
    pub fn new(last_id: StreamId, read: Option<i64>) -> Self {
        Self { last_id, read, ..Self::default() }
    }

    /// All that was given and not acknowledged.
    #[must_use]
    pub fn pending(&self) -> &BTreeMap<StreamId, Pending> {
        &self.pending
    }

    /// What is known of one such entry.
    pub fn pending_mut(&mut self, id: StreamId) -> Option<&mut Pending> {
        self.pending.get_mut(&id)
    }

    /// The consumers by name.
    #[must_use]
    pub fn consumers(&self) -> &BTreeMap<Arc<[u8]>, Consumer> {
        &self.consumers
    }

    /// Makes a consumer; `false` when it is there.
    pub fn add_consumer(&mut self, name: &[u8], now_ms: i64) -> bool {
        let new = !self.consumers.contains_key(name);
        if new {
            self.consumers.insert(name.into(), Consumer { seen: now_ms, ..Consumer::default() });
        }
        new
    }

    /// A consumer is active; makes it if it is missing: whether it was.
    pub fn see_consumer(&mut self, name: &[u8], now_ms: i64) -> bool {
        match self.consumers.get_mut(name) {
            Some(consumer) => {
                consumer.seen = now_ms;
                false
            }
            None => self.add_consumer(name, now_ms),
        }
    }

    /// Forgets a consumer and what it was given; how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// An entry of the stream is about to be given, the first time to this group if its id is
    /// greater than all before: whether it is.
    pub fn move_on(&mut self, log: &Log, id: StreamId) -> bool {
        if id <= self.last_id {
            return false;
        }
        self.read = log.read_up_to(id, self.read);
        self.last_id = id;
        true
    }

    /// An entry is given to a consumer, who must be there.
    pub fn give(&mut self, id: StreamId, consumer: &[u8], given: i64, times: u64) {
        self.take_back(id);
        let Some((name, _)) = self.consumers.get_key_value(consumer) else { return };
        self.pending.insert(id, Pending { given, times, consumer: name.clone() });
        if let Some(consumer) = self.consumers.get_mut(consumer) {
            consumer.pending.insert(id);
        }
    }

    /// An entry is not pending any more (`XACK`); whether it was.
    pub fn take_back(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    pub(super) fn heap(&self) -> usize {
        let names: usize = self.consumers.keys().map(|name| name.len() + 96).sum();
        // Each stands in the tree of the group and in that of its consumer.
        names + self.pending.len() * 90 + size_of::<Self>()
    }
}
