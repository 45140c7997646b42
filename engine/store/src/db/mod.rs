//! The keyspace of one database: a dictionary per slot.
//!
//! Slots without keys cost nothing; a clone shares everything and copies a slot's dictionary
//! when one side writes to it. Whether a key has expired is a question of the time handed in:
//! reading never deletes.

mod chains;
mod dict;
mod entry;
mod expire;
mod hidden;
mod note;
mod walk;

pub use chains::Chains;
pub use entry::Entry;
pub use note::{Lfu, Note};

use std::sync::Arc;

use engine_base::{SLOT_COUNT, Slot, UnixMs};

use crate::hash_key::hash32;
use crate::value::Value;
use dict::Dict;
use hidden::Hidden;

/// Slots in one page of the index.
const PAGE: usize = 128;

/// The keys of one database.
#[derive(Clone, Debug)]
pub struct Db {
    seed: u64,
    /// Made when the first key comes.
    pages: Vec<Option<Arc<Page>>>,
    len: usize,
    volatile: usize,
    /// Where the next step of active expiry begins.
    expire_at: (u16, u32),
    /// Slots whose keys are not shown yet.
    hidden: Option<Box<Hidden>>,
    /// What writes note as the access of their key.
    note: Note,
}

/// Where a key's entry stands. Any key that comes or goes makes it stale.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    slot: Slot,
    place: usize,
}

/// The dictionaries of 128 slots, and how many keys they hold together.
#[derive(Clone, Debug)]
struct Page {
    slots: [Option<Arc<Dict>>; PAGE],
    len: usize,
    volatile: usize,
}

impl Page {
    const EMPTY: Self = Self { slots: [const { None }; PAGE], len: 0, volatile: 0 };
}

