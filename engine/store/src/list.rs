//! The list value: listpacks in a row, as Redis's quicklist.

use std::collections::VecDeque;

use crate::Limits;
use crate::listpack::{Elem, Listpack, Place};

/// What Redis adds to a new element when it guesses a node's size (`SIZE_ESTIMATE_OVERHEAD`).
const OVERHEAD: usize = 8;
/// A node limited by count never grows beyond this (`SIZE_SAFETY_LIMIT`).
const SAFETY: usize = 8192;

/// Shows one element of a node, and takes it out.
fn take<R>(node: &mut Listpack, place: Place, see: impl FnOnce(Elem<'_>) -> R) -> Option<R> {
    let seen = see(node.get(place)?);
    node.remove(place, 1);
    Some(seen)
}

/// A list of byte strings.
#[derive(Clone, Debug, Default)]
pub struct List {
    nodes: VecDeque<Listpack>,
    len: usize,
}

impl List {
    /// Without elements.
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: VecDeque::new(), len: 0 }
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The nodes, for RDB.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Listpack> {
        self.nodes.iter()
    }

    /// Adds a whole node at the end (RDB); empty ones are left out.
    pub fn push_node(&mut self, node: Listpack) {
        let len = node.len();
        if len > 0 {
            self.len += len;
            self.nodes.push_back(node);
        }
    }

    /// Adds at the end.
    pub fn push_back(&mut self, bytes: &[u8], limits: &Limits) {
        self.len += 1;
        match self.nodes.back_mut() {
            Some(node) if allows(node, bytes.len(), limits) => node.push_back(bytes),
            _ => self.nodes.push_back(single(bytes)),
        }
    }

    /// Adds at the beginning.
    pub fn push_front(&mut self, bytes: &[u8], limits: &Limits) {
        self.len += 1;
        match self.nodes.front_mut() {
            Some(node) if allows(node, bytes.len(), limits) => node.push_front(bytes),
            _ => self.nodes.push_front(single(bytes)),
        }
    }

    /// Shows the last element where it stands, and takes it out.
    pub fn pop_back<R>(&mut self, see: impl FnOnce(Elem<'_>) -> R) -> Option<R> {
        let node = self.nodes.back_mut()?;
        let seen = take(node, node.last()?, see)?;
        self.nodes.pop_back_if(|node| node.is_empty());
        self.len -= 1;
        Some(seen)
    }

    /// Shows the first element where it stands, and takes it out.
    pub fn pop_front<R>(&mut self, see: impl FnOnce(Elem<'_>) -> R) -> Option<R> {
        let node = self.nodes.front_mut()?;
        let seen = take(node, node.first()?, see)?;
        self.nodes.pop_front_if(|node| node.is_empty());
        self.len -= 1;
        Some(seen)
    }

    /// The index as counted from the front, when it is inside; negative counts from the end.
    #[must_use]
    pub fn resolve(&self, index: i64) -> Option<usize> {
        let index = if index < 0 { index.checked_add(self.len as i64)? } else { index };
        usize::try_from(index).ok().filter(|i| *i < self.len)
    }

    /// The node that holds the element `index`, and its index in there.
    fn locate(&self, index: usize) -> Option<(usize, usize)> {
        if index >= self.len {
            return None;
        }
        if index <= self.len / 2 {
            let mut rest = index;
            for (i, node) in self.nodes.iter().enumerate() {
                let n = node.len();
                if rest < n {
                    return Some((i, rest));
                }
                rest -= n;
            }
            return None;
        }
        let mut rest = self.len - 1 - index;
        for (i, node) in self.nodes.iter().enumerate().rev() {
            let n = node.len();
            if rest < n {
                return Some((i, n - 1 - rest));
            }
            rest -= n;
        }
        None
    }

    /// The element at an index from the front.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Elem<'_>> {
        let (node, inner) = self.locate(index)?;
        let node = &self.nodes[node];
        node.get(node.seek(inner as i64)?)
    }

    /// Replaces the element at an index; `false` when it is outside.
    pub fn set(&mut self, index: usize, bytes: &[u8]) -> bool {
        let Some((node, inner)) = self.locate(index) else { return false };
        let node = &mut self.nodes[node];
        let Some(place) = node.seek(inner as i64) else { return false };
        node.replace(place, bytes);
        true
    }

    /// Adds before the element at `index`; at the end when `index` is the length.
    pub fn insert(&mut self, index: usize, bytes: &[u8], limits: &Limits) {
        if index == 0 {
            return self.push_front(bytes, limits);
        }
        let Some((at, inner)) = self.locate(index) else { return self.push_back(bytes, limits) };
        self.len += 1;
        if allows(&self.nodes[at], bytes.len(), limits) {
            if let Some(place) = self.nodes[at].seek(inner as i64) {
                self.nodes[at].insert(place, bytes);
            }
            return;
        }
        if inner > 0
            && let Some(place) = self.nodes[at].seek(inner as i64)
        {
            let tail = self.nodes[at].split_off(place);
            self.nodes.insert(at + 1, tail);
            if allows(&self.nodes[at], bytes.len(), limits) {
                self.nodes[at].push_back(bytes);
            } else if allows(&self.nodes[at + 1], bytes.len(), limits) {
                self.nodes[at + 1].push_front(bytes);
            } else {
                self.nodes.insert(at + 1, single(bytes));
            }
            return;
        }
        if at > 0 && allows(&self.nodes[at - 1], bytes.len(), limits) {
            self.nodes[at - 1].push_back(bytes);
        } else {
            self.nodes.insert(at, single(bytes));
        }
    }

    /// Takes `count` elements out, from `start` on; gives how many there were.
    pub fn remove_range(&mut self, start: usize, count: usize) -> usize {
        let Some((mut at, inner)) = self.locate(start) else { return 0 };
        let wanted = count.min(self.len - start);
        let mut rest = wanted;
        let mut inner = inner;
        while rest > 0 && at < self.nodes.len() {
            let node = &mut self.nodes[at];
            let len = node.len();
            let take = rest.min(len - inner);
            if take == len {
                self.nodes.remove(at);
            } else {
                if let Some(place) = node.seek(inner as i64) {
                    node.remove(place, take);
                }
                at += 1;
            }
            rest -= take;
            inner = 0;
        }
        self.len -= wanted;
        wanted
    }

    /// Keeps `count` elements from `start` on and drops the others.
    pub fn trim(&mut self, start: usize, count: usize) {
        let end = start.saturating_add(count).min(self.len);
        self.remove_range(end, usize::MAX);
        self.remove_range(0, start);
    }

    /// Takes out up to `max` elements equal to `bytes` (all when `max` is `None`), from the front
    /// or from the back; gives how many.
    pub fn remove_equal(&mut self, bytes: &[u8], max: Option<usize>, from_back: bool) -> usize {
        let max = max.unwrap_or(usize::MAX);
        let mut taken = 0;
        let order: Vec<usize> = if from_back {
            (0..self.nodes.len()).rev().collect()
        } else {
            (0..self.nodes.len()).collect()
        };
        for at in order {
            let node = &mut self.nodes[at];
            let mut place = if from_back { node.last() } else { node.first() };
            while taken < max
                && let Some(here) = place
            {
                let equal = node.get(here).is_some_and(|e| e.is(bytes));
                place = if from_back { node.prev(here) } else { node.next(here) };
                if equal {
                    node.remove(here, 1);
                    taken += 1;
                    if !from_back {
                        // The element after the removed one stands in its place now.
                        place = node.get(here).map(|_| here);
                    }
                }
            }
        }
        self.nodes.retain(|n| !n.is_empty());
        self.len -= taken;
        taken
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Elem<'_>> {
        self.nodes.iter().flat_map(Listpack::iter)
    }

    /// The elements from `start` on, in order.
    pub fn iter_from(&self, start: usize) -> impl Iterator<Item = Elem<'_>> {
        let (at, inner) = self.locate(start).unwrap_or((self.nodes.len(), 0));
        let first = self.nodes.get(at).map(|n| n.iter_at(n.seek(inner as i64)));
        first
            .into_iter()
            .flatten()
            .chain(self.nodes.range((at + 1).min(self.nodes.len())..).flat_map(Listpack::iter))
    }

    /// The elements from `start` (counted from the front) towards the beginning.
    pub fn iter_back_from(&self, start: usize) -> impl Iterator<Item = Elem<'_>> {
        let found = self.locate(start);
        let at = found.map_or(0, |(at, _)| at);
        let first = found
            .map(|(at, inner)| (&self.nodes[at], inner))
            .map(|(n, inner)| n.iter_back(n.seek(inner as i64)));
        first
            .into_iter()
            .flatten()
            .chain(self.nodes.range(..at).rev().flat_map(|n| n.iter_back(n.last())))
    }

    /// Bytes allocated, roughly.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.nodes.iter().map(|n| n.heap() + size_of::<Listpack>()).sum()
    }
}

