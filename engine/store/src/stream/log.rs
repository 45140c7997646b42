//! The entries of a stream, and what is remembered of those that are gone.

use std::collections::VecDeque;

use super::node::{Entry, Node};
use super::{NodeLimits, StreamId, Trim};
use crate::{Listpack, Shared};

/// What a node takes beside its listpack: counters and lengths.
const NODE_OVERHEAD: usize = 48;
/// How many nodes are looked at to tell the size of all.
const SAMPLES: usize = 5;

/// The entries of a stream in nodes, each with the id of its first entry (`struct stream`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    pub(super) nodes: VecDeque<(StreamId, Shared<Node>)>,
    pub(super) length: u64,
    /// The greatest id that an entry ever had.
    pub last_id: StreamId,
    pub(super) first_id: StreamId,
    /// The greatest id that was deleted.
    pub max_deleted: StreamId,
    /// How many entries were ever added.
    pub entries_added: u64,
}

impl Log {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The id of the first entry, as remembered; zero when there is none.
    #[must_use]
    pub fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes from that index on, each with its id.
    pub(crate) fn packs(&self, from: usize) -> impl Iterator<Item = (StreamId, &Listpack)> {
        self.nodes.iter().skip(from).map(|(id, node)| (*id, node.pack()))
    }

    /// Takes a node in whose id is greater than all so far; whether it is well formed.
    pub(crate) fn add_pack(&mut self, id: StreamId, pack: Listpack) -> bool {
        let node = Node::from_pack(pack);
        node.map(|node| self.nodes.push_back((id, Shared::new(node)))).is_some()
    }

    /// Brings the nodes in order; whether each id is there once.
    pub(crate) fn sort_nodes(&mut self) -> bool {
        let nodes = self.nodes.make_contiguous();
        nodes.sort_by_key(|(id, _)| *id);
        nodes.windows(2).all(|pair| pair[0].0 != pair[1].0)
    }

    /// What a file says beside the nodes.
    pub(crate) fn set_counts(&mut self, length: u64, first_id: StreamId) {
        (self.length, self.first_id) = (length, first_id);
    }

    /// Finds the first entry (`streamGetEdgeID`).
    pub(crate) fn find_first(&mut self) {
        let first = self.range(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id);
        self.first_id =
            if self.length == 0 { StreamId::MIN } else { first.unwrap_or(StreamId::MAX) };
    }

