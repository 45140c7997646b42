//! The table of interned strings: equal bytes are one object.

use super::arena::Arena;
use crate::StrRef;

const NONE: u32 = u32::MAX;
const FIRST_BUCKETS: usize = 256;

#[derive(Clone, Debug)]
struct Str {
    bytes: Box<[u8]>,
    hash: u32,
    /// The next string of the same bucket.
    next: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Strings {
    arena: Arena<Str>,
    buckets: Vec<u32>,
    count: usize,
}

/// The hash of Redis's Lua: unlike the original's it looks at every byte.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut hash = bytes.len() as u32;
    for byte in bytes.iter().rev() {
        hash ^= (hash << 5).wrapping_add(hash >> 2).wrapping_add(u32::from(*byte));
    }
    hash
}

impl Default for Strings {
    fn default() -> Strings {
        Strings { arena: Arena::default(), buckets: vec![NONE; FIRST_BUCKETS], count: 0 }
    }
}

impl Strings {
    /// The string of these bytes, and whether it is new.
    pub(crate) fn intern(&mut self, bytes: &[u8]) -> (StrRef, bool) {
        let hash = hash(bytes);
        match self.find(bytes, hash) {
            Some(found) => (found, false),
            None => (self.add(bytes.into(), hash), true),
        }
    }

    /// The same of bytes that are already boxed.
    pub(crate) fn intern_vec(&mut self, bytes: Vec<u8>) -> (StrRef, bool) {
        let hash = hash(&bytes);
        match self.find(&bytes, hash) {
            Some(found) => (found, false),
            None => (self.add(bytes.into_boxed_slice(), hash), true),
        }
    }

    /// The string of these bytes, if there is one.
    pub(crate) fn known(&self, bytes: &[u8]) -> Option<StrRef> {
        self.find(bytes, hash(bytes))
    }

    fn find(&self, bytes: &[u8], hash: u32) -> Option<StrRef> {
        let mut at = self.buckets[hash as usize & (self.buckets.len() - 1)];
        while at != NONE {
            let str = self.arena.get(at);
            if str.hash == hash && *str.bytes == *bytes {
                return Some(StrRef { index: at, hash });
            }
            at = str.next;
        }
        None
    }

    fn add(&mut self, bytes: Box<[u8]>, hash: u32) -> StrRef {
        if self.count >= self.buckets.len() {
            self.grow();
        }
        self.count += 1;
        let bucket = hash as usize & (self.buckets.len() - 1);
        let index = self.arena.add(Str { bytes, hash, next: self.buckets[bucket] });
        self.buckets[bucket] = index;
        StrRef { index, hash }
    }

    fn grow(&mut self) {
        let size = self.buckets.len() * 2;
        self.rebuild(size);
    }

    fn rebuild(&mut self, size: usize) {
        self.buckets.clear();
        self.buckets.resize(size, NONE);
        for index in 0..self.arena.items.len() {
            if self.arena.marks[index] != super::arena::Mark::Free {
                let str = &mut self.arena.items[index];
                let bucket = &mut self.buckets[str.hash as usize & (size - 1)];
                str.next = *bucket;
                *bucket = index as u32;
            }
        }
    }

    #[inline]
    pub(crate) fn bytes(&self, string: StrRef) -> &[u8] {
        &self.arena.get(string.index).bytes
    }

    pub(crate) fn mark(&mut self, string: StrRef) {
        self.arena.mark(string.index);
    }

    pub(crate) fn is_white(&self, string: StrRef) -> bool {
        self.arena.is_white(string.index)
    }

    /// Frees the unmarked strings; gives how many bytes that were, by `cost` of each.
    pub(crate) fn sweep(&mut self, cost: impl Fn(usize) -> usize) -> usize {
        let mut freed = 0;
        let mut gone = 0;
        let empty = || Str { bytes: Box::default(), hash: 0, next: NONE };
        self.arena.sweep(empty, |_, str| {
            freed += cost(str.bytes.len());
            gone += 1;
        });
        if gone > 0 {
            self.count -= gone;
            let mut size = self.buckets.len();
            while size > FIRST_BUCKETS && self.count < size / 4 {
                size /= 2;
            }
            self.rebuild(size);
        }
        freed
    }
}
