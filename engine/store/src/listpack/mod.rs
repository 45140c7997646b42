//! The listpack: many short elements in one run of bytes, as Redis keeps and saves them
//! (listpack.c; "Listpack specification" by its author).
//!
//! Six bytes of header (total bytes, elements), elements each followed by its own length so that
//! they can be walked backwards, and a closing 0xFF.

mod elem;
mod encode;

pub use elem::Elem;

use encode::{Cell, EOF, HEADER, decode, decode_and_step, skip_back, step};

/// Above this size Redis adds nothing to a listpack (`LISTPACK_MAX_SAFETY_LIMIT`).
const MAX_SAFE: usize = 1 << 30;

/// A listpack whose bytes are known to be well formed.
#[derive(Clone, PartialEq, Eq)]
pub struct Listpack(Vec<u8>);

/// Bytes that are not a listpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a well-formed listpack")]
pub struct BadListpack;

/// A place in a listpack: the offset of an element. Any change makes places after it stale.
pub type Place = usize;

impl Default for Listpack {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Listpack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Listpack {
    /// Without elements.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend_from_slice(&[HEADER as u8 + 1, 0, 0, 0, 0, 0, EOF]);
        Self(bytes)
    }

    /// From bytes of a file or a peer; every element is checked.
    ///
    /// # Errors
    /// When the header, an element or its back length is not as Redis writes it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadListpack> {
        let total = bytes.first_chunk::<4>().map(|b| u32::from_le_bytes(*b)).ok_or(BadListpack)?;
        if total as usize != bytes.len() || bytes.len() <= HEADER || bytes.last() != Some(&EOF) {
            return Err(BadListpack);
        }
        let mut at = HEADER;
        let mut count = 0usize;
        while at < bytes.len() - 1 {
            let next = step(bytes, at).ok_or(BadListpack)?;
            if next > bytes.len() - 1 || skip_back(bytes, next) != Some(at) {
                return Err(BadListpack);
            }
            at = next;
            count += 1;
        }
        let said = usize::from(u16::from_le_bytes([bytes[4], bytes[5]]));
        if said != count && said != usize::from(u16::MAX) {
            return Err(BadListpack);
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The bytes as Redis saves them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Size in bytes, header included.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.0.len()
    }

    /// How many elements there are. Counts them when there are 65535 or more.
    #[must_use]
    pub fn len(&self) -> usize {
        match u16::from_le_bytes([self.0[4], self.0[5]]) {
            u16::MAX => self.iter().count(),
            n => usize::from(n),
        }
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == HEADER + 1
    }

    /// Whether `more` bytes can be added (`lpSafeToAdd`).
    #[must_use]
    pub fn safe_to_add(&self, more: usize) -> bool {
        self.0.len().saturating_add(more) <= MAX_SAFE
    }

    /// The place of the first element.
    #[must_use]
    pub fn first(&self) -> Option<Place> {
        (!self.is_empty()).then_some(HEADER)
    }

    /// The place of the last element.
    #[must_use]
    pub fn last(&self) -> Option<Place> {
        self.prev(self.0.len() - 1)
    }

    /// The place after `place`.
    #[must_use]
    pub fn next(&self, place: Place) -> Option<Place> {
        let next = step(&self.0, place)?;
        (next < self.0.len() - 1).then_some(next)
    }

    /// The place before `place`.
    #[must_use]
    pub fn prev(&self, place: Place) -> Option<Place> {
        if place <= HEADER { None } else { skip_back(&self.0, place) }
    }

