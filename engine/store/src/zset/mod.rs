//! The sorted set value: one listpack of members and scores while small, above that a tree for
//! the order and a table for the members (where Redis has a skip list and a table).
//!
//! Every range is a range of ranks: find the rank of its first and last element
//! ([`ZSet::rank_of_min_score`] and friends), then walk with [`ZSet::range`].

mod bound;
mod pack;
mod tree;

pub use bound::{LexBound, ScoreBound};

use std::cmp::Ordering;

use engine_base::Rng;

use crate::Limits;
use crate::hash_key::hash32;
use crate::listpack::{Elem, Listpack, Place};
use crate::number::{IntText, score_text};
use crate::table::Table;
use crate::value::Encoding;
use tree::{Tree, order};

/// Members with scores, in order of score, then of bytes.
#[derive(Clone, Debug)]
pub struct ZSet(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// Member, score, member, score … in order.
    Pack(Listpack),
    Skip(Box<Skip>),
}

#[derive(Clone, Debug)]
struct Skip {
    seed: u64,
    list: Tree,
    /// Numbers of members, by the hash of the member.
    index: Table<u32>,
}

/// What [`ZSet::set`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The member is new.
    Added,
    /// The member has another score now.
    Updated,
    /// The member had that score.
    None,
}

impl Default for ZSet {
    fn default() -> Self {
        Self(Repr::Pack(Listpack::new()))
    }
}

impl ZSet {
    /// Without members, in the encoding that the first member's size asks for
    /// (`zsetTypeCreate`).
    #[must_use]
    pub fn for_member(len: usize, limits: &Limits) -> Self {
        let mut zset = Self::default();
        if limits.zset_max_listpack_entries == 0 || len > limits.zset_max_listpack_value {
            zset.unpack(limits);
        }
        zset
    }

    /// From a listpack of a file or a peer; `None` when it is not pairs of distinct members and
    /// numbers, in order. Becomes a skip list when it is over the limits.
    #[must_use]
    pub fn from_listpack(pack: Listpack, limits: &Limits) -> Option<Self> {
        let pairs: Vec<(Vec<u8>, f64)> =
            pack::pairs(&pack).map(|(m, s)| s.map(|s| (m.to_vec(), s))).collect::<Option<_>>()?;
        if !pack.len().is_multiple_of(2) {
            return None;
        }
        let sorted = pairs
            .iter()
            .zip(pairs.iter().skip(1))
            .all(|(a, b)| order((a.1, &a.0), (b.1, &b.0)) == Ordering::Less);
        let mut members: Vec<&[u8]> = pairs.iter().map(|p| &*p.0).collect();
        members.sort_unstable();
        members.dedup();
        if members.len() != pairs.len() || !sorted {
            return None;
        }
        let large = pairs.len() > limits.zset_max_listpack_entries
            || pairs.iter().any(|(m, _)| m.len() > limits.zset_max_listpack_value);
        let mut zset = Self(Repr::Pack(pack));
        if large {
            zset.unpack(limits);
        }
        Some(zset)
    }

    /// Its listpack, while it is one.
    #[must_use]
    pub const fn as_listpack(&self) -> Option<&Listpack> {
        match &self.0 {
            Repr::Pack(pack) => Some(pack),
            Repr::Skip(_) => None,
        }
    }

    /// Makes a skip list small again when it fits (`zsetConvertToListpackIfNeeded`, for stored
    /// results and loaded files).
    pub fn shrink(&mut self, limits: &Limits) {
        let Repr::Skip(skip) = &self.0 else { return };
        let fits = skip.list.len() <= limits.zset_max_listpack_entries
            && self.iter().all(|(m, _)| m.text_len() <= limits.zset_max_listpack_value);
        if fits {
            let mut pack = Listpack::new();
            for (member, score) in self.iter() {
                pack.push_back(&member.to_cow());
                pack.push_back(pack::stored(score).as_bytes());
            }
            self.0 = Repr::Pack(pack);
        }
    }

