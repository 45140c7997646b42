//! A hash table whose order is the order of the hash.
//!
//! Linear probing with the places kept sorted by hash. The home of a hash is `hash × homes /
//! 2^32`, so homes rise with the hash and the whole array is sorted, whatever the history of
//! inserts and removals. From that follow: a walk is the same on every platform; a cursor is
//! simply a hash, and survives growth and shrinking (every element present throughout a scan is
//! returned); the table may have any size, not only powers of two, so it stays full.

/// A table of elements found by a 32-bit hash and an equality that the caller supplies.
/// Hashes are never zero.
#[derive(Clone, Debug)]
pub struct Table<E> {
    /// The hash of the element at each place; zero where there is none.
    hashes: Vec<u32>,
    items: Vec<Option<E>>,
    /// How many homes there are; the array may be a little longer (no wrap-around).
    homes: usize,
    len: usize,
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Table<E> {
    /// An empty table; it allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { hashes: Vec::new(), items: Vec::new(), homes: 0, len: 0 }
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

    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.homes as u64) >> 32) as usize
    }

    /// How many homes there are.
    #[must_use]
    pub const fn homes(&self) -> usize {
        self.homes
    }

    /// The elements, each with its home.
    pub fn iter_homes(&self) -> impl Iterator<Item = (usize, &E)> {
        let homes = self.hashes.iter().map(|hash| self.home(*hash));
        homes.zip(&self.items).filter_map(|(home, item)| Some((home, item.as_ref()?)))
    }

    /// The place of the element with that hash for which `eq` holds.
    #[inline]
    pub fn find(&self, hash: u32, mut eq: impl FnMut(&E) -> bool) -> Option<usize> {
        let start = self.home(hash);
        for (i, &there) in self.hashes.get(start..)?.iter().enumerate() {
            if there == 0 || there > hash {
                return None;
            }
            if there == hash && self.items[start + i].as_ref().is_some_and(&mut eq) {
                return Some(start + i);
            }
        }
        None
    }

    /// The element at a place that [`Table::find`] gave.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&E> {
        self.items.get(place)?.as_ref()
    }

    /// The element at a place, to be changed; its key must stay.
    pub fn at_mut(&mut self, place: usize) -> Option<&mut E> {
        self.items.get_mut(place)?.as_mut()
    }

    /// Adds an element that is not there yet; gives its place.
    pub fn insert(&mut self, hash: u32, element: E) -> usize {
        debug_assert_ne!(hash, 0);
        if self.len + 1 > self.homes - self.homes / 8 {
            let step = if self.homes <= 1024 { self.homes / 4 } else { self.homes / 2 };
            self.resize(self.homes + step.max(4));
        }
        let mut place = self.home(hash);
        while self.hashes.get(place).is_some_and(|&h| h != 0 && h <= hash) {
            place += 1;
        }
        let mut free = place;
        while self.hashes.get(free).is_some_and(|&h| h != 0) {
            free += 1;
        }
        if free == self.hashes.len() {
            self.hashes.reserve_exact(4);
            self.items.reserve_exact(4);
            self.hashes.push(0);
            self.items.push(None);
        }
        self.hashes.copy_within(place..free, place + 1);
        self.items[place..=free].rotate_right(1);
        self.hashes[place] = hash;
        self.items[place] = Some(element);
        self.len += 1;
        place
    }

    /// Takes the element at `place` out.
    pub fn remove(&mut self, place: usize) -> Option<E> {
        let element = self.items.get_mut(place)?.take()?;
        let mut end = place + 1;
        while self.hashes.get(end).is_some_and(|&h| h != 0 && self.home(h) < end) {
            end += 1;
        }
        self.hashes.copy_within(place + 1..end, place);
        self.items[place..end].rotate_left(1);
        self.hashes[end - 1] = 0;
        self.len -= 1;
        if self.len == 0 {
            *self = Self::new();
        } else if self.homes > 16 && self.len < self.homes / 4 {
            self.resize(self.homes / 2);
        }
        Some(element)
    }

    fn resize(&mut self, homes: usize) {
        let mut fresh = Self { hashes: Vec::new(), items: Vec::new(), homes, len: self.len };
        let size = homes + homes / 16 + 2;
        fresh.hashes.reserve_exact(size);
        fresh.items.reserve_exact(size);
        for (hash, item) in self.hashes.drain(..).zip(self.items.drain(..)) {
            if hash == 0 {
                continue;
            }
            let place = fresh.home(hash).max(fresh.hashes.len());
            if place >= fresh.hashes.capacity() {
                fresh.hashes.reserve_exact(place + 1 - fresh.hashes.len());
                fresh.items.reserve_exact(place + 1 - fresh.items.len());
            }
            fresh.hashes.resize(place, 0);
            fresh.items.resize_with(place, || None);
            fresh.hashes.push(hash);
            fresh.items.push(item);
        }
        if fresh.hashes.len() < size {
            fresh.hashes.resize(size, 0);
            fresh.items.resize_with(size, || None);
        }
        *self = fresh;
    }

    /// Elements from `place` on, each with the place behind it: a walk over a table that nobody
    /// changes can stop and go on.
    pub fn iter_places(&self, place: usize) -> impl Iterator<Item = (usize, &E)> {
        let items = self.items.get(place..).unwrap_or_default().iter().enumerate();
        items.filter_map(move |(i, item)| Some((place + i + 1, item.as_ref()?)))
    }

    /// The elements in the order of their hashes.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &E> {
        self.items.iter().filter_map(Option::as_ref)
    }

    /// The elements in the order of their hashes, to be changed; their keys must stay.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.items.iter_mut().filter_map(Option::as_mut)
    }

    /// The elements whose hash is `from` or more, in order, with their hashes.
    pub fn iter_from(&self, from: u32) -> impl Iterator<Item = (u32, &E)> {
        let start = self.home(from).min(self.hashes.len());
        self.hashes[start..]
            .iter()
            .zip(&self.items[start..])
            .filter(move |(h, _)| **h >= from && **h != 0)
            .filter_map(|(h, e)| Some((*h, e.as_ref()?)))
    }

    /// One step of a scan: calls `found` for at least `count` elements (all of one hash come
    /// together), from `cursor` on. Gives the cursor of the next step, `None` at the end.
    pub fn scan(&self, cursor: u32, count: usize, mut found: impl FnMut(&E)) -> Option<u32> {
        let mut last = 0;
        for (seen, (hash, element)) in self.iter_from(cursor).enumerate() {
            if seen >= count && hash != last {
                return Some(hash);
            }
            found(element);
            last = hash;
        }
        None
    }

    /// An element drawn fairly with numbers from `below` (which gives a number under its bound).
    pub fn random(&self, mut below: impl FnMut(usize) -> usize) -> Option<&E> {
        if self.len == 0 {
            return None;
        }
        loop {
            if let Some(Some(element)) = self.items.get(below(self.items.len())) {
                return Some(element);
            }
        }
    }

    /// Bytes of the array, as allocated.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.hashes.capacity() * 4 + self.items.capacity() * size_of::<Option<E>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    fn find(t: &Table<u64>, hash: u32, x: u64) -> Option<usize> {
        t.find(hash, |e| *e == x)
    }

    fn check(t: &Table<u64>) {
        let live: Vec<u32> = t.hashes.iter().copied().filter(|h| *h != 0).collect();
        assert!(live.is_sorted(), "the array is sorted by hash");
        assert_eq!(live.len(), t.len());
        assert!(t.items.iter().zip(&t.hashes).all(|(i, h)| i.is_some() == (*h != 0)));
    }

    #[test]
    fn a_table_holds_what_a_map_holds() {
        let mut rng = Rng::new(Seed::from_number(3));
        // Few distinct hashes: long clusters and equal hashes are the hard cases.
        for spread in [7u64, 300, u64::from(u32::MAX)] {
            let mut table = Table::new();
            let mut model = std::collections::BTreeMap::new();
            let scale = (u64::from(u32::MAX) / spread).max(1);
            for _ in 0..4000 {
                let x = rng.below(400);
                let hash = ((x % spread) * scale % u64::from(u32::MAX)) as u32 + 1;
                if rng.chance(0.55) {
                    if model.insert(x, hash).is_none() {
                        table.insert(hash, x);
                    }
                } else if model.remove(&x).is_some() {
                    let place = find(&table, hash, x).expect("present");
                    assert_eq!(table.remove(place), Some(x));
                }
                assert_eq!(table.len(), model.len());
            }
            check(&table);
            for (&x, &hash) in &model {
                assert!(find(&table, hash, x).is_some());
            }
        }
    }

    #[test]
    fn a_scan_returns_all_that_stays_while_the_table_grows_and_shrinks() {
        let mut rng = Rng::new(Seed::from_number(5));
        let mut table = Table::new();
        let hash = |x: u64| crate::hash_key::hash32(1, &x.to_le_bytes());
        for x in 0..500 {
            table.insert(hash(x), x);
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut cursor = 0;
        let mut others = 500..;
        let mut extra = Vec::new();
        while let Some(next) = table.scan(cursor, 7, |x| {
            seen.insert(*x);
        }) {
            assert!(next > cursor);
            cursor = next;
            for _ in 0..rng.below(60) {
                let x = others.next().expect("endless");
                table.insert(hash(x), x);
                extra.push(x);
            }
            for _ in 0..rng.below(70) {
                if let Some(x) = extra.pop() {
                    let place = find(&table, hash(x), x).expect("present");
                    table.remove(place);
                }
            }
        }
        assert!((0..500).all(|x| seen.contains(&x)));
    }
}
