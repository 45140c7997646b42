//! Keys of any type: db.c.

use engine_store::Value;

use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, args, expire, keyspace, sort};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "copy" -3 [WRITE DENYOOM] (1 2 1) [KEYSPACE] => copy,
    "dbsize" 1 [READONLY FAST] () [KEYSPACE] => keyspace::dbsize,
    "del" -2 [WRITE] (1 -1 1) [KEYSPACE] => del,
    "exists" -2 [READONLY FAST] (1 -1 1) [KEYSPACE] => exists,
    "expire" -3 [WRITE FAST] (1) [KEYSPACE] => |call| expire::expire(call, false, 1000),
    "expireat" -3 [WRITE FAST] (1) [KEYSPACE] => |call| expire::expire(call, true, 1000),
    "expiretime" 2 [READONLY FAST] (1) [KEYSPACE] => |call| expire::ttl(call, true, 1000),
    "flushall" -1 [WRITE] () [KEYSPACE DANGEROUS] => keyspace::flushall,
    "flushdb" -1 [WRITE] () [KEYSPACE DANGEROUS] => keyspace::flushdb,
    "keys" 2 [READONLY] () [KEYSPACE DANGEROUS] => keyspace::keys,
    "move" 3 [WRITE FAST] (1) [KEYSPACE] => keyspace::move_key,
    "persist" 2 [WRITE FAST] (1) [KEYSPACE] => expire::persist,
    "pexpire" -3 [WRITE FAST] (1) [KEYSPACE] => |call| expire::expire(call, false, 1),
    "pexpireat" -3 [WRITE FAST] (1) [KEYSPACE] => |call| expire::expire(call, true, 1),
    "pexpiretime" 2 [READONLY FAST] (1) [KEYSPACE] => |call| expire::ttl(call, true, 1),
    "pttl" 2 [READONLY FAST] (1) [KEYSPACE] => |call| expire::ttl(call, false, 1),
    "randomkey" 1 [READONLY] () [KEYSPACE] => keyspace::randomkey,
    "rename" 3 [WRITE] (1 2 1) [KEYSPACE] => |call| rename(call, false),
    "renamenx" 3 [WRITE FAST] (1 2 1) [KEYSPACE] => |call| rename(call, true),
    "scan" -2 [READONLY] () [KEYSPACE] => keyspace::scan,
    "sort" -2 [WRITE DENYOOM MOVABLE_KEYS] (find sort::keys) [SET SORTEDSET LIST DANGEROUS] => |call| sort::sort(call, true),
    "sort_ro" -2 [READONLY MOVABLE_KEYS] (find sort::keys_ro) [SET SORTEDSET LIST DANGEROUS] => |call| sort::sort(call, false),
    "swapdb" 3 [WRITE FAST] () [KEYSPACE DANGEROUS] => keyspace::swapdb,
    "touch" -2 [READONLY FAST] (1 -1 1) [KEYSPACE] => touch,
    "ttl" 2 [READONLY FAST] (1) [KEYSPACE] => |call| expire::ttl(call, false, 1000),
    "type" 2 [READONLY FAST] (1) [KEYSPACE] => type_of,
    "unlink" -2 [WRITE FAST] (1 -1 1) [KEYSPACE] => unlink,
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container("object", super::object::SUBCOMMANDS)];

/// `DEL`: frees at once unless `lazyfree-lazy-user-del` says otherwise.
fn del(call: &mut Call<'_>) -> Answer {
    let lazily = call.node.config.lazyfree_lazy_user_del;
    delete(call, lazily)
}

fn unlink(call: &mut Call<'_>) -> Answer {
    delete(call, true)
}

fn delete(call: &mut Call<'_>, lazily: bool) -> Answer {
    let at = call.at();
    let mut gone = 0;
    for key in &call.args[1..] {
        if call.node.delete_as(at, key, lazily) {
            call.changed(key, b'g', "del");
            gone += 1;
        }
    }
    call.out.int(gone);
    Ok(())
}

/// `EXISTS`: a key named twice counts twice, and none as used.
fn exists(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let there = |key: &&&[u8]| call.node.read_untouched(at, key).is_some();
    let count = call.args[1..].iter().filter(there).count();
    call.out.len_int(count);
    Ok(())
}

/// `TOUCH`: as `EXISTS`, and each key counts as used now.
fn touch(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let count = call.args[1..].iter().filter(|key| call.node.read(at, key).is_some()).count();
    call.out.len_int(count);
    Ok(())
}

fn type_of(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let name = call.node.read_untouched(at, call.args[1]).map_or("none", |v| v.value_type().name());
    call.out.simple(name);
    Ok(())
}

/// `RENAME key newkey` and `RENAMENX`: value and time to live move.
fn rename(call: &mut Call<'_>, only_new: bool) -> Answer {
    let at = call.at();
    let (from, to) = (call.args[1], call.args[2]);
    if !call.node.has(at, from) {
        return Err(Fail::NO_SUCH_KEY);
    }
    let blocked = only_new && (from == to || call.node.has(at, to));
    if !blocked && from != to {
        let Some((value, expire)) = call.node.dbs[at.db].take(from) else {
            return Err(Fail::NO_SUCH_KEY);
        };
        call.node.put(at, to, value);
        call.node.dbs[at.db].set_expire(to, expire);
        call.changed(from, b'g', "rename_from");
        call.changed(to, b'g', "rename_to");
    }
    match (only_new, blocked) {
        (false, _) => call.out.ok(),
        (true, blocked) => call.out.int(i64::from(!blocked)),
    }
    Ok(())
}

/// `COPY source destination [DB index] [REPLACE]`
fn copy(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let (from, to) = (call.args[1], call.args[2]);
    let (mut replace, mut to_db) = (false, at.db);
    let mut words = call.args[3..].iter();
    while let Some(word) = words.next() {
        if args::is(word, "replace") {
            replace = true;
        } else if args::is(word, "db")
            && let Some(index) = words.next()
        {
            let index = keyspace::db_index(index)?;
            let known = usize::try_from(index).ok().filter(|i| *i < call.node.config.databases);
            to_db = known.ok_or("ERR DB index is out of range")?;
        } else {
            return Err(Fail::SYNTAX);
        }
    }
    if call.node.config.cluster_enabled && to_db != 0 {
        return Err("ERR Copying to another database is not allowed in cluster mode".into());
    }
    if from == to && to_db == at.db {
        return Err("ERR source and destination objects are the same".into());
    }
    let Some(value) = call.node.read(at, from).cloned() else {
        call.out.int(0);
        return Ok(());
    };
    let expire = call.node.dbs[at.db].expire_of(from);
    let target = super::At { db: to_db, ..at };
    if call.node.has(target, to) {
        if !replace {
            call.out.int(0);
            return Ok(());
        }
        call.node.delete(target, to);
    }
    put_copy(call, target, to, value, expire);
    call.out.int(1);
    Ok(())
}

fn put_copy(
    call: &mut Call<'_>,
    target: super::At,
    key: &[u8],
    value: Value,
    expire: Option<engine_base::UnixMs>,
) {
    call.node.put(target, key, value);
    call.node.dbs[target.db].set_expire(key, expire);
    call.node.dirty += 1;
    call.node.key_changed(target.db, key);
    call.node.notify(target.db, b'g', "copy_to", key);
}