impl Db {
    /// Without keys. `seed` drives the order of SCAN and RANDOMKEY; one per process.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            pages: Vec::new(),
            len: 0,
            volatile: 0,
            expire_at: (0, 0),
            hidden: None,
            note: Note::Clock(0),
        }
    }

    /// How many keys there are, expired ones included until they are deleted (DBSIZE).
    #[must_use]
    pub fn len(&self) -> usize {
        self.len - self.hidden.as_ref().map_or(0, |hidden| hidden.len)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys have a time to live.
    #[must_use]
    pub fn volatile_len(&self) -> usize {
        self.volatile - self.hidden.as_ref().map_or(0, |hidden| hidden.volatile)
    }

    fn dict(&self, slot: Slot) -> Option<&Dict> {
        let page = self.pages.get(slot.index() / PAGE)?.as_ref()?;
        page.slots[slot.index() % PAGE].as_deref()
    }

    /// Changes a slot's dictionary, making it when it is missing, and keeps the counts.
    fn change<R>(&mut self, slot: Slot, change: impl FnOnce(&mut Dict) -> R) -> R {
        if self.pages.is_empty() {
            self.pages.resize(SLOT_COUNT / PAGE, None);
        }
        let page = self.pages[slot.index() / PAGE].get_or_insert_with(|| Arc::new(Page::EMPTY));
        let page = Arc::make_mut(page);
        let place = &mut page.slots[slot.index() % PAGE];
        let dict = Arc::make_mut(place.get_or_insert_with(|| Arc::new(Dict::default())));
        let (len, volatile) = (dict.len(), dict.volatile());
        let result = change(dict);
        let (now_len, now_volatile) = (dict.len(), dict.volatile());
        if now_len == 0 {
            *place = None;
        }
        page.len = page.len + now_len - len;
        page.volatile = page.volatile + now_volatile - volatile;
        self.len = self.len + now_len - len;
        self.volatile = self.volatile + now_volatile - volatile;
        if let Some(hidden) = self.hidden.as_mut().filter(|h| h.slots.contains(slot)) {
            hidden.len = hidden.len + now_len - len;
            hidden.volatile = hidden.volatile + now_volatile - volatile;
        }
        result
    }

    /// How writes note from now on that they used their key, as `maxmemory-policy` asks for.
    pub const fn set_note(&mut self, note: Note) {
        self.note = note;
    }

    fn entry(&self, key: &[u8]) -> Option<&Entry> {
        self.dict(Slot::of_key(key))?.get(hash32(self.seed, key), key)
    }

    /// The entry of a key, expired or not: value, time to live, last access.
    #[must_use]
    pub fn peek(&self, key: &[u8]) -> Option<&Entry> {
        self.entry(key)
    }

    /// The value of a key that has not expired.
    #[must_use]
    pub fn get(&self, key: &[u8], now: UnixMs) -> Option<&Value> {
        self.entry(key).filter(|e| !e.is_expired(now)).map(Entry::value)
    }

    /// Whether the key is there and has not expired.
    #[must_use]
    pub fn contains(&self, key: &[u8], now: UnixMs) -> bool {
        self.get(key, now).is_some()
    }

    /// Whether the key is there but its time has come: the caller deletes it and tells replicas
    /// and the AOF (a replica only treats it as absent).
    #[must_use]
    pub fn is_expired(&self, key: &[u8], now: UnixMs) -> bool {
        self.entry(key).is_some_and(|e| e.is_expired(now))
    }

    /// Where a key that has not expired stands.
    #[must_use]
    pub fn spot(&self, key: &[u8], now: UnixMs) -> Option<Spot> {
        let slot = Slot::of_key(key);
        let dict = self.dict(slot)?;
        let place = dict.find(hash32(self.seed, key), key)?;
        (!dict.table().at(place)?.is_expired(now)).then_some(Spot { slot, place })
    }

    /// The value that stands there, to be changed.
    pub fn at_mut(&mut self, spot: Spot) -> Option<&mut Value> {
        let note = self.note;
        let entry = self.entry_at(spot)?;
        entry.set_access(note.again(entry.access()));
        Some(entry.value_mut())
    }

    /// The value of a key that has not expired, to be changed.
    pub fn get_mut(&mut self, key: &[u8], now: UnixMs) -> Option<&mut Value> {
        // Looked up first, so that a miss copies nothing.
        self.at_mut(self.spot(key, now)?)
    }

    /// The entry of a key for changes that do not move counts. Copies what a snapshot shares.
    fn entry_mut(&mut self, key: &[u8]) -> Option<&mut Entry> {
        let slot = Slot::of_key(key);
        // Looked up first, so that a miss copies nothing.
        let place = self.dict(slot)?.find(hash32(self.seed, key), key)?;
        self.entry_at(Spot { slot, place })
    }

    fn entry_at(&mut self, Spot { slot, place }: Spot) -> Option<&mut Entry> {
        let page = Arc::make_mut(self.pages.get_mut(slot.index() / PAGE)?.as_mut()?);
        let dict = Arc::make_mut(page.slots[slot.index() % PAGE].as_mut()?);
        dict.at_mut(place)
    }

    /// Sets a key to a value; a time to live that it had is gone (as SET does). Gives the value
    /// it had.
    pub fn insert(&mut self, key: &[u8], value: impl Into<Value>) -> Option<Value> {
        self.insert_over(key, value).map(|(old, _)| old)
    }

    /// [`Self::insert`] that gives, with the value that was there, when it would have expired.
    pub fn insert_over(
        &mut self,
        key: &[u8],
        value: impl Into<Value>,
    ) -> Option<(Value, Option<UnixMs>)> {
        let (hash, note, value) = (hash32(self.seed, key), self.note, value.into());
        self.change(Slot::of_key(key), |d| d.insert(hash, key, value, note))
    }

    /// Sets a key to a value and keeps its time to live (SET … KEEPTTL). Gives the value it had.
    pub fn insert_keep_ttl(&mut self, key: &[u8], value: impl Into<Value>) -> Option<Value> {
        let (note, value) = (self.note, value.into());
        match self.entry_mut(key) {
            Some(entry) => {
                entry.set_access(note.again(entry.access()));
                Some(std::mem::replace(entry.value_mut(), value))
            }
            None => self.insert(key, value),
        }
    }

    /// Deletes a key, expired or not; gives the value it had.
    pub fn remove(&mut self, key: &[u8]) -> Option<Value> {
        self.take(key).map(|(value, _)| value)
    }

    /// Deletes a key, expired or not; gives its value and its time to live.
    pub fn take(&mut self, key: &[u8]) -> Option<(Value, Option<UnixMs>)> {
        let (slot, hash) = (Slot::of_key(key), hash32(self.seed, key));
        self.dict(slot)?.find(hash, key)?;
        self.change(slot, |d| d.remove(hash, key)).map(Entry::into_parts)
    }

    /// Sets or takes away the time at which a key expires; `false` when there is no such key.
    pub fn set_expire(&mut self, key: &[u8], at: Option<UnixMs>) -> bool {
        let (slot, hash) = (Slot::of_key(key), hash32(self.seed, key));
        if self.dict(slot).is_none_or(|d| d.find(hash, key).is_none()) {
            return false;
        }
        self.change(slot, |d| d.set_expire(hash, key, at))
    }

    /// When the key expires, if it is there and does.
    #[must_use]
    pub fn expire_of(&self, key: &[u8]) -> Option<UnixMs> {
        self.entry(key)?.expire()
    }

    /// Notes when (or how often) a key was used, in the caller's measure: 24 bits, as
    /// `maxmemory-policy` asks for. Copies what a snapshot shares, so not while one is written.
    pub fn set_access(&mut self, key: &[u8], access: u32) {
        if self.entry(key).is_some_and(|e| e.access() != access)
            && let Some(entry) = self.entry_mut(key)
        {
            entry.set_access(access);
        }
    }

    /// The value of a key that has not expired, and in the same look-up [`Db::set_access`].
    pub fn get_noting(&mut self, key: &[u8], now: UnixMs, note: Note) -> Option<&Value> {
        let (slot, hash) = (Slot::of_key(key), hash32(self.seed, key));
        let dict = self.dict(slot)?;
        let place = dict.find(hash, key)?;
        // Only a new access is written, so that readers copy little of what a snapshot shares.
        let old = dict.table().at(place)?.access();
        let access = note.again(old);
        if old != access {
            let page = Arc::make_mut(self.pages.get_mut(slot.index() / PAGE)?.as_mut()?);
            let dict = Arc::make_mut(page.slots[slot.index() % PAGE].as_mut()?);
            dict.at_mut(place)?.set_access(access);
        }
        let entry = self.dict(slot)?.table().at(place)?;
        if entry.is_expired(now) { None } else { Some(entry.value()) }
    }

    /// How many keys a slot holds.
    #[must_use]
    pub fn count_in_slot(&self, slot: Slot) -> usize {
        self.dict(slot).map_or(0, Dict::len)
    }

    /// Up to `count` keys of a slot.
    pub fn keys_in_slot(&self, slot: Slot, count: usize) -> impl Iterator<Item = &[u8]> {
        self.dict(slot).into_iter().flat_map(Dict::iter).take(count).map(Entry::key)
    }

    /// Deletes all keys of a slot; gives how many there were.
    pub fn flush_slot(&mut self, slot: Slot) -> usize {
        if self.dict(slot).is_none() {
            return 0;
        }
        self.change(slot, |d| std::mem::take(d).len())
    }

    /// Deletes all keys; gives how many there were. What a snapshot shares lives on there, and
    /// slots that are hidden stay so.
    pub fn flush(&mut self) -> usize {
        let len = self.len;
        let hidden = self.hidden.take();
        *self = Self::new(self.seed);
        if let Some(hidden) = hidden {
            self.hide(hidden.slots.iter());
        }
        len
    }
}

#[cfg(test)]
mod tests;
