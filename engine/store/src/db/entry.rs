//! One key with its value, its time to live and its last access, in one allocation.
//!
//! A million small keys are the common case, so an entry is one thin pointer to: the value
//! (24 bytes, short strings inside), the access note, the key's length, the time to live when
//! there is one, the key's bytes. A key and a value of 16 bytes take 48 bytes together.
//!
//! This file holds the crate's only `unsafe` code. What it relies on:
//! - `head` comes from [`std::alloc::alloc`] with exactly [`layout`] of the head's own `key_len`
//!   and flag, and is given back with the same; neither changes while the allocation lives.
//! - The head is written in full, and the tail (time to live, key) is written in full, before the
//!   entry exists, so every read is of initialised memory inside the allocation.
//! - The entry owns its allocation alone; references to its parts borrow the entry.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::{self, NonNull};

use engine_base::UnixMs;

use crate::value::Value;

/// The fixed part of an entry. Aligned to eight bytes, so that the tail after it may begin with
/// a time to live, on 32-bit platforms too.
#[repr(C, align(8))]
struct Head {
    value: Value,
    /// The access note in the lower 24 bits; above them whether there is a time to live.
    note: u32,
    key_len: u32,
}

/// The bit of [`Head::note`] that says that there is a time to live.
const HAS_EXPIRE: u32 = 1 << 31;
/// The bits of [`Head::note`] that are the access note.
const ACCESS: u32 = (1 << 24) - 1;

/// A key and all that belongs to it.
pub struct Entry(NonNull<Head>);

// SAFETY: an entry owns its allocation alone, like a `Box`, and all in it is `Send` and `Sync`.
unsafe impl Send for Entry where Value: Send {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for Entry where Value: Sync {}

/// Where the tail's parts begin, and the whole.
fn layout(key_len: usize, expires: bool) -> Layout {
    let size = size_of::<Head>() + if expires { 8 } else { 0 } + key_len;
    // A key is no longer than `u32::MAX`, so this fits a 64-bit `isize`; on 32 bits a key that
    // long could not have been held in memory before.
    Layout::from_size_align(size, align_of::<Head>()).expect("the key is in memory already")
}

impl Entry {
    pub(super) fn new(key: &[u8], value: Value, access: u32) -> Self {
        Self::build(key, value, access, None)
    }

    fn build(key: &[u8], value: Value, access: u32, expire: Option<UnixMs>) -> Self {
        let key_len = u32::try_from(key.len()).expect("keys are shorter than 4 GB");
        let layout = layout(key.len(), expire.is_some());
        let note = access & ACCESS | if expire.is_some() { HAS_EXPIRE } else { 0 };
        // SAFETY: the layout is not empty: it holds a head. The head is written before use; the
        // tail's parts are inside the allocation by `layout`, and do not overlap `key`, which
        // lives elsewhere.
        unsafe {
            let Some(head) = NonNull::new(alloc(layout).cast::<Head>()) else {
                handle_alloc_error(layout)
            };
            head.as_ptr().write(Head { value, note, key_len });
            let mut tail = head.as_ptr().add(1).cast::<u8>();
            if let Some(at) = expire {
                tail.cast::<i64>().write(at.0);
                tail = tail.add(8);
            }
            ptr::copy_nonoverlapping(key.as_ptr(), tail, key.len());
            Self(head)
        }
    }

    fn head(&self) -> &Head {
        // SAFETY: the head is initialised and lives as long as the entry.
        unsafe { self.0.as_ref() }
    }

    fn head_mut(&mut self) -> &mut Head {
        // SAFETY: as above, and the entry is borrowed alone.
        unsafe { self.0.as_mut() }
    }

    fn has_expire(&self) -> bool {
        self.head().note & HAS_EXPIRE != 0
    }

    /// The tail's first byte.
    fn tail(&self) -> *mut u8 {
        // SAFETY: one head behind its beginning is still inside the allocation, or its end.
        unsafe { self.0.as_ptr().add(1).cast() }
    }

    /// Its key.
    #[must_use]
    #[inline]
    pub fn key(&self) -> &[u8] {
        let skip = if self.has_expire() { 8 } else { 0 };
        // SAFETY: by `layout` the key's bytes begin there and are that many, all initialised.
        unsafe { std::slice::from_raw_parts(self.tail().add(skip), self.head().key_len as usize) }
    }

    /// Its value.
    #[must_use]
    #[inline]
    pub fn value(&self) -> &Value {
        &self.head().value
    }

