//! One node of a stream: entries in a listpack, their ids as differences to the node's own, the
//! names of their fields left out where they are those of the first entry (t_stream.c).
//!
//! First stand how many entries are live and how many deleted, how many names, the names, a zero;
//! then for each entry its flags, two differences, its fields, and of how many elements it is.

use super::StreamId;
use crate::Listpack;
use crate::listpack::{Elem, Iter, Place};

/// The entry is deleted.
const DELETED: i64 = 1;
/// Its fields are named as the node says.
const SAME_FIELDS: i64 = 2;

/// A listpack whose elements are known to be those of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node(Listpack);

/// An entry, deleted or not, where it is kept.
#[derive(Clone)]
pub struct Entry<'a> {
    node: &'a Node,
    /// Its id.
    pub id: StreamId,
    flags: i64,
    /// Where its flags stand.
    place: Place,
    fields: usize,
    /// Where its first field or value stands.
    first: Place,
}

impl Node {
    /// For entries whose fields have these names.
    pub(super) fn new(pairs: &[&[u8]]) -> Self {
        let mut pack = Listpack::new();
        pack.push_int(0);
        pack.push_int(0);
        pack.push_int((pairs.len() / 2) as i64);
        for name in pairs.iter().step_by(2) {
            pack.push_back(name);
        }
        pack.push_int(0);
        Self(pack)
    }

    /// A listpack from a file or a peer, if it is well formed (`streamValidateListpackIntegrity`).
    pub(super) fn from_pack(pack: Listpack) -> Option<Self> {
        let mut at = pack.iter();
        let (live, deleted, names) = (int(&mut at)?, int(&mut at)?, int(&mut at)?);
        skip(&mut at, names)?;
        if int(&mut at)? != 0 {
            return None;
        }
        for _ in 0..live.checked_add(deleted).filter(|count| *count >= 0)? {
            let (flags, _, _) = (int(&mut at)?, int(&mut at)?, int(&mut at)?);
            let length = if flags & SAME_FIELDS != 0 {
                skip(&mut at, names)?;
                names.checked_add(3)?
            } else {
                let fields = int(&mut at)?;
                let both = fields.checked_mul(2)?;
                skip(&mut at, both)?;
                both.checked_add(4)?
            };
            if int(&mut at)? != length {
                return None;
            }
        }
        at.next().is_none().then_some(Self(pack))
    }

    pub(super) fn pack(&self) -> &Listpack {
        &self.0
    }

    /// How many entries are not deleted.
    pub(super) fn live(&self) -> u64 {
        self.header(0)
    }

    /// How many entries there are, deleted ones too.
    pub(super) fn count(&self) -> u64 {
        self.live().saturating_add(self.header(1))
    }

    fn header(&self, index: usize) -> u64 {
        let said = self.0.iter().nth(index).and_then(|e| e.as_int());
        said.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
    }

    fn set_header(&mut self, index: usize, count: u64) {
        let mut place = self.0.first();
        for _ in 0..index {
            place = place.and_then(|p| self.0.next(p));
        }
        if let Some(place) = place {
            self.0.replace_int(place, count as i64);
        }
    }

    /// The names that entries leave out: how many, and where the first stands.
    fn names(&self) -> (usize, Option<Place>) {
        let place = self.0.seek(2);
        let said = place.and_then(|p| self.0.get(p)).and_then(|e| e.as_int()).unwrap_or(0);
        (usize::try_from(said).unwrap_or(0), place.and_then(|p| self.0.next(p)))
    }

    /// Adds an entry at the end; `base` is the id of the node.
    pub(super) fn push(&mut self, base: StreamId, id: StreamId, pairs: &[&[u8]]) {
        let (count, first) = self.names();
        let mut names = self.0.iter_at(first);
        let same = pairs.len() / 2 == count
            && pairs.iter().step_by(2).all(|name| names.next().is_some_and(|e| e.is(name)));
        self.set_header(0, self.live() + 1);
        let (ms, seq) = id.less(base);
        self.0.push_int(if same { SAME_FIELDS } else { 0 });
        self.0.push_int(ms);
        self.0.push_int(seq);
        if !same {
            self.0.push_int((pairs.len() / 2) as i64);
        }
        let kept = if same { 1 } else { 0 };
        for word in pairs.iter().skip(kept).step_by(kept + 1) {
            self.0.push_back(word);
        }
        let length = if same { pairs.len() / 2 + 3 } else { pairs.len() + 4 };
        self.0.push_int(length as i64);
    }

