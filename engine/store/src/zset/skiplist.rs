//! The skip list: members in order of score, then of bytes, with spans so that ranks cost
//! O(log n) (`zskiplist` in t_zset.c). Nodes live in one array and point by index.

use std::cmp::Ordering;

/// No node.
const NIL: u32 = u32::MAX;
/// The highest tower (`ZSKIPLIST_MAXLEVEL`).
const MAX_LEVEL: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Link {
    next: u32,
    /// How many nodes this link passes; to the end of the list when `next` is none.
    span: u32,
}

#[derive(Clone, Debug)]
struct Node {
    member: Box<[u8]>,
    score: f64,
    back: u32,
    tower: Box<[Link]>,
}

/// Members with scores in order.
#[derive(Clone, Debug)]
pub(super) struct SkipList {
    nodes: Vec<Node>,
    free: Vec<u32>,
    head: [Link; MAX_LEVEL],
    tail: u32,
    levels: usize,
    len: usize,
    /// Draws tower heights; heights are never visible, so no stream from outside is needed.
    draw: u64,
}

impl Default for SkipList {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            free: Vec::new(),
            head: [Link { next: NIL, span: 0 }; MAX_LEVEL],
            tail: NIL,
            levels: 1,
            len: 0,
            draw: 0x9E37_79B9_7F4A_7C15,
        }
    }
}

/// The order of the list: by score, then by bytes.
pub(super) fn order(a: (f64, &[u8]), b: (f64, &[u8])) -> Ordering {
    a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(b.1))
}

impl SkipList {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Member and score of a node.
    pub(super) fn entry(&self, node: u32) -> (&[u8], f64) {
        let node = &self.nodes[node as usize];
        (&node.member, node.score)
    }

    fn link(&self, node: u32, level: usize) -> Link {
        if node == NIL { self.head[level] } else { self.nodes[node as usize].tower[level] }
    }

    fn link_mut(&mut self, node: u32, level: usize) -> &mut Link {
        if node == NIL {
            &mut self.head[level]
        } else {
            &mut self.nodes[node as usize].tower[level]
        }
    }

    fn height(&mut self) -> usize {
        let mut level = 1;
        loop {
            self.draw ^= self.draw << 13;
            self.draw ^= self.draw >> 7;
            self.draw ^= self.draw << 17;
            // A quarter of the nodes rise one level more.
            if (self.draw >> 32) & 3 != 0 || level == MAX_LEVEL {
                return level;
            }
            level += 1;
        }
    }

    /// For each level the last node before which `before` holds, and that node's rank (nodes up
    /// to and including it).
    fn path(
        &self,
        mut before: impl FnMut(f64, &[u8]) -> bool,
    ) -> ([u32; MAX_LEVEL], [u32; MAX_LEVEL]) {
        let mut prev = [NIL; MAX_LEVEL];
        let mut ranks = [0; MAX_LEVEL];
        let (mut at, mut rank) = (NIL, 0);
        for level in (0..self.levels).rev() {
            loop {
                let link = self.link(at, level);
                if link.next == NIL {
                    break;
                }
                let node = &self.nodes[link.next as usize];
                if !before(node.score, &node.member) {
                    break;
                }
                rank += link.span;
                at = link.next;
            }
            prev[level] = at;
            ranks[level] = rank;
        }
        (prev, ranks)
    }

    /// Adds a member that is not there; gives its node.
    pub(super) fn insert(&mut self, score: f64, member: Box<[u8]>) -> u32 {
        let (prev, ranks) = self.path(|s, m| order((s, m), (score, &member)) == Ordering::Less);
        let height = self.height();
        for level in self.levels..height {
            self.head[level] = Link { next: NIL, span: self.len as u32 };
        }
        self.levels = self.levels.max(height);
        let index = self.free.pop().unwrap_or(self.nodes.len() as u32);
        let tower: Box<[Link]> = (0..height)
            .map(|level| {
                let link = self.link(prev[level], level);
                let passed = ranks[0] - ranks[level];
                Link { next: link.next, span: link.span - passed }
            })
            .collect();
        for level in 0..self.levels {
            let passed = ranks[0] - ranks[level];
            let link = self.link_mut(prev[level], level);
            if level < height {
                *link = Link { next: index, span: passed + 1 };
            } else {
                link.span += 1;
            }
        }
        let next = tower[0].next;
        let node = Node { member, score, back: prev[0], tower };
        if index as usize == self.nodes.len() {
            self.nodes.push(node);
        } else {
            self.nodes[index as usize] = node;
        }
        if next == NIL {
            self.tail = index;
        } else {
            self.nodes[next as usize].back = index;
        }
        self.len += 1;
        index
    }

