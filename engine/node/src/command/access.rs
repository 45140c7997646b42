//! How commands reach keys: `lookupKeyRead`, `lookupKeyWrite`, `setKey` and `expireIfNeeded` of
//! db.c, and typed views of values.

use engine_base::{Now, UnixMs};
use engine_store::{Hash, Lfu, Limits, List, Note, Set, Str, Stream, Value, ZSet};

use super::Fail;
use crate::Node;

/// Where a command looks for keys, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The database.
    pub(crate) db: usize,
    /// The time of the command.
    pub(crate) now: Now,
    /// The time against which expiry is judged: for the master's stream nothing has expired, it
    /// says itself what it deletes.
    pub(crate) expiry: UnixMs,
}

impl Node {
    /// A key whose time has come counts as absent; a master deletes it and says so
    /// (`expireIfNeeded`). Whether that was so.
    pub(crate) fn expire_if_due(&mut self, at: At, key: &[u8]) -> bool {
        let db = &self.dbs[at.db];
        if db.volatile_len() == 0 || !db.is_expired(key, at.expiry) {
            return false;
        }
        if !self.replication.is_replica() && !self.pause.is_active(at.now) {
            self.delete_expired(at.now, at.db, key);
        }
        true
    }

    /// Deletes a key whose time has come, and tells replicas and the append-only file
    /// (`deleteExpiredKeyAndPropagate`).
    pub(crate) fn delete_expired(&mut self, now: Now, db: usize, key: &[u8]) {
        let Some(value) = self.dbs[db].remove(key) else { return };
        self.free_value(value, self.config.lazyfree_lazy_expire);
        self.stats.expired_keys += 1;
        self.key_gone(db, key);
        self.notify(db, b'x', "expired", key);
        self.propagate_expired(now, db, key);
    }

    /// The value of a key for a command that only reads; counted as hit or miss.
    pub(crate) fn read(&mut self, at: At, key: &[u8]) -> Option<&Value> {
        if self.expire_if_due(at, key) {
            self.missed(at, key);
            return None;
        }
        if self.config.notify_keyspace_events.has(b'm') && !self.dbs[at.db].contains(key, at.expiry)
        {
            self.missed(at, key);
            return None;
        }
        let note = self.access_note(at.now);
        let value = self.dbs[at.db].get_noting(key, at.expiry, note);
        if value.is_some() {
            self.stats.keyspace_hits += 1;
        } else {
            self.stats.keyspace_misses += 1;
        }
        value
    }

    fn missed(&mut self, at: At, key: &[u8]) {
        self.stats.keyspace_misses += 1;
        self.notify(at.db, b'm', "keymiss", key);
    }

    /// The value of a key for a command that asks about it without using it; counted as hit or
    /// miss (`LOOKUP_NOTOUCH`).
    pub(crate) fn read_untouched(&mut self, at: At, key: &[u8]) -> Option<&Value> {
        if !self.has(at, key) {
            self.missed(at, key);
            return None;
        }
        self.stats.keyspace_hits += 1;
        self.dbs[at.db].get(key, at.expiry)
    }

    /// The value of a key, not counted.
    pub(crate) fn look(&mut self, at: At, key: &[u8]) -> Option<&Value> {
        if self.expire_if_due(at, key) {
            return None;
        }
        self.dbs[at.db].get(key, at.expiry)
    }

    /// The value of a key to be changed.
    pub(crate) fn edit(&mut self, at: At, key: &[u8]) -> Option<&mut Value> {
        if self.expire_if_due(at, key) {
            return None;
        }
        self.db_to_write(at).get_mut(key, at.expiry)
    }

    /// Whether the key is there.
    pub(crate) fn has(&mut self, at: At, key: &[u8]) -> bool {
        self.look(at, key).is_some()
    }

    /// Sets a key to a value, whatever it was; a time to live that it had is gone.
    pub(crate) fn put(&mut self, at: At, key: &[u8], value: impl Into<Value>) {
        match self.db_to_write(at).insert_over(key, value) {
            None => self.notify(at.db, b'n', "new", key),
            Some((old, until)) => {
                self.free_value(old, self.config.lazyfree_lazy_server_del);
                if until.is_some_and(|until| at.expiry > until) {
                    self.was_expired(at, key);
                }
            }
        }
    }

    /// A key has got another value after its time had come: what would have been said of its end,
    /// had somebody looked before.
    #[cold]
    #[inline(never)]
    fn was_expired(&mut self, at: At, key: &[u8]) {
        if !self.replication.is_replica() && !self.pause.is_active(at.now) {
            self.stats.expired_keys += 1;
            self.notify(at.db, b'x', "expired", key);
            self.propagate_expired(at.now, at.db, key);
            self.notify(at.db, b'n', "new", key);
        }
    }

