//! Whole databases: `KEYS`, `SCAN`, `RANDOMKEY`, `FLUSHALL`, `SWAPDB`, `MOVE` (db.c).

use engine_base::{Now, glob_match};

use super::{Answer, At, Call, Fail, args, scan as scan_args};
use crate::Node;

/// The number of a database as a client writes it.
pub(super) fn db_index(arg: &[u8]) -> Result<i64, Fail> {
    args::int_in(arg, i32::MIN.into(), i32::MAX.into())
}

/// That database, if there is one.
pub(super) fn existing(call: &Call<'_>, index: i64) -> Option<usize> {
    usize::try_from(index).ok().filter(|index| *index < call.node.dbs.len())
}

pub(super) fn dbsize(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    call.out.len_int(call.node.dbs[at.db].len());
    Ok(())
}

pub(super) fn keys(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let pattern = call.args[1];
    let mark = call.out.deferred();
    let mut count = 0;
    for entry in call.node.dbs[at.db].iter() {
        let wanted = pattern == b"*" || glob_match(pattern, entry.key(), false);
        if wanted && !entry.is_expired(at.expiry) {
            call.out.bulk(entry.key());
            count += 1;
        }
    }
    call.out.set_array(mark, count);
    Ok(())
}

/// `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`
pub(super) fn scan(call: &mut Call<'_>) -> Answer {
    let cursor = scan_args::cursor(call.args[1])?;
    let options = scan_args::parse(&call.args[2..], true)?;
    let at = call.at();
    let mut found = Vec::new();
    let next = call.node.dbs[at.db].scan(cursor, options.count, |entry| {
        if options.matches(entry.key()) {
            let kind = entry.value().value_type().name();
            let wanted = options.kind.is_none_or(|wanted| args::is(wanted, kind));
            found.push((entry.key().to_vec(), wanted));
        }
    });
    // A key whose time has come goes, of whatever type it is.
    found.retain(|(key, wanted)| !call.node.expire_if_due(at, key) && *wanted);
    let found: Vec<Vec<u8>> = found.into_iter().map(|(key, _)| key).collect();
    scan_args::reply(call.out, next, &found);
    Ok(())
}

/// How many expired keys are drawn before one of them is answered: as in Redis a replica, which
/// may not delete them, must not draw for ever.
const DRAWS_MAX: usize = 100;

pub(super) fn randomkey(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let mut key = None;
    for _ in 0..DRAWS_MAX {
        let entry = call.node.dbs[at.db].random_entry(&mut call.node.rng);
        key = entry.map(|e| e.key().to_vec());
        if !key.as_ref().is_some_and(|key| call.node.expire_if_due(at, key)) {
            break;
        }
    }
    call.out.bulk_or_null(key.as_deref());
    Ok(())
}

/// `[ASYNC|SYNC]`: whether the keys are freed lazily.
fn flush_mode(call: &Call<'_>) -> Result<bool, Fail> {
    match call.args[1..] {
        [] => Ok(call.node.config.lazyfree_lazy_user_flush),
        [word] if args::is(word, "async") => Ok(true),
        [word] if args::is(word, "sync") => Ok(false),
        _ => Err(Fail::SYNTAX),
    }
}

pub(super) fn flushdb(call: &mut Call<'_>) -> Answer {
    let lazily = flush_mode(call)?;
    let db = call.at().db;
    call.node.slot_migrations_flushed(call.now);
    call.node.flush(call.now, Some(db), lazily);
    call.out.ok();
    Ok(())
}

pub(super) fn flushall(call: &mut Call<'_>) -> Answer {
    let lazily = flush_mode(call)?;
    call.node.slot_migrations_flushed(call.now);
    call.node.flush(call.now, None, lazily);
    call.node.save_after_flush(call.now);
    call.forced = true;
    call.out.ok();
    Ok(())
}

impl Node {
    /// Deletes all keys of one database, or of all (`emptyData`): those who WATCH a key that is
    /// there lose their transaction. Counts as a change even when there was no key.
    pub(crate) fn flush(&mut self, now: Now, only: Option<usize>, lazily: bool) {
        self.touch_flushed(now, only);
        for db in (0..self.dbs.len()).filter(|db| only.is_none_or(|one| one == *db)) {
            self.dirty += self.flush_db(db, lazily) as u64;
        }
        self.dirty += 1;
    }

    /// The keys of one database, or of all, are about to go.
    pub(crate) fn touch_flushed(&mut self, now: Now, only: Option<usize>) {
        for db in (0..self.dbs.len()).filter(|db| only.is_none_or(|only| only == *db)) {
            self.touch_all_watched(now, db, None);
            // Who waits for a stream is told that it is gone.
            self.wake_database(db);
        }
        if self.tracking.is_on() {
            self.tracked_keys_flushed();
        }
    }
}

/// `SWAPDB index1 index2`
pub(super) fn swapdb(call: &mut Call<'_>) -> Answer {
    if call.node.config.cluster_enabled {
        return Err("ERR SWAPDB is not allowed in cluster mode".into());
    }
    let index = |arg, error: &'static str| db_index(arg).map_err(|_| Fail::from(error));
    let a = index(call.args[1], "ERR invalid first DB index")?;
    let b = index(call.args[2], "ERR invalid second DB index")?;
    let (Some(a), Some(b)) = (existing(call, a), existing(call, b)) else {
        return Err("ERR DB index is out of range".into());
    };
    if a != b {
        call.node.touch_all_watched(call.now, a, Some(b));
        call.node.touch_all_watched(call.now, b, Some(a));
        call.node.dbs.swap(a, b);
        call.node.wake_database(a);
        call.node.wake_database(b);
    }
    call.node.dirty += 1;
    call.out.ok();
    Ok(())
}

/// `MOVE key db`
pub(super) fn move_key(call: &mut Call<'_>) -> Answer {
    if call.node.config.cluster_enabled {
        return Err("ERR MOVE is not allowed in cluster mode".into());
    }
    let at = call.at();
    let key = call.args[1];
    let target = db_index(call.args[2])?;
    let target = existing(call, target).ok_or("ERR DB index is out of range")?;
    if target == at.db {
        return Err("ERR source and destination objects are the same".into());
    }
    let there = At { db: target, ..at };
    if !call.node.has(at, key) || call.node.has(there, key) {
        call.out.int(0);
        return Ok(());
    }
    if let Some((value, expire)) = call.node.dbs[at.db].take(key) {
        call.node.put(there, key, value);
        call.node.dbs[target].set_expire(key, expire);
    }
    call.changed(key, b'g', "move_from");
    call.node.key_changed(target, key);
    call.node.notify(target, b'g', "move_to", key);
    call.out.int(1);
    Ok(())
}