fn single(bytes: &[u8]) -> Listpack {
    let mut node = Listpack::new();
    node.push_back(bytes);
    node
}

/// Whether an element of `len` bytes may join this node (`_quicklistNodeAllowInsert`).
fn allows(node: &Listpack, len: usize, limits: &Limits) -> bool {
    let large = |len| len >= limits.packed_threshold;
    if large(len) || (node.len() == 1 && large(node.byte_len())) {
        return false;
    }
    let size = node.byte_len().saturating_add(len).saturating_add(OVERHEAD);
    match limits.list_max_listpack_size {
        fill @ ..0 => {
            let class = (fill.unsigned_abs().min(5) - 1) as usize;
            size <= 4096 << class
        }
        fill => size <= SAFETY && node.len() < fill.max(1) as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    fn texts(list: &List) -> Vec<Vec<u8>> {
        list.iter().map(|e| e.to_vec()).collect()
    }

    #[test]
    fn it_holds_what_a_vector_holds() {
        let mut rng = Rng::new(Seed::from_number(21));
        for fill in [-1, -2, 3] {
            let limits = Limits { list_max_listpack_size: fill, ..Limits::default() };
            let mut list = List::new();
            let mut model: VecDeque<Vec<u8>> = VecDeque::new();
            for _ in 0..3000 {
                let size = [1, 3, 700, 3000, 9000][rng.index(5)];
                let value = vec![b'a' + rng.below(3) as u8; size];
                match rng.below(10) {
                    0 | 1 => {
                        list.push_back(&value, &limits);
                        model.push_back(value);
                    }
                    2 | 3 => {
                        list.push_front(&value, &limits);
                        model.push_front(value);
                    }
                    4 => assert_eq!(list.pop_back(|e| e.to_vec()), model.pop_back()),
                    5 => assert_eq!(list.pop_front(|e| e.to_vec()), model.pop_front()),
                    6 => {
                        let i = rng.index(model.len() + 1);
                        list.insert(i, &value, &limits);
                        model.insert(i, value);
                    }
                    7 => {
                        let i = rng.index(model.len() + 1);
                        let n = rng.index(4);
                        let end = (i + n).min(model.len());
                        assert_eq!(list.remove_range(i, n), end - i);
                        model.drain(i..end);
                    }
                    8 if !model.is_empty() => {
                        let i = rng.index(model.len());
                        assert!(list.set(i, &value));
                        model[i] = value;
                        assert_eq!(list.get(i).map(|e| e.to_vec()), model.get(i).cloned());
                    }
                    _ if rng.chance(0.1) => {
                        let back = rng.chance(0.5);
                        let n = list.remove_equal(&value, Some(2), back);
                        let mut gone = 0;
                        let order: Vec<usize> = if back {
                            (0..model.len()).rev().collect()
                        } else {
                            (0..model.len()).collect()
                        };
                        let hits: Vec<usize> =
                            order.into_iter().filter(|i| model[*i] == value).take(2).collect();
                        let mut hits = hits;
                        hits.sort_unstable();
                        for i in hits.into_iter().rev() {
                            model.remove(i);
                            gone += 1;
                        }
                        assert_eq!(n, gone);
                    }
                    _ => {}
                }
                assert_eq!(list.len(), model.len());
            }
            assert!(texts(&list).iter().eq(model.iter()));
            let from = model.len() / 3;
            assert!(list.iter_from(from).map(|e| e.to_vec()).eq(model.iter().skip(from).cloned()));
            let back = list.iter_back_from(from).map(|e| e.to_vec());
            assert!(back.eq(model.iter().take(from + 1).rev().cloned()));
            assert_eq!(list.iter_from(model.len()).count(), 0);
        }
    }

    #[test]
    fn trim_keeps_the_middle() {
        let limits = Limits::default();
        let mut list = List::new();
        for i in 0..100 {
            list.push_back(i.to_string().as_bytes(), &limits);
        }
        list.trim(10, 5);
        assert_eq!(texts(&list), ["10", "11", "12", "13", "14"].map(|s| s.as_bytes().to_vec()));
    }
}
