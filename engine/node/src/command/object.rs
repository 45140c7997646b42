//! `OBJECT`: how a value is kept (`objectCommand` in object.c).

use engine_store::{Encoding, Value};

use super::macros::{keys, specs};
use super::{Answer, Call, Spec, help};

/// The subcommands.
pub(crate) const SUBCOMMANDS: &[Spec] = specs! {
    "encoding" 3 [READONLY] (2 2 1) [KEYSPACE] => encoding,
    "freq" 3 [READONLY] (2 2 1) [KEYSPACE] => freq,
    "help" 2 [LOADING STALE] () [KEYSPACE] => help::help,
    "idletime" 3 [READONLY] (2 2 1) [KEYSPACE] => idletime,
    "refcount" 3 [READONLY] (2 2 1) [KEYSPACE] => refcount,
};

fn encoding(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    match call.node.look(at, call.args[2]) {
        Some(value) => call.out.bulk(value.encoding().name().as_bytes()),
        None => call.out.null(),
    }
    Ok(())
}

/// Small numbers are shared by all who hold them (`OBJ_SHARED_REFCOUNT`), unless each has to
/// remember when it was used itself.
fn refcount(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let config = &call.node.config;
    let own = config.maxmemory > 0 && config.maxmemory_policy.notes_use();
    match call.node.look(at, call.args[2]) {
        Some(value @ Value::Str(text)) => {
            let shared = !own
                && value.encoding() == Encoding::Int
                && text.as_int().is_some_and(|n| (0..10_000).contains(&n));
            call.out.int(if shared { i64::from(i32::MAX) } else { 1 });
        }
        Some(_) => call.out.int(1),
        None => call.out.null(),
    }
    Ok(())
}

/// Seconds since the key was last used.
fn idletime(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    if call.node.config.maxmemory_policy.is_lfu() {
        return Err("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note \
                    that when switching between policies at runtime LRU and LFU data will take \
                    some time to adjust."
            .into());
    }
    let key = call.args[2];
    if !call.node.has(at, key) {
        call.out.null();
        return Ok(());
    }
    let noted = call.node.dbs[at.db].peek(key).map_or(0, |entry| entry.access());
    call.out.int(i64::from(call.node.idle_secs(call.now, noted)));
    Ok(())
}

fn freq(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    if !call.node.has(at, call.args[2]) {
        call.out.null();
        return Ok(());
    }
    if call.node.config.maxmemory_policy.is_lfu() {
        let note = call.node.dbs[at.db].peek(call.args[2]).map_or(0, |entry| entry.access());
        let counter = call.node.lfu(call.now, 0.0).counter(note);
        call.out.int(i64::from(counter));
        return Ok(());
    }
    Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note \
         that when switching between policies at runtime LRU and LFU data will take some time to \
         adjust."
        .into())
}
