//! Walking over keys: RANDOMKEY, SCAN, samples for eviction, snapshots.

use engine_base::{Rng, Slot};

use super::{Db, Dict, Entry, PAGE};

/// Bits of a SCAN cursor that say where in the slot's dictionary; the slot is above them. A
/// cursor stays below 2^53, so clients that keep it as a double do not lose it.
const PLACE_BITS: u32 = 32;

impl Db {
    /// The dictionaries from `first` on, with their slots' numbers, in order.
    fn dicts(&self, first: usize) -> impl Iterator<Item = (u16, &Dict)> {
        let pages = self.pages.iter().enumerate().skip(first / PAGE);
        pages.filter_map(|(p, page)| Some((p, page.as_ref()?))).flat_map(move |(p, page)| {
            let slots = page.slots.iter().enumerate();
            slots.filter_map(move |(s, dict)| {
                let number = p * PAGE + s;
                if number < first { None } else { Some((number as u16, dict.as_deref()?)) }
            })
        })
    }

    /// The dictionaries that are shown.
    fn shown(&self, first: usize) -> impl Iterator<Item = (u16, &Dict)> {
        self.dicts(first).filter(|(number, _)| !self.hides(*number))
    }

    /// All entries, slot by slot, expired ones too.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.shown(0).flat_map(|(_, dict)| dict.iter())
    }

    /// The slots that hold keys, with how many.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, usize)> {
        self.shown(0).filter_map(|(n, dict)| Some((Slot::new(n)?, dict.len())))
    }

    /// One step through a single slot, hidden or not: about `count` entries from `place` on (0 at
    /// first). Gives the next place, `None` at the end.
    pub fn scan_slot(
        &self,
        slot: Slot,
        place: u32,
        count: usize,
        found: impl FnMut(&Entry),
    ) -> Option<u32> {
        self.dict(slot)?.table().scan(place, count, found)
    }

    /// A key drawn fairly over all keys, expired ones too.
    #[must_use]
    pub fn random_entry(&self, rng: &mut Rng) -> Option<&Entry> {
        if self.hidden.is_some() {
            return self.random_shown(rng, Dict::len, |_| true);
        }
        let mut rank = rng.index(self.len);
        let page = self.pages.iter().flatten().find(|page| {
            let here = rank < page.len;
            rank -= if here { 0 } else { page.len };
            here
        })?;
        let dict = page.slots.iter().flatten().find(|dict| {
            let here = rank < dict.len();
            rank -= if here { 0 } else { dict.len() };
            here
        })?;
        dict.table().random(|n| rng.index(n))
    }

    /// A key with a time to live, drawn about fairly (fairly over slots by their volatile keys).
    #[must_use]
    pub fn random_volatile(&self, rng: &mut Rng) -> Option<&Entry> {
        if self.hidden.is_some() {
            return self.random_shown(rng, Dict::volatile, |e| e.expire().is_some());
        }
        if self.volatile == 0 {
            return None;
        }
        let mut rank = rng.index(self.volatile);
        let page = self.pages.iter().flatten().find(|page| {
            let here = rank < page.volatile;
            rank -= if here { 0 } else { page.volatile };
            here
        })?;
        let dict = page.slots.iter().flatten().find(|dict| {
            let here = rank < dict.volatile();
            rank -= if here { 0 } else { dict.volatile() };
            here
        })?;
        dict.iter().filter(|e| e.expire().is_some()).nth(rank)
    }

    /// As the two above, while slots are hidden: slower, since pages count those too.
    fn random_shown(
        &self,
        rng: &mut Rng,
        size: impl Fn(&Dict) -> usize,
        fits: impl Fn(&Entry) -> bool,
    ) -> Option<&Entry> {
        let all: usize = self.shown(0).map(|(_, dict)| size(dict)).sum();
        if all == 0 {
            return None;
        }
        let mut rank = rng.index(all);
        let (_, dict) = self.shown(0).find(|(_, dict)| {
            let here = rank < size(dict);
            rank -= if here { 0 } else { size(dict) };
            here
        })?;
        dict.iter().filter(|entry| fits(entry)).nth(rank)
    }

    /// Drops whole pages of slots in front of a cursor of [`Db::scan`]: a snapshot that has been
    /// read so far need not hold them. Counts are left as they are, so this is for a snapshot
    /// that nobody looks at again.
    pub(crate) fn let_go_before(&mut self, cursor: u64) {
        let Ok(slot) = usize::try_from(cursor >> PLACE_BITS) else { return };
        let page = slot / PAGE;
        if page > 0
            && let Some(passed) = self.pages.get_mut(..page)
        {
            passed.fill(None);
        }
    }

    /// One step of SCAN: at least `count` entries from `cursor` on, unless the end comes first.
    /// Every key that is there during the whole scan is found. Gives the next cursor, 0 at the
    /// end; a cursor that nobody gave out is taken as one.
    pub fn scan(&self, cursor: u64, count: usize, mut found: impl FnMut(&Entry)) -> u64 {
        let Ok(first) = usize::try_from(cursor >> PLACE_BITS) else { return 0 };
        let mut place = cursor as u32;
        let mut seen = 0;
        for (number, dict) in self.shown(first) {
            if usize::from(number) != first {
                place = 0;
            }
            if seen >= count {
                return u64::from(number) << PLACE_BITS | u64::from(place.max(1));
            }
            let next = dict.table().scan(place, count - seen, |entry| {
                seen += 1;
                found(entry);
            });
            if let Some(next) = next {
                return u64::from(number) << PLACE_BITS | u64::from(next);
            }
        }
        0
    }
}