    pub(super) fn value_mut(&mut self) -> &mut Value {
        &mut self.head_mut().value
    }

    /// When it expires.
    #[must_use]
    pub fn expire(&self) -> Option<UnixMs> {
        // SAFETY: with the flag set, the tail begins with an initialised time to live; it is
        // aligned because the head's size and alignment are multiples of eight.
        self.has_expire().then(|| UnixMs(unsafe { self.tail().cast::<i64>().read() }))
    }

    pub(super) fn set_expire(&mut self, at: Option<UnixMs>) {
        match (self.has_expire(), at) {
            // SAFETY: as in `expire`, and the entry is borrowed alone.
            (true, Some(at)) => unsafe { self.tail().cast::<i64>().write(at.0) },
            (false, None) => {}
            _ => {
                // The tail changes its form: a new allocation takes the value over.
                let value = std::mem::replace(self.value_mut(), Value::string(b""));
                *self = Self::build(self.key(), value, self.access(), at);
            }
        }
    }

    /// Whether its time has come (`keyIsExpired` in db.c: strictly after).
    #[must_use]
    pub fn is_expired(&self, now: UnixMs) -> bool {
        self.expire().is_some_and(|at| now > at)
    }

    /// What was last noted as its access: 24 bits.
    #[must_use]
    pub fn access(&self) -> u32 {
        self.head().note & ACCESS
    }

    pub(super) fn set_access(&mut self, access: u32) {
        let head = self.head_mut();
        head.note = head.note & !ACCESS | access & ACCESS;
    }

    pub(super) fn into_parts(mut self) -> (Value, Option<UnixMs>) {
        let expire = self.expire();
        (std::mem::replace(self.value_mut(), Value::string(b"")), expire)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let layout = layout(self.head().key_len as usize, self.has_expire());
        // SAFETY: the head is initialised and dropped once; the allocation was made with this
        // layout, because neither the key's length nor the flag ever changes in place.
        unsafe {
            ptr::drop_in_place(self.0.as_ptr());
            dealloc(self.0.as_ptr().cast(), layout);
        }
    }
}

impl Clone for Entry {
    fn clone(&self) -> Self {
        Self::build(self.key(), self.value().clone(), self.access(), self.expire())
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key().escape_ascii().to_string())
            .field("value", self.value())
            .field("expire", &self.expire())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_key_and_value_are_one_allocation_of_48_bytes() {
        assert_eq!(size_of::<Option<Entry>>(), size_of::<usize>());
        assert_eq!(layout(16, false).size(), 48);
        assert_eq!(Value::string(b"0123456789abcdef").heap(), 0);
    }

    #[test]
    fn all_parts_survive_every_change_of_form() {
        let big = vec![b'x'; 5000];
        for key in [&b""[..], b"k", b"key of some length", &big] {
            let mut entry = Entry::new(key, Value::string(&big), 0);
            entry.set_access(0x00FF_FFFF);
            for at in [None, Some(UnixMs(7)), Some(UnixMs(i64::MIN)), None, Some(UnixMs(-1))] {
                entry.set_expire(at);
                let copy = entry.clone();
                for e in [&entry, &copy] {
                    assert_eq!(e.key(), key);
                    assert_eq!(e.expire(), at);
                    assert_eq!(e.access(), 0x00FF_FFFF);
                    assert!(matches!(e.value(), Value::Str(s) if s.len() == 5000));
                }
            }
            entry.set_access(3);
            assert_eq!((entry.access(), entry.expire()), (3, Some(UnixMs(-1))));
            let (value, at) = entry.into_parts();
            assert!(matches!(value, Value::Str(s) if s.len() == 5000));
            assert_eq!(at, Some(UnixMs(-1)));
        }
    }

    #[test]
    fn values_are_dropped_once() {
        let limits = crate::Limits::default();
        let mut list = crate::List::new();
        list.push_back(b"x", &limits);
        let shared = crate::Shared::new(list);
        let mut entry = Entry::new(b"k", Value::List(shared.clone()), 0);
        assert_eq!(shared.holders(), 2);
        entry.set_expire(Some(UnixMs(1)));
        assert_eq!(shared.holders(), 2);
        let copy = entry.clone();
        assert_eq!(shared.holders(), 3);
        drop(entry);
        assert_eq!(shared.holders(), 2);
        drop(copy.into_parts());
        assert_eq!(shared.holders(), 1);
    }
}
