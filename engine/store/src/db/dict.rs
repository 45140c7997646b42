//! The dictionary of one slot.

use engine_base::UnixMs;

use super::entry::Entry;
use super::note::Note;
use crate::table::Table;
use crate::value::Value;

/// The keys of one slot.
#[derive(Clone, Debug)]
pub(super) struct Dict {
    table: Table<Entry>,
    volatile: usize,
    /// No key of this slot expires before this time.
    soonest: UnixMs,
}

impl Default for Dict {
    fn default() -> Self {
        Self { table: Table::new(), volatile: 0, soonest: UnixMs(i64::MAX) }
    }
}

impl Dict {
    pub(super) const fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) const fn volatile(&self) -> usize {
        self.volatile
    }

    pub(super) const fn table(&self) -> &Table<Entry> {
        &self.table
    }

    /// Whether a key of this slot may have expired.
    pub(super) const fn may_have_due(&self, now: UnixMs) -> bool {
        self.volatile > 0 && self.soonest.0 < now.0
    }

    pub(super) const fn set_soonest(&mut self, soonest: UnixMs) {
        self.soonest = soonest;
    }

    #[inline]
    pub(super) fn find(&self, hash: u32, key: &[u8]) -> Option<usize> {
        self.table.find(hash, |e| e.key() == key)
    }

    pub(super) fn get(&self, hash: u32, key: &[u8]) -> Option<&Entry> {
        self.table.at(self.find(hash, key)?)
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut Entry> {
        self.table.at_mut(place)
    }

    pub(super) fn insert(
        &mut self,
        hash: u32,
        key: &[u8],
        value: Value,
        note: Note,
    ) -> Option<(Value, Option<UnixMs>)> {
        let Some(place) = self.find(hash, key) else {
            self.table.insert(hash, Entry::new(key, value, note.fresh()));
            return None;
        };
        let entry = self.table.at_mut(place)?;
        let expire = entry.expire();
        if expire.is_some() {
            entry.set_expire(None);
            self.volatile -= 1;
        }
        entry.set_access(note.again(entry.access()));
        Some((std::mem::replace(entry.value_mut(), value), expire))
    }

    pub(super) fn remove(&mut self, hash: u32, key: &[u8]) -> Option<Entry> {
        let entry = self.table.remove(self.find(hash, key)?)?;
        if entry.expire().is_some() {
            self.volatile -= 1;
        }
        Some(entry)
    }

    pub(super) fn set_expire(&mut self, hash: u32, key: &[u8], at: Option<UnixMs>) -> bool {
        let Some(place) = self.find(hash, key) else { return false };
        let Some(entry) = self.table.at_mut(place) else { return false };
        self.volatile -= usize::from(entry.expire().is_some());
        self.volatile += usize::from(at.is_some());
        entry.set_expire(at);
        if let Some(at) = at {
            self.soonest = self.soonest.min(at);
        }
        true
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.table.iter()
    }
}