    /// The database for a write, which counts as a use of its key.
    fn db_to_write(&mut self, at: At) -> &mut engine_store::Db {
        let note = self.access_note(at.now);
        let db = &mut self.dbs[at.db];
        db.set_note(note);
        db
    }

    /// Sets a key to a value and keeps its time to live.
    pub(crate) fn put_keep_ttl(&mut self, at: At, key: &[u8], value: impl Into<Value>) {
        if self.has(at, key) {
            let old = self.db_to_write(at).insert_keep_ttl(key, value);
            old.into_iter().for_each(|v| self.free_value(v, self.config.lazyfree_lazy_server_del));
        } else {
            self.put(at, key, value);
        }
    }

    /// Deletes a key; whether it was there.
    pub(crate) fn delete(&mut self, at: At, key: &[u8]) -> bool {
        self.delete_as(at, key, self.config.lazyfree_lazy_server_del)
    }

    /// Deletes a key, and frees its value lazily or not.
    pub(crate) fn delete_as(&mut self, at: At, key: &[u8], lazily: bool) -> bool {
        if self.expire_if_due(at, key) {
            return false;
        }
        let Some(value) = self.dbs[at.db].remove(key) else { return false };
        self.free_value(value, lazily);
        true
    }

    /// Deletes what stands where a command would put an empty result, or another value; whether
    /// there was something. A key whose time has come counts: nobody has looked (`dbDelete`).
    pub(crate) fn make_room(&mut self, at: At, key: &[u8]) -> bool {
        let Some(value) = self.dbs[at.db].remove(key) else { return false };
        self.free_value(value, self.config.lazyfree_lazy_server_del);
        true
    }

    /// Deletes a key whose collection has become empty; whether it had.
    pub(crate) fn delete_if_empty(&mut self, at: At, key: &[u8]) -> bool {
        let empty = match self.dbs[at.db].get(key, at.expiry) {
            None | Some(Value::Str(_)) => false,
            Some(value) => value.elements() == 0,
        };
        if empty {
            self.dbs[at.db].remove(key);
        }
        empty
    }

    /// Seconds of this process, as 24 bits: when a key was last used (`LRU_CLOCK`).
    pub(crate) fn access_clock(&self, now: Now) -> u32 {
        (1 + self.uptime_secs(now)) as u32 & 0xff_ffff
    }

    /// Seconds since a key was used that says so (`estimateObjectIdleTime`).
    pub(crate) fn idle_secs(&self, now: Now, noted: u32) -> u32 {
        self.access_clock(now).wrapping_sub(noted) & 0xff_ffff
    }

    /// How a use of a key is noted: when, or with an LFU policy how often.
    pub(crate) fn access_note(&mut self, now: Now) -> Note {
        if self.config.maxmemory_policy.is_lfu() {
            let draw = self.rng.unit();
            Note::Use(self.lfu(now, draw))
        } else {
            Note::Clock(self.access_clock(now))
        }
    }

    /// One use of a key now, with the directives' measures.
    pub(crate) fn lfu(&self, now: Now, draw: f64) -> Lfu {
        let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Lfu {
            minute: (now.unix.as_secs() / 60) as u32,
            decay_minutes: number(self.config.lfu_decay_time),
            log_factor: number(self.config.lfu_log_factor),
            draw,
        }
    }

    /// The thresholds of encodings, as configured now.
    pub(crate) fn limits(&self) -> Limits {
        let c = &self.config;
        Limits {
            list_max_listpack_size: c.list_max_listpack_size as i32,
            hash_max_listpack_entries: c.hash_max_listpack_entries as usize,
            hash_max_listpack_value: c.hash_max_listpack_value as usize,
            set_max_intset_entries: c.set_max_intset_entries as usize,
            zset_max_listpack_entries: c.zset_max_listpack_entries as usize,
            zset_max_listpack_value: c.zset_max_listpack_value as usize,
            packed_threshold: self.debug.packed_threshold,
            skip_checksums: self.debug.skip_checksums,
            hash_seed: self.hash_seed,
        }
    }
}