    /// What OBJECT ENCODING says.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        match self.0 {
            Repr::Pack(_) => Encoding::Listpack,
            Repr::Skip(_) => Encoding::Skiplist,
        }
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Pack(pack) => pack.len() / 2,
            Repr::Skip(skip) => skip.list.len(),
        }
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The score of a member.
    #[must_use]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Repr::Pack(pack) => {
                let place = pack.find(pack.first(), member, 1)?;
                pack::elem_score(pack.get(pack.next(place)?)?)
            }
            Repr::Skip(skip) => Some(skip.list.entry(*skip.index.at(skip.find(member)?)?).1),
        }
    }

    /// Gives a member a score (not NaN), adding it when it is new.
    pub fn set(&mut self, member: &[u8], score: f64, limits: &Limits) -> Change {
        let old = self.score(member);
        if old == Some(score) {
            return Change::None;
        }
        if old.is_none()
            && let Repr::Pack(pack) = &self.0
        {
            let full = pack.len() / 2 + 1 > limits.zset_max_listpack_entries
                || member.len() > limits.zset_max_listpack_value
                || !pack.safe_to_add(member.len());
            if full {
                self.unpack(limits);
            }
        }
        match &mut self.0 {
            Repr::Pack(pack) => {
                if old.is_some()
                    && let Some(place) = pack.find(pack.first(), member, 1)
                {
                    pack.remove(place, 2);
                }
                pack::insert(pack, member, score);
            }
            Repr::Skip(skip) => skip.set(member, score, old),
        }
        if old.is_some() { Change::Updated } else { Change::Added }
    }

    /// Takes a member out; gives its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.0 {
            Repr::Pack(pack) => {
                let place = pack.find(pack.first(), member, 1)?;
                let score = pack::elem_score(pack.get(pack.next(place)?)?)?;
                pack.remove(place, 2);
                Some(score)
            }
            Repr::Skip(skip) => skip.remove(member),
        }
    }

    /// How many members lie before this one.
    #[must_use]
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        match &self.0 {
            Repr::Pack(pack) => pack.iter().step_by(2).position(|m| m.is(member)),
            Repr::Skip(skip) => {
                let (member, score) = skip.list.entry(*skip.index.at(skip.find(member)?)?);
                Some(skip.list.prefix(|s, m| order((s, m), (score, member)) == Ordering::Less))
            }
        }
    }

    /// How many members at the beginning satisfy `before`.
    fn prefix(&self, mut before: impl FnMut(f64, &[u8]) -> bool) -> usize {
        match &self.0 {
            Repr::Pack(pack) => {
                let mut text = IntText::new();
                pack::pairs(pack)
                    .take_while(|(m, s)| before(s.unwrap_or(0.0), m.bytes(&mut text)))
                    .count()
            }
            Repr::Skip(skip) => skip.list.prefix(before),
        }
    }

    /// The rank of the first member inside a range of scores that begins at `min`.
    #[must_use]
    pub fn rank_of_min_score(&self, min: ScoreBound) -> usize {
        self.prefix(|score, _| min.is_before(score))
    }

    /// The rank after the last member inside a range of scores that ends at `max`.
    #[must_use]
    pub fn rank_of_max_score(&self, max: ScoreBound) -> usize {
        self.prefix(|score, _| max.not_behind(score))
    }

    /// The rank of the first member inside a range of bytes that begins at `min`.
    #[must_use]
    pub fn rank_of_min_lex(&self, min: LexBound<'_>) -> usize {
        self.prefix(|_, member| min.is_before(member))
    }

    /// The rank after the last member inside a range of bytes that ends at `max`.
    #[must_use]
    pub fn rank_of_max_lex(&self, max: LexBound<'_>) -> usize {
        self.prefix(|_, member| max.not_behind(member))
    }

    /// The members with ranks `start..end`, in order.
    pub fn range(&self, start: usize, end: usize) -> impl Iterator<Item = (Elem<'_>, f64)> {
        let count = end.saturating_sub(start);
        let (pack, skip) = self.parts();
        let packed = pack.into_iter().flat_map(move |p| {
            pack::walk(p, p.seek(pack::index(start)), Listpack::next).take(count)
        });
        let listed = skip
            .into_iter()
            .flat_map(move |s| s.list.forward(start).take(count).map(|n| s.elem(n)));
        packed.chain(listed)
    }

    /// The members with ranks `start..end`, the last first.
    pub fn range_back(&self, start: usize, end: usize) -> impl Iterator<Item = (Elem<'_>, f64)> {
        let end = end.min(self.len());
        let count = end.saturating_sub(start);
        let (pack, skip) = self.parts();
        let packed = pack.into_iter().filter(move |_| count > 0).flat_map(move |p| {
            let two_back = |p: &Listpack, place: Place| p.prev(place).and_then(|m| p.prev(m));
            let mut at = p.seek(pack::index(end - 1));
            std::iter::from_fn(move || {
                let place = at?;
                at = two_back(p, place);
                Some((p.get(place)?, pack::elem_score(p.get(p.next(place)?)?)?))
            })
            .take(count)
        });
        let listed = skip
            .into_iter()
            .filter(move |_| count > 0)
            .flat_map(move |s| s.list.backward(end - 1).take(count).map(|n| s.elem(n)));
        packed.chain(listed)
    }

    /// All members in order.
    pub fn iter(&self) -> impl Iterator<Item = (Elem<'_>, f64)> {
        self.range(0, usize::MAX)
    }

    /// Takes the members with ranks `start..end` out; gives them.
    pub fn remove_range(&mut self, start: usize, end: usize) -> Vec<(Vec<u8>, f64)> {
        let gone: Vec<_> = self.range(start, end).map(|(m, s)| (m.to_vec(), s)).collect();
        match &mut self.0 {
            Repr::Pack(pack) => {
                if let Some(place) = pack.seek(pack::index(start)) {
                    pack.remove(place, gone.len() * 2);
                }
            }
            Repr::Skip(skip) => {
                for (member, _) in &gone {
                    skip.remove(member);
                }
            }
        }
        gone
    }

    /// A member drawn fairly.
    #[must_use]
    pub fn random(&self, rng: &mut Rng) -> Option<(Elem<'_>, f64)> {
        let rank = rng.index(self.len());
        self.range(rank, rank + 1).next()
    }

    /// One step of ZSCAN: small sets come whole, scores as they are stored. Gives the next cursor,
    /// 0 at the end.
    pub fn scan(&self, cursor: u64, count: usize, mut found: impl FnMut(Elem<'_>, String)) -> u64 {
        match &self.0 {
            Repr::Pack(_) => {
                self.iter().for_each(|(m, s)| found(m, pack::stored(s)));
                0
            }
            Repr::Skip(skip) => {
                let Ok(from) = u32::try_from(cursor) else { return 0 };
                let next = skip.index.scan(from, count, |n| {
                    let (member, score) = skip.elem(*n);
                    found(member, score_text(score));
                });
                next.map_or(0, u64::from)
            }
        }
    }

    /// Bytes allocated, roughly.
    #[must_use]
    pub fn heap(&self) -> usize {
        match &self.0 {
            Repr::Pack(pack) => pack.heap(),
            Repr::Skip(skip) => skip.list.heap() + skip.index.memory() + size_of::<Skip>(),
        }
    }

    fn parts(&self) -> (Option<&Listpack>, Option<&Skip>) {
        match &self.0 {
            Repr::Pack(pack) => (Some(pack), None),
            Repr::Skip(skip) => (None, Some(skip)),
        }
    }

    /// Makes a listpack a skip list, however small it is.
    pub fn unpack(&mut self, limits: &Limits) {
        let mut skip =
            Box::new(Skip { seed: limits.hash_seed, list: Tree::default(), index: Table::new() });
        for (member, score) in self.iter() {
            skip.set(&member.to_cow(), score, None);
        }
        self.0 = Repr::Skip(skip);
    }
}

impl Skip {
    fn find(&self, member: &[u8]) -> Option<usize> {
        self.index.find(hash32(self.seed, member), |n| self.list.entry(*n).0 == member)
    }

    fn elem(&self, node: u32) -> (Elem<'_>, f64) {
        let (member, score) = self.list.entry(node);
        (Elem::Str(member), score)
    }

    fn set(&mut self, member: &[u8], score: f64, old: Option<f64>) {
        let Some(old) = old else {
            let node = self.list.insert(score, member.into());
            self.index.insert(hash32(self.seed, member), node);
            return;
        };
        let Some(place) = self.find(member) else { return };
        if let Some(bytes) = self.list.remove(old, member) {
            let node = self.list.insert(score, bytes);
            if let Some(slot) = self.index.at_mut(place) {
                *slot = node;
            }
        }
    }

    fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let place = self.find(member)?;
        let node = self.index.remove(place)?;
        let score = self.list.entry(node).1;
        self.list.remove(score, member);
        Some(score)
    }
}

#[cfg(test)]
mod tests;
