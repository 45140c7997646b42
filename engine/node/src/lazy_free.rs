//! `lazyfree-…`, `UNLINK`, `FLUSHALL ASYNC`: large data that is gone is freed beside everything else,
//! where the driver has a thread for it; nobody waits for it then (lazyfree.c).

use engine_store::{Db, Encoding, Value};

use crate::Node;

/// Data that nobody can see any more: to drop it may take long.
pub struct Garbage {
    what: What,
}

#[expect(dead_code, reason = "what is in it is dropped")]
enum What {
    Value(Value),
    Keys(Db, u64),
}

impl Garbage {
    /// How many objects it is, as `INFO` counts them: a value is one, and so is each key of a
    /// database.
    #[must_use]
    pub fn objects(&self) -> u64 {
        match &self.what {
            What::Value(_) => 1,
            What::Keys(_, keys) => *keys,
        }
    }
}

/// The driver's thread for it.
#[derive(Clone, Copy, Debug)]
pub struct LazyFree {
    /// Takes it, and drops it soon.
    pub free: fn(Garbage),
    /// How many objects wait, and how many have been dropped since the process began.
    pub counts: fn() -> (u64, u64),
}

/// From how many parts on it is worth a way to another thread (`LAZYFREE_THRESHOLD`).
const MANY: usize = 64;

/// Bytes of a part of a list.
const LIST_PART: usize = 8192;

/// Whether to free a value takes long (`lazyfreeGetFreeEffort`).
fn is_much(value: &Value) -> bool {
    match value.encoding() {
        Encoding::Quicklist => value.heap() > MANY * LIST_PART,
        // Of a stream that is how many pieces it is of.
        Encoding::Hashtable | Encoding::Skiplist | Encoding::Stream => value.elements() > MANY,
        _ => false,
    }
}

impl Node {
    /// Lends the node a thread that frees.
    pub fn use_lazy_free(&mut self, lazy: LazyFree) {
        self.lazy_free = Some(lazy);
    }

    /// Frees a value: at once, or beside everything else when it shall be so and is worth it.
    #[inline]
    pub(crate) fn free_value(&self, value: Value, lazily: bool) {
        if lazily && let Some(lazy) = self.lazy_free {
            free_lazily(lazy, value);
        }
    }

    /// Deletes all keys of a database; gives how many there were.
    #[inline(never)]
    pub(crate) fn flush_db(&mut self, index: usize, lazily: bool) -> usize {
        let db = &mut self.dbs[index];
        let Some(lazy) = self.lazy_free.filter(|_| lazily) else { return db.flush() };
        // It shares everything until the other one has let go.
        let all = db.clone();
        let keys = db.flush();
        (lazy.free)(Garbage { what: What::Keys(all, keys as u64) });
        keys
    }

    /// Objects that wait to be freed, and those that were since the statistics began.
    pub(crate) fn lazily_freed(&self) -> (u64, u64) {
        let (pending, freed) = self.lazy_free.map_or((0, 0), |lazy| (lazy.counts)());
        (pending, freed.saturating_sub(self.stats.freed_before))
    }
}

#[inline(never)]
fn free_lazily(lazy: LazyFree, value: Value) {
    if is_much(&value) {
        (lazy.free)(Garbage { what: What::Value(value) });
    }
}
