//! The hash value: one listpack of fields and values while small, a table above.

use engine_base::Rng;

use crate::Limits;
use crate::hash_key::hash32;
use crate::listpack::{Elem, Listpack};
use crate::table::Table;
use crate::value::Encoding;

/// A map of byte strings to byte strings.
#[derive(Clone, Debug)]
pub struct Hash(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// Field, value, field, value … in the order of insertion.
    Pack(Listpack),
    Table {
        seed: u64,
        table: Table<Field>,
    },
}

#[derive(Clone, Debug)]
struct Field {
    name: Box<[u8]>,
    value: Box<[u8]>,
}

impl Default for Hash {
    fn default() -> Self {
        Self::new()
    }
}

impl Hash {
    /// Without fields.
    #[must_use]
    pub fn new() -> Self {
        Self(Repr::Pack(Listpack::new()))
    }

    /// From a listpack of a file or a peer; `None` when its elements are not pairs with distinct
    /// fields. Becomes a table when it is over the limits (`rdbLoadObject`).
    #[must_use]
    pub fn from_listpack(pack: Listpack, limits: &Limits) -> Option<Self> {
        let pairs = pack.len();
        if !pairs.is_multiple_of(2) {
            return None;
        }
        let names: std::collections::BTreeSet<Vec<u8>> =
            pack.iter().step_by(2).map(|e| e.to_vec()).collect();
        if names.len() != pairs / 2 {
            return None;
        }
        let large = pairs / 2 > limits.hash_max_listpack_entries
            || pack.iter().any(|e| e.text_len() > limits.hash_max_listpack_value);
        let mut hash = Self(Repr::Pack(pack));
        if large {
            hash.make_table(limits);
        }
        Some(hash)
    }

    /// Its listpack, while it is one.
    #[must_use]
    pub const fn as_listpack(&self) -> Option<&Listpack> {
        match &self.0 {
            Repr::Pack(pack) => Some(pack),
            Repr::Table { .. } => None,
        }
    }

