//! The set value: an intset while small and all numbers, a table otherwise (7.0 has no listpack
//! sets).

use engine_base::Rng;

use crate::Limits;
use crate::hash_key::hash32;
use crate::intset::Intset;
use crate::listpack::Elem;
use crate::number::{IntText, parse_i64};
use crate::table::Table;
use crate::value::Encoding;

/// Beyond this an intset is never used (`intset_max_entries` in `setTypeAdd`).
const INTSET_CAP: usize = 1 << 30;

/// A set of byte strings.
#[derive(Clone, Debug)]
pub struct Set(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Ints(Intset),
    Table { seed: u64, table: Table<Box<[u8]>> },
}

impl Set {
    /// Without members, in the encoding that `first` (a member about to be added) asks for.
    #[must_use]
    pub fn for_member(first: &[u8], limits: &Limits) -> Self {
        if parse_i64(first).is_some() { Self::default() } else { Self::new_table(limits) }
    }

    /// Without members, as a table.
    #[must_use]
    pub const fn new_table(limits: &Limits) -> Self {
        Self(Repr::Table { seed: limits.hash_seed, table: Table::new() })
    }

    /// From an intset of a file or a peer; becomes a table when it is over the limit.
    #[must_use]
    pub fn from_intset(ints: Intset, limits: &Limits) -> Self {
        let large = ints.len() > limits.set_max_intset_entries.min(INTSET_CAP);
        let mut set = Self(Repr::Ints(ints));
        if large {
            set.make_table(limits);
        }
        set
    }

    /// Its intset, while it is one.
    #[must_use]
    pub const fn as_intset(&self) -> Option<&Intset> {
        match &self.0 {
            Repr::Ints(ints) => Some(ints),
            Repr::Table { .. } => None,
        }
    }