    /// Marks the entries whose flags stand there as deleted.
    pub(super) fn delete(&mut self, places: &[Place]) {
        let (live, deleted, gone) = (self.live(), self.header(1), places.len() as u64);
        // From the last to the first: those in front stay where they are.
        for place in places.iter().rev() {
            let flags = self.0.get(*place).and_then(|e| e.as_int()).unwrap_or(0);
            self.0.replace_int(*place, flags | DELETED);
        }
        self.set_header(0, live.saturating_sub(gone));
        self.set_header(1, deleted.saturating_add(gone));
    }

    /// The entry whose flags stand there; entries with the names of the node have so many fields.
    fn entry(&self, base: StreamId, place: Place, names: usize) -> Option<Entry<'_>> {
        let mut at = place;
        let mut read = || {
            let (element, next) = self.0.read(at)?;
            at = next;
            element.as_int()
        };
        let (flags, ms, seq) = (read()?, read()?, read()?);
        let fields =
            if flags & SAME_FIELDS != 0 { names } else { usize::try_from(read()?).ok()? };
        Some(Entry { node: self, id: base.plus(ms, seq), flags, place, fields, first: at })
    }

    /// All entries in order, deleted ones too.
    pub(super) fn entries(&self, base: StreamId) -> impl Iterator<Item = Entry<'_>> {
        let (names, mut place) = self.names();
        // The names, and the zero after them.
        for _ in 0..=names {
            place = place.and_then(|p| self.0.next(p));
        }
        std::iter::from_fn(move || {
            let entry = self.entry(base, place?, names)?;
            place = entry.end();
            Some(entry)
        })
    }

    /// All entries from the last to the first, deleted ones too.
    pub(super) fn entries_back(&self, base: StreamId) -> impl Iterator<Item = Entry<'_>> {
        let (names, mut end) = (self.names().0, self.0.last());
        std::iter::from_fn(move || {
            let mut place = end?;
            let length = self.0.get(place)?.as_int()?;
            if length <= 0 {
                return None;
            }
            for _ in 0..length {
                place = self.0.prev(place)?;
            }
            end = self.0.prev(place);
            self.entry(base, place, names)
        })
    }
}

fn int(at: &mut Iter<'_>) -> Option<i64> {
    at.next()?.as_int()
}

/// Passes over so many elements; `None` when there are not so many.
fn skip(at: &mut Iter<'_>, count: i64) -> Option<()> {
    let count = usize::try_from(count).ok()?;
    if count > 0 {
        at.nth(count - 1)?;
    }
    Some(())
}

impl<'a> Entry<'a> {
    /// Whether it is deleted.
    pub(super) fn is_deleted(&self) -> bool {
        self.flags & DELETED != 0
    }

    /// Where its flags stand.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields
    }

    /// Whether it has no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields == 0
    }

    /// Its fields: name and value.
    pub fn pairs(&self) -> impl Iterator<Item = (Elem<'a>, Elem<'a>)> + use<'a> {
        let pack = &self.node.0;
        let same = self.flags & SAME_FIELDS != 0;
        let mut names = pack.iter_at(if same { self.node.names().1 } else { None });
        let mut values = pack.iter_at(Some(self.first));
        (0..self.fields).map_while(move |_| {
            let name = if same { names.next()? } else { values.next()? };
            Some((name, values.next()?))
        })
    }

    /// The place after it.
    fn end(&self) -> Option<Place> {
        let same = self.flags & SAME_FIELDS != 0;
        let mut place = self.first;
        // Its fields, and how long it is.
        for _ in 0..=if same { self.fields } else { self.fields * 2 } {
            place = self.node.0.next(place)?;
        }
        Some(place)
    }
}