    /// The element at `place`.
    #[must_use]
    pub fn get(&self, place: Place) -> Option<Elem<'_>> {
        if place >= self.0.len() - 1 { None } else { decode(&self.0, place) }
    }

    /// The element at `place`, and the place after it: the end is a place too.
    #[must_use]
    pub fn read(&self, place: Place) -> Option<(Elem<'_>, Place)> {
        if place >= self.0.len() - 1 { None } else { decode_and_step(&self.0, place) }
    }

    /// The place of the element with that index; negative indexes count from the end.
    #[must_use]
    pub fn seek(&self, index: i64) -> Option<Place> {
        let len = self.len() as i64;
        let index = if index < 0 { index + len } else { index };
        if !(0..len).contains(&index) {
            return None;
        }
        if index < len / 2 {
            let mut place = self.first()?;
            for _ in 0..index {
                place = self.next(place)?;
            }
            return Some(place);
        }
        let mut place = self.last()?;
        for _ in index + 1..len {
            place = self.prev(place)?;
        }
        Some(place)
    }

    /// The first place whose element equals `bytes`, looking at every `skip + 1`-th element from
    /// `from` on (`lpFind`).
    #[must_use]
    pub fn find(&self, from: Option<Place>, bytes: &[u8], skip: usize) -> Option<Place> {
        let wanted = Elem::parse(bytes);
        let mut at = from;
        while let Some(place) = at {
            if self.get(place)? == wanted {
                return Some(place);
            }
            at = self.next(place);
            for _ in 0..skip {
                at = self.next(at?);
            }
        }
        None
    }

    /// Adds at the end.
    pub fn push_back(&mut self, bytes: &[u8]) {
        let cell = Cell::new(Elem::parse(bytes));
        self.0.reserve(cell.len());
        self.0.pop();
        for part in cell.parts() {
            self.0.extend_from_slice(part);
        }
        self.0.push(EOF);
        self.fix_total();
        self.count(1);
    }

    /// Adds a number at the end.
    pub fn push_int(&mut self, n: i64) {
        let end = self.0.len() - 1;
        self.splice(end, 0, &Cell::new(Elem::Int(n)).parts());
        self.count(1);
    }

    /// Puts a number in the place of an element.
    pub fn replace_int(&mut self, place: Place, n: i64) {
        let Some(next) = step(&self.0, place) else { return };
        let cell = Cell::new(Elem::Int(n));
        if cell.len() == next - place {
            // Nothing behind it moves.
            let mut at = place;
            for part in cell.parts() {
                self.0[at..at + part.len()].copy_from_slice(part);
                at += part.len();
            }
        } else {
            self.splice(place, next - place, &cell.parts());
        }
    }

    /// Adds at the beginning.
    pub fn push_front(&mut self, bytes: &[u8]) {
        self.insert(HEADER, bytes);
    }

    /// Adds before the element at `place` (the end of the last element is a place too).
    pub fn insert(&mut self, place: Place, bytes: &[u8]) {
        let cell = Cell::new(Elem::parse(bytes));
        self.splice(place, 0, &cell.parts());
        self.count(1);
    }

    /// Adds after the element at `place`.
    pub fn insert_after(&mut self, place: Place, bytes: &[u8]) {
        let after = step(&self.0, place).unwrap_or(self.0.len() - 1);
        self.insert(after, bytes);
    }

    /// Puts another element in the place of one.
    pub fn replace(&mut self, place: Place, bytes: &[u8]) {
        let Some(next) = step(&self.0, place) else { return };
        let cell = Cell::new(Elem::parse(bytes));
        self.splice(place, next - place, &cell.parts());
    }

    /// Takes `count` elements out, from `place` on; gives how many there were.
    pub fn remove(&mut self, place: Place, count: usize) -> usize {
        let mut end = place;
        let mut taken = 0;
        while taken < count && end < self.0.len() - 1 {
            let Some(next) = step(&self.0, end) else { break };
            end = next;
            taken += 1;
        }
        self.splice(place, end - place, &[]);
        self.count(-(taken as i64));
        taken
    }

    /// Takes everything from `place` on into a listpack of its own.
    #[must_use]
    pub fn split_off(&mut self, place: Place) -> Self {
        let mut tail = Self::new();
        let end = self.0.len() - 1;
        if place < end {
            tail.0.truncate(HEADER);
            tail.0.extend_from_slice(&self.0[place..]);
            tail.0[4..6].copy_from_slice(&[0xFF, 0xFF]);
            tail.fix_total();
            let moved = tail.iter().count();
            tail.set_count(moved);
            self.splice(place, end - place, &[]);
            self.count(-(moved as i64));
        }
        tail
    }

    /// Adds all elements of another listpack at the end.
    pub fn append(&mut self, other: &Self) {
        let added = other.len();
        let end = self.0.len() - 1;
        self.splice(end, 0, &[&other.0[HEADER..other.0.len() - 1]]);
        self.count(added as i64);
    }

    /// The elements in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { pack: self, at: self.first() }
    }

    /// The elements from `place` on.
    pub fn iter_at(&self, place: Option<Place>) -> Iter<'_> {
        Iter { pack: self, at: place }
    }

    /// The elements from `place` on towards the beginning.
    pub fn iter_back(&self, place: Option<Place>) -> impl Iterator<Item = Elem<'_>> {
        let mut at = place;
        std::iter::from_fn(move || {
            let place = at?;
            at = self.prev(place);
            self.get(place)
        })
    }

    /// Bytes allocated.
    #[must_use]
    pub fn heap(&self) -> usize {
        self.0.capacity()
    }

    /// Puts `parts` in the place of `gone` bytes.
    fn splice(&mut self, place: usize, gone: usize, parts: &[&[u8]]) {
        let old = self.0.len();
        let new: usize = parts.iter().map(|part| part.len()).sum();
        if new > gone {
            self.0.resize(old + new - gone, 0);
        }
        self.0.copy_within(place + gone..old, place + new);
        self.0.truncate(old + new - gone);
        let mut at = place;
        for part in parts {
            self.0[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        self.fix_total();
    }

    fn fix_total(&mut self) {
        let total = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0[..4].copy_from_slice(&total.to_le_bytes());
    }

    fn count(&mut self, more: i64) {
        let said = u16::from_le_bytes([self.0[4], self.0[5]]);
        if said == u16::MAX {
            // As in Redis: the count is unknown until somebody counts after a removal.
            if more < 0 {
                let n = self.iter().count();
                self.set_count(n);
            }
            return;
        }
        self.set_count((i64::from(said) + more).max(0) as usize);
    }

    fn set_count(&mut self, n: usize) {
        let said = u16::try_from(n).unwrap_or(u16::MAX);
        self.0[4..6].copy_from_slice(&said.to_le_bytes());
    }
}

/// Walks a listpack forwards.
#[derive(Clone)]
pub struct Iter<'a> {
    pack: &'a Listpack,
    at: Option<Place>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Elem<'a>;
    fn next(&mut self) -> Option<Elem<'a>> {
        let place = self.at?;
        self.at = self.pack.next(place);
        self.pack.get(place)
    }
}

#[cfg(test)]
mod tests;