    /// What OBJECT ENCODING says.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        match self.0 {
            Repr::Ints(_) => Encoding::Intset,
            Repr::Table { .. } => Encoding::Hashtable,
        }
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Ints(ints) => ints.len(),
            Repr::Table { table, .. } => table.len(),
        }
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is a member.
    #[must_use]
    pub fn contains(&self, member: &[u8]) -> bool {
        match &self.0 {
            Repr::Ints(ints) => parse_i64(member).is_some_and(|n| ints.contains(n)),
            Repr::Table { seed, table } => {
                table.find(hash32(*seed, member), |m| **m == *member).is_some()
            }
        }
    }

    /// Adds a member; `true` when it was not one.
    pub fn insert(&mut self, member: &[u8], limits: &Limits) -> bool {
        if let Repr::Ints(ints) = &mut self.0 {
            if let Some(n) = parse_i64(member) {
                if !ints.insert(n) {
                    return false;
                }
                if ints.len() > limits.set_max_intset_entries.min(INTSET_CAP) {
                    self.make_table(limits);
                }
                return true;
            }
            self.make_table(limits);
        }
        let Repr::Table { seed, table } = &mut self.0 else { return false };
        let hash = hash32(*seed, member);
        if table.find(hash, |m| **m == *member).is_some() {
            return false;
        }
        table.insert(hash, member.into());
        true
    }

    /// Takes a member out; `true` when it was one.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Ints(ints) => parse_i64(member).is_some_and(|n| ints.remove(n)),
            Repr::Table { seed, table } => table
                .find(hash32(*seed, member), |m| **m == *member)
                .is_some_and(|place| table.remove(place).is_some()),
        }
    }

    fn make_table(&mut self, limits: &Limits) {
        let seed = limits.hash_seed;
        let mut table = Table::new();
        let mut text = IntText::new();
        for member in self.iter() {
            let member = member.bytes(&mut text);
            table.insert(hash32(seed, member), member.into());
        }
        self.0 = Repr::Table { seed, table };
    }

    /// Members of a set that is a table, from a place on, each with the place behind it; none of
    /// a set of numbers.
    pub(crate) fn iter_places(&self, place: usize) -> impl Iterator<Item = (usize, Elem<'_>)> {
        let table = match &self.0 {
            Repr::Ints(_) => None,
            Repr::Table { table, .. } => Some(table),
        };
        let members = table.into_iter().flat_map(move |t| t.iter_places(place));
        members.map(|(next, member)| (next, Elem::Str(member)))
    }

    /// The members: numbers rising while an intset, else in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = Elem<'_>> {
        let (ints, table) = match &self.0 {
            Repr::Ints(ints) => (Some(ints), None),
            Repr::Table { table, .. } => (None, Some(table)),
        };
        let numbers = ints.into_iter().flat_map(|i| i.iter().map(Elem::Int));
        numbers.chain(table.into_iter().flat_map(|t| t.iter().map(|m| Elem::Str(m))))
    }

    /// A member drawn fairly.
    #[must_use]
    pub fn random(&self, rng: &mut Rng) -> Option<Elem<'_>> {
        match &self.0 {
            Repr::Ints(ints) => ints.get(rng.index(ints.len())).map(Elem::Int),
            Repr::Table { table, .. } => table.random(|n| rng.index(n)).map(|m| Elem::Str(m)),
        }
    }

    /// Takes a fairly drawn member out.
    pub fn pop(&mut self, rng: &mut Rng) -> Option<Vec<u8>> {
        let member = self.random(rng)?.to_vec();
        self.remove(&member);
        Some(member)
    }

    /// One step of SSCAN: intsets come whole. Gives the next cursor, 0 at the end.
    pub fn scan(&self, cursor: u64, count: usize, mut found: impl FnMut(Elem<'_>)) -> u64 {
        match &self.0 {
            Repr::Ints(_) => {
                self.iter().for_each(found);
                0
            }
            Repr::Table { table, .. } => {
                let Ok(from) = u32::try_from(cursor) else { return 0 };
                table.scan(from, count, |m| found(Elem::Str(m))).map_or(0, u64::from)
            }
        }
    }

    /// Bytes allocated, roughly.
    #[must_use]
    pub fn heap(&self) -> usize {
        match &self.0 {
            Repr::Ints(ints) => ints.heap(),
            Repr::Table { table, .. } => {
                table.memory() + table.iter().map(|m| m.len()).sum::<usize>()
            }
        }
    }
}

impl Default for Set {
    fn default() -> Self {
        Self(Repr::Ints(Intset::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::Seed;

    #[test]
    fn it_holds_what_a_set_holds() {
        let mut rng = Rng::new(Seed::from_number(41));
        let limits = Limits::default();
        let mut set = Set::default();
        let mut model = std::collections::BTreeSet::new();
        for round in 0..6000 {
            let n = rng.below(1200);
            let text =
                if round > 4000 && n.is_multiple_of(7) { format!("m{n}") } else { n.to_string() };
            let member = text.into_bytes();
            if rng.chance(0.6) {
                assert_eq!(set.insert(&member, &limits), model.insert(member));
            } else {
                assert_eq!(set.remove(&member), model.remove(&member));
            }
        }
        assert_eq!(set.len(), model.len());
        let mut got: Vec<_> = set.iter().map(|m| m.to_vec()).collect();
        got.sort();
        assert!(got.iter().eq(model.iter()));
        while let Some(member) = set.pop(&mut rng) {
            assert!(model.remove(&member));
        }
        assert!(model.is_empty());
    }

    #[test]
    fn encodings_follow_redis() {
        let limits = Limits::default();
        let mut set = Set::for_member(b"1", &limits);
        for i in 0..512 {
            set.insert(i.to_string().as_bytes(), &limits);
        }
        assert_eq!(set.encoding(), Encoding::Intset);
        let mut other = set.clone();
        set.insert(b"512", &limits);
        assert_eq!((set.encoding(), set.len()), (Encoding::Hashtable, 513));
        other.insert(b"x", &limits);
        assert_eq!((other.encoding(), other.len()), (Encoding::Hashtable, 513));
    }
}