    /// Takes a member out; gives its bytes back.
    pub(super) fn remove(&mut self, score: f64, member: &[u8]) -> Option<Box<[u8]>> {
        let (prev, _) = self.path(|s, m| order((s, m), (score, member)) == Ordering::Less);
        let index = self.link(prev[0], 0).next;
        if index == NIL || *self.nodes[index as usize].member != *member {
            return None;
        }
        for (level, &before) in prev.iter().enumerate().take(self.levels) {
            let link = self.link(before, level);
            if link.next == index {
                let gone = self.nodes[index as usize].tower[level];
                *self.link_mut(before, level) =
                    Link { next: gone.next, span: link.span + gone.span - 1 };
            } else {
                self.link_mut(before, level).span -= 1;
            }
        }
        let node = &mut self.nodes[index as usize];
        let (next, back) = (node.tower[0].next, node.back);
        let member = std::mem::take(&mut node.member);
        node.tower = Box::default();
        if next == NIL {
            self.tail = back;
        } else {
            self.nodes[next as usize].back = back;
        }
        while self.levels > 1 && self.head[self.levels - 1].next == NIL {
            self.levels -= 1;
        }
        self.len -= 1;
        self.free.push(index);
        Some(member)
    }

    /// How many nodes at the beginning satisfy `before`, which must not hold again after it has
    /// failed.
    pub(super) fn prefix(&self, before: impl FnMut(f64, &[u8]) -> bool) -> usize {
        self.path(before).1[0] as usize
    }

    /// The node with that rank, counted from zero.
    pub(super) fn at_rank(&self, rank: usize) -> Option<u32> {
        if rank >= self.len {
            return None;
        }
        let wanted = rank as u32 + 1;
        let (mut at, mut passed) = (NIL, 0);
        for level in (0..self.levels).rev() {
            loop {
                let link = self.link(at, level);
                if link.next == NIL || passed + link.span > wanted {
                    break;
                }
                passed += link.span;
                at = link.next;
            }
            if passed == wanted {
                return Some(at);
            }
        }
        None
    }

    /// The nodes from `node` on.
    pub(super) fn forward(&self, node: Option<u32>) -> impl Iterator<Item = u32> + '_ {
        let some = |n: u32| (n != NIL).then_some(n);
        std::iter::successors(node, move |n| some(self.nodes[*n as usize].tower[0].next))
    }

    /// The nodes from `node` back to the first.
    pub(super) fn backward(&self, node: Option<u32>) -> impl Iterator<Item = u32> + '_ {
        let some = |n: u32| (n != NIL).then_some(n);
        std::iter::successors(node, move |n| some(self.nodes[*n as usize].back))
    }

    /// Bytes allocated, roughly.
    pub(super) fn heap(&self) -> usize {
        let towers: usize = self.nodes.iter().map(|n| n.tower.len() * 8 + n.member.len()).sum();
        self.nodes.capacity() * size_of::<Node>() + towers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    #[test]
    fn ranks_and_walks_agree_with_a_sorted_vector() {
        let mut rng = Rng::new(Seed::from_number(51));
        let mut list = SkipList::default();
        let mut model: Vec<(i64, Vec<u8>)> = Vec::new();
        for round in 0..5000 {
            if rng.chance(0.6) || model.is_empty() {
                let entry = (rng.below(40) as i64, format!("m{round}").into_bytes());
                list.insert(entry.0 as f64, entry.1.clone().into());
                let at = model.binary_search(&entry).unwrap_err();
                model.insert(at, entry);
            } else {
                let (score, member) = model.remove(rng.index(model.len()));
                assert!(list.remove(score as f64, &member).is_some());
                assert!(list.remove(score as f64, &member).is_none());
            }
            if round % 97 == 0 {
                check(&list, &model);
            }
        }
        check(&list, &model);
    }

    fn check(list: &SkipList, model: &[(i64, Vec<u8>)]) {
        assert_eq!(list.len(), model.len());
        let walk: Vec<_> =
            list.forward(list.at_rank(0)).map(|n| list.entry(n).0.to_vec()).collect();
        assert!(walk.iter().eq(model.iter().map(|m| &m.1)));
        let back: Vec<_> = list
            .backward(model.len().checked_sub(1).and_then(|last| list.at_rank(last)))
            .map(|n| list.entry(n).0.to_vec())
            .collect();
        assert!(back.iter().eq(model.iter().rev().map(|m| &m.1)));
        for (rank, (score, member)) in model.iter().enumerate() {
            let node = list.at_rank(rank).expect("within");
            assert_eq!(list.entry(node).0, &member[..]);
            let before =
                list.prefix(|s, m| order((s, m), (*score as f64, &member[..])) == Ordering::Less);
            assert_eq!(before, rank);
        }
        assert_eq!(list.at_rank(model.len()), None);
    }
}