    /// What OBJECT ENCODING says.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        match self.0 {
            Repr::Pack(_) => Encoding::Listpack,
            Repr::Table { .. } => Encoding::Hashtable,
        }
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Pack(pack) => pack.len() / 2,
            Repr::Table { table, .. } => table.len(),
        }
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: &[u8]) -> Option<Elem<'_>> {
        match &self.0 {
            Repr::Pack(pack) => pack.get(pack.next(pack.find(pack.first(), field, 1)?)?),
            Repr::Table { seed, table } => {
                let place = table.find(hash32(*seed, field), |f| *f.name == *field)?;
                Some(Elem::Str(&table.at(place)?.value))
            }
        }
    }

    /// Whether the field is there.
    #[must_use]
    pub fn contains(&self, field: &[u8]) -> bool {
        self.get(field).is_some()
    }

    /// Sets a field; `true` when it is new.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        if let Repr::Pack(pack) = &mut self.0 {
            let max = limits.hash_max_listpack_value;
            if field.len() <= max
                && value.len() <= max
                && pack.safe_to_add(field.len() + value.len())
            {
                let found = pack.find(pack.first(), field, 1).and_then(|p| pack.next(p));
                if let Some(place) = found {
                    pack.replace(place, value);
                    return false;
                }
                pack.push_back(field);
                pack.push_back(value);
                if pack.len() / 2 > limits.hash_max_listpack_entries {
                    self.make_table(limits);
                }
                return true;
            }
            self.make_table(limits);
        }
        let Repr::Table { seed, table } = &mut self.0 else { return false };
        let hash = hash32(*seed, field);
        match table.find(hash, |f| *f.name == *field) {
            Some(place) => {
                if let Some(f) = table.at_mut(place) {
                    f.value = value.into();
                }
                false
            }
            None => {
                table.insert(hash, Field { name: field.into(), value: value.into() });
                true
            }
        }
    }

    /// Takes a field out; `true` when it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Pack(pack) => {
                let Some(place) = pack.find(pack.first(), field, 1) else { return false };
                pack.remove(place, 2) > 0
            }
            Repr::Table { seed, table } => {
                let Some(place) = table.find(hash32(*seed, field), |f| *f.name == *field) else {
                    return false;
                };
                table.remove(place).is_some()
            }
        }
    }

    fn make_table(&mut self, limits: &Limits) {
        let seed = limits.hash_seed;
        let mut table = Table::new();
        for (name, value) in self.iter() {
            let name = name.to_vec();
            let hash = hash32(seed, &name);
            table.insert(hash, Field { name: name.into(), value: value.to_vec().into() });
        }
        self.0 = Repr::Table { seed, table };
    }

    /// Fields and values: in the order of insertion while small, else in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (Elem<'_>, Elem<'_>)> {
        let (pack, table) = match &self.0 {
            Repr::Pack(pack) => (Some(pack), None),
            Repr::Table { table, .. } => (None, Some(table)),
        };
        let packed = pack.into_iter().flat_map(|p| {
            let mut elems = p.iter();
            std::iter::from_fn(move || Some((elems.next()?, elems.next()?)))
        });
        let spread = table.into_iter().flat_map(|t| t.iter());
        packed.chain(spread.map(|f| (Elem::Str(&f.name), Elem::Str(&f.value))))
    }

    /// Fields and values of a hash that is a table, from a place on, each with the place behind
    /// it; none of a small hash.
    pub(crate) fn iter_places(
        &self,
        place: usize,
    ) -> impl Iterator<Item = (usize, Elem<'_>, Elem<'_>)> {
        let table = match &self.0 {
            Repr::Pack(_) => None,
            Repr::Table { table, .. } => Some(table),
        };
        let fields = table.into_iter().flat_map(move |t| t.iter_places(place));
        fields.map(|(next, f)| (next, Elem::Str(&f.name), Elem::Str(&f.value)))
    }

    /// A field drawn fairly, with its value.
    #[must_use]
    pub fn random(&self, rng: &mut Rng) -> Option<(Elem<'_>, Elem<'_>)> {
        match &self.0 {
            Repr::Pack(pack) => {
                let place = pack.seek((rng.index(self.len()) * 2) as i64)?;
                Some((pack.get(place)?, pack.get(pack.next(place)?)?))
            }
            Repr::Table { table, .. } => {
                let f = table.random(|n| rng.index(n))?;
                Some((Elem::Str(&f.name), Elem::Str(&f.value)))
            }
        }
    }

    /// One step of HSCAN: small hashes come whole. Gives the next cursor, 0 at the end.
    pub fn scan(
        &self,
        cursor: u64,
        count: usize,
        mut found: impl FnMut(Elem<'_>, Elem<'_>),
    ) -> u64 {
        match &self.0 {
            Repr::Pack(_) => {
                self.iter().for_each(|(f, v)| found(f, v));
                0
            }
            Repr::Table { table, .. } => {
                let Ok(from) = u32::try_from(cursor) else { return 0 };
                let next =
                    table.scan(from, count, |f| found(Elem::Str(&f.name), Elem::Str(&f.value)));
                next.map_or(0, u64::from)
            }
        }
    }

    /// Bytes allocated, roughly.
    #[must_use]
    pub fn heap(&self) -> usize {
        match &self.0 {
            Repr::Pack(pack) => pack.heap(),
            Repr::Table { table, .. } => {
                let fields: usize = table.iter().map(|f| f.name.len() + f.value.len()).sum();
                table.memory() + fields
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::Seed;

    #[test]
    fn it_holds_what_a_map_holds_in_both_encodings() {
        let mut rng = Rng::new(Seed::from_number(31));
        let limits = Limits::default();
        let mut hash = Hash::new();
        let mut model = std::collections::BTreeMap::new();
        for _ in 0..6000 {
            let field = rng.below(300).to_string().into_bytes();
            let value = vec![b'v'; rng.index(60)];
            if rng.chance(0.6) {
                let new = model.insert(field.clone(), value.clone()).is_none();
                assert_eq!(hash.set(&field, &value, &limits), new);
            } else {
                assert_eq!(hash.remove(&field), model.remove(&field).is_some());
            }
            assert_eq!(hash.len(), model.len());
        }
        assert_eq!(hash.encoding(), Encoding::Hashtable);
        let mut got: Vec<_> = hash.iter().map(|(f, v)| (f.to_vec(), v.to_vec())).collect();
        got.sort();
        assert!(got.into_iter().eq(model.clone()));
        for (f, v) in &model {
            assert!(hash.get(f).is_some_and(|e| e.is(v)));
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut cursor = 0;
        loop {
            cursor = hash.scan(cursor, 10, |f, _| {
                seen.insert(f.to_vec());
            });
            if cursor == 0 {
                break;
            }
        }
        assert!(seen.into_iter().eq(model.into_keys()));
    }

    #[test]
    fn it_becomes_a_table_just_above_the_limits() {
        let limits = Limits::default();
        let mut hash = Hash::new();
        for i in 0..128 {
            hash.set(i.to_string().as_bytes(), &[b'x'; 64], &limits);
        }
        assert_eq!(hash.encoding(), Encoding::Listpack);
        let mut other = hash.clone();
        hash.set(b"one more", b"", &limits);
        assert_eq!(hash.encoding(), Encoding::Hashtable);
        other.set(b"0", &[b'x'; 65], &limits);
        assert_eq!(other.encoding(), Encoding::Hashtable);
        assert_eq!(other.len(), 128);
    }
}