/// The typed views of one value type: to read (counted or not), and to change.
macro_rules! typed {
    ($ty:ty, $variant:ident, $read:ident, $look:ident, $edit:ident) => {
        impl Node {
            /// For a command that only reads.
            ///
            /// # Errors
            /// The key holds another type.
            pub(crate) fn $read(&mut self, at: At, key: &[u8]) -> Result<Option<&$ty>, Fail> {
                match self.read(at, key) {
                    None => Ok(None),
                    Some(Value::$variant(value)) => Ok(Some(value)),
                    Some(_) => Err(Fail::WRONG_TYPE),
                }
            }

            /// Not counted as hit or miss.
            ///
            /// # Errors
            /// The key holds another type.
            pub(crate) fn $look(&mut self, at: At, key: &[u8]) -> Result<Option<&$ty>, Fail> {
                match self.look(at, key) {
                    None => Ok(None),
                    Some(Value::$variant(value)) => Ok(Some(value)),
                    Some(_) => Err(Fail::WRONG_TYPE),
                }
            }

            /// To be changed.
            ///
            /// # Errors
            /// The key holds another type.
            pub(crate) fn $edit(&mut self, at: At, key: &[u8]) -> Result<Option<&mut $ty>, Fail> {
                match self.edit(at, key) {
                    None => Ok(None),
                    Some(Value::$variant(value)) => Ok(Some(value)),
                    Some(_) => Err(Fail::WRONG_TYPE),
                }
            }
        }
    };
}

typed!(Str, Str, read_str, look_str, edit_str);
typed!(List, List, read_list, look_list, edit_list);
typed!(Hash, Hash, read_hash, look_hash, edit_hash);
typed!(Set, Set, read_set, look_set, edit_set);
typed!(ZSet, ZSet, read_zset, look_zset, edit_zset);
typed!(Stream, Stream, read_stream, look_stream, edit_stream);

impl Node {
    /// The value of a key to be changed; made when the key is absent.
    fn edit_or_new(
        &mut self,
        at: At,
        key: &[u8],
        make: impl FnOnce(&Self) -> Value,
    ) -> Option<&mut Value> {
        self.expire_if_due(at, key);
        let spot = match self.dbs[at.db].spot(key, at.expiry) {
            Some(spot) => spot,
            None => {
                let value = make(self);
                self.put(at, key, value);
                self.dbs[at.db].spot(key, at.expiry)?
            }
        };
        self.db_to_write(at).at_mut(spot)
    }

    /// The collection at a key to be changed; made when the key is absent.
    ///
    /// # Errors
    /// The key holds another type.
    pub(crate) fn list_or_new(&mut self, at: At, key: &[u8]) -> Result<&mut List, Fail> {
        match self.edit_or_new(at, key, |_| List::new().into()) {
            Some(Value::List(list)) => Ok(list),
            _ => Err(Fail::WRONG_TYPE),
        }
    }

    /// The collection at a key to be changed; made when the key is absent.
    ///
    /// # Errors
    /// The key holds another type.
    pub(crate) fn hash_or_new(&mut self, at: At, key: &[u8]) -> Result<&mut Hash, Fail> {
        match self.edit_or_new(at, key, |_| Hash::new().into()) {
            Some(Value::Hash(hash)) => Ok(hash),
            _ => Err(Fail::WRONG_TYPE),
        }
    }

    /// The collection at a key to be changed; made for `first` when the key is absent.
    ///
    /// # Errors
    /// The key holds another type.
    pub(crate) fn set_or_new(
        &mut self,
        at: At,
        key: &[u8],
        first: &[u8],
    ) -> Result<&mut Set, Fail> {
        match self.edit_or_new(at, key, |node| Set::for_member(first, &node.limits()).into()) {
            Some(Value::Set(set)) => Ok(set),
            _ => Err(Fail::WRONG_TYPE),
        }
    }

    /// The collection at a key to be changed; made for a member of `len` bytes when the key is
    /// absent.
    ///
    /// # Errors
    /// The key holds another type.
    pub(crate) fn zset_or_new(
        &mut self,
        at: At,
        key: &[u8],
        len: usize,
    ) -> Result<&mut ZSet, Fail> {
        match self.edit_or_new(at, key, |node| ZSet::for_member(len, &node.limits()).into()) {
            Some(Value::ZSet(zset)) => Ok(zset),
            _ => Err(Fail::WRONG_TYPE),
        }
    }

    /// The stream at a key to be changed; made when the key is absent.
    ///
    /// # Errors
    /// The key holds another type.
    #[inline(never)]
    pub(crate) fn stream_or_new(&mut self, at: At, key: &[u8]) -> Result<&mut Stream, Fail> {
        match self.edit_or_new(at, key, |_| Stream::default().into()) {
            Some(Value::Stream(stream)) => Ok(stream),
            _ => Err(Fail::WRONG_TYPE),
        }
    }
}