    /// The entries from `start` to `end`, both included.
    pub fn range(&self, start: StreamId, end: StreamId) -> impl Iterator<Item = Entry<'_>> {
        let from = self.nodes.partition_point(|(id, _)| *id <= start).saturating_sub(1);
        self.nodes
            .range(from..)
            .flat_map(|(id, node)| node.entries(*id))
            .filter(move |entry| entry.id >= start && !entry.is_deleted())
            .take_while(move |entry| entry.id <= end)
    }

    /// The entries from `end` down to `start`, both included.
    pub fn range_back(&self, start: StreamId, end: StreamId) -> impl Iterator<Item = Entry<'_>> {
        let behind = self.nodes.partition_point(|(id, _)| *id <= end);
        self.nodes
            .range(..behind)
            .rev()
            .flat_map(|(id, node)| node.entries_back(*id))
            .filter(move |entry| entry.id <= end && !entry.is_deleted())
            .take_while(move |entry| entry.id >= start)
    }

    /// The entry with that id.
    #[must_use]
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.range(id, id).next()
    }

    /// The id of the last entry that is there.
    #[must_use]
    pub fn last_there(&self) -> Option<StreamId> {
        self.range_back(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id)
    }

    /// The first id of all that are kept, of a deleted entry too; the greatest of all when nothing is.
    #[must_use]
    pub fn first_kept(&self) -> StreamId {
        let first = self.nodes.front().and_then(|(id, node)| node.entries(*id).next());
        first.map_or(StreamId::MAX, |entry| entry.id)
    }

    /// Adds an entry; its id must be greater than all so far. `pairs` are names and values.
    pub fn append(&mut self, id: StreamId, pairs: &[&[u8]], limits: NodeLimits) {
        let more: usize = pairs.iter().map(|word| word.len()).sum();
        let full = self.nodes.back().is_none_or(|(_, node)| {
            node.pack().byte_len().saturating_add(more) >= limits.bytes()
                || (limits.max_entries > 0 && node.count() >= limits.max_entries)
        });
        if full {
            self.nodes.push_back((id, Shared::new(Node::new(pairs))));
        }
        if let Some((base, node)) = self.nodes.back_mut() {
            node.push(*base, id, pairs);
        }
        self.length = self.length.saturating_add(1);
        self.entries_added = self.entries_added.wrapping_add(1);
        self.last_id = id;
        if self.length == 1 {
            self.first_id = id;
        }
    }

    /// Deletes entries; how many were there (`xdelCommand`).
    pub fn delete(&mut self, ids: &[StreamId]) -> u64 {
        let mut deleted = 0;
        let mut first_gone = false;
        for id in ids {
            if self.delete_one(*id) {
                first_gone |= *id == self.first_id;
                self.max_deleted = self.max_deleted.max(*id);
                deleted += 1;
            }
        }
        if deleted > 0 && (first_gone || self.length == 0) {
            self.find_first();
        }
        deleted
    }

    fn delete_one(&mut self, id: StreamId) -> bool {
        let Some(place) = self.get(id).map(|entry| entry.place()) else { return false };
        // The node in which the entry was found: the last that begins at or before it and holds it.
        let from = self.nodes.partition_point(|(base, _)| *base <= id).saturating_sub(1);
        let holds = |(base, node): &(StreamId, Shared<Node>)| {
            node.entries(*base).any(|e| e.id == id && e.place() == place && !e.is_deleted())
        };
        let Some(index) = (from..self.nodes.len()).find(|i| holds(&self.nodes[*i])) else {
            return false;
        };
        let node = &mut self.nodes[index].1;
        if node.live() <= 1 {
            self.nodes.remove(index);
        } else {
            node.delete(&[place]);
        }
        self.length = self.length.saturating_sub(1);
        true
    }

    /// Deletes entries from the front; how many (`streamTrim`). With `whole_nodes` only as whole
    /// nodes go (`~`), and at most `limit` entries unless that is zero.
    pub fn trim(&mut self, to: Trim, whole_nodes: bool, limit: u64) -> u64 {
        let mut deleted = 0_u64;
        while let Some((base, node)) = self.nodes.front() {
            let live = node.live();
            if matches!(to, Trim::Length(most) if self.length <= most)
                || (limit > 0 && deleted.saturating_add(live) > limit)
            {
                break;
            }
            let whole = match to {
                Trim::Length(most) => self.length.saturating_sub(live) >= most,
                Trim::Before(id) => node.entries_back(*base).next().is_none_or(|e| e.id < id),
            };
            if whole {
                self.nodes.pop_front();
                self.length = self.length.saturating_sub(live);
                deleted += live;
                continue;
            }
            if !whole_nodes {
                deleted += self.trim_front_node(to);
            }
            break;
        }
        if deleted > 0 || self.length == 0 {
            self.find_first();
        }
        deleted
    }

    /// Marks entries of the first node as deleted.
    fn trim_front_node(&mut self, to: Trim) -> u64 {
        let Some((base, node)) = self.nodes.front() else { return 0 };
        let mut places = Vec::new();
        for entry in node.entries(*base) {
            let stop = match to {
                Trim::Length(most) => self.length.saturating_sub(places.len() as u64) <= most,
                Trim::Before(id) => entry.id >= id,
            };
            if stop {
                break;
            }
            if !entry.is_deleted() {
                places.push(entry.place());
            }
        }
        if let Some((_, node)) = self.nodes.front_mut() {
            node.delete(&places);
        }
        self.length = self.length.saturating_sub(places.len() as u64);
        places.len() as u64
    }

    /// Whether an entry from `start` on was deleted, as far as it is known
    /// (`streamRangeHasTombstones`).
    fn has_gap_from(&self, start: StreamId) -> bool {
        self.length > 0
            && self.max_deleted != StreamId::MIN
            && self.first_id <= self.max_deleted
            && start <= self.max_deleted
    }

    /// How many entries were added up to that one; `None` when it cannot be told
    /// (`streamEstimateDistanceFromFirstEverEntry`).
    #[must_use]
    pub fn position(&self, id: StreamId) -> Option<i64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        let added = self.entries_added as i64;
        if id == self.last_id || (self.length == 0 && id < self.last_id) {
            return Some(added);
        }
        let whole = self.max_deleted == StreamId::MIN || self.max_deleted < self.first_id;
        if id > self.last_id || !whole {
            return None;
        }
        let before = added.wrapping_sub(self.length as i64);
        match id.cmp(&self.first_id) {
            std::cmp::Ordering::Less => Some(before),
            std::cmp::Ordering::Equal => Some(before.wrapping_add(1)),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// What a group has read after it was given `id`, when it had read `before` entries.
    pub(super) fn read_up_to(&self, id: StreamId, before: Option<i64>) -> Option<i64> {
        match before {
            Some(count) if !self.has_gap_from(id) => Some(count.wrapping_add(1)),
            _ if self.entries_added > 0 => self.position(id),
            _ => before,
        }
    }

    /// How many entries a group has not been given yet, that was last given `id`; `None` when it
    /// cannot be told (`streamReplyWithCGLag`).
    #[must_use]
    pub fn lag(&self, id: StreamId, read: Option<i64>) -> Option<i64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        let known = read.filter(|_| !self.has_gap_from(id));
        let read = known.or_else(|| self.position(id))?;
        Some((self.entries_added as i64).wrapping_sub(read))
    }

    /// Bytes allocated, roughly: as large as the first nodes are, all but the last are.
    pub(super) fn heap(&self) -> usize {
        let node = |(_, node): &(StreamId, Shared<Node>)| node.pack().heap() + NODE_OVERHEAD;
        let table = self.nodes.capacity() * size_of::<(StreamId, Shared<Node>)>();
        let (len, last) = (self.nodes.len(), self.nodes.back().map_or(0, node));
        let seen = len.saturating_sub(1).min(SAMPLES);
        let first: usize = self.nodes.iter().take(seen).map(node).sum();
        table + last + first / seen.max(1) * len.saturating_sub(1)
    }

    /// The nodes of the radix tree in which Redis would keep this (`rax->numnodes`).
    #[must_use]
    pub fn radix_nodes(&self) -> usize {
        let keys: Vec<[u8; 16]> = self.nodes.iter().map(|(id, _)| id.to_bytes()).collect();
        if keys.is_empty() { 1 } else { radix_nodes(&keys, 0) }
    }
}

/// The nodes of a radix tree of sorted keys that share their first `depth` bytes.
fn radix_nodes(keys: &[[u8; 16]], depth: usize) -> usize {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return 0 };
    let shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    if shared >= first.len() {
        // A node for the rest of the key, if any, and one for its end.
        return if depth < first.len() { 2 } else { 1 };
    }
    let run = usize::from(shared > depth);
    let branches = keys.chunk_by(|a, b| a[shared] == b[shared]);
    run + 1 + branches.map(|branch| radix_nodes(branch, shared + 1)).sum::<usize>()
}
