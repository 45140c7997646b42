//! `DEBUG` on data: digests, many keys at once, saving and loading again.

use engine_store::{Chains, Str, digest};

use super::args::{count, int, is};
use super::{Answer, Call, Fail};
use crate::api::LogLevel;
use crate::persist::ReloadOptions;

/// `DEBUG DIGEST`: forty digits that two servers with the same data share.
pub(super) fn of_all(call: &mut Call<'_>) -> Answer {
    let text = digest::text(&digest::of_all(&call.node.dbs));
    call.out.simple(&text);
    Ok(())
}

/// `DEBUG DIGEST-VALUE key …`
pub(super) fn of_values(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    call.out.array(call.args.len() - 2);
    for key in &call.args[2..] {
        call.node.expire_if_due(at, key);
        let value = call.node.dbs[at.db].peek(key).map(digest::of_entry);
        call.out.simple(&digest::text(&value.unwrap_or_default()));
    }
    Ok(())
}

/// `DEBUG POPULATE count [prefix] [size]`: keys that are missing are made.
pub(super) fn populate(call: &mut Call<'_>) -> Answer {
    let wanted = count(call.args[2])?;
    let prefix = call.args.get(3).copied().unwrap_or(b"key");
    let size = match call.args.get(4) {
        Some(size) => Some(count(size)?),
        None => None,
    };
    let most = usize::try_from(call.node.config.proto_max_bulk_len).unwrap_or(usize::MAX);
    if size.is_some_and(|size| size > most) {
        return Err(Fail::TOO_LONG);
    }
    let at = call.at();
    for i in 0..wanted {
        let key = [prefix, format!(":{i}").as_bytes()].concat();
        if call.node.has(at, &key) {
            continue;
        }
        let mut value = format!("value:{i}").into_bytes();
        if let Some(size) = size.filter(|size| *size > 0) {
            value.resize(size, 0);
        }
        call.node.put(at, &key, Str::text(&value));
        let db = at.db;
        call.node.key_changed(db, &key);
    }
    call.out.ok();
    Ok(())
}

/// `DEBUG RELOAD [NOSAVE] [NOFLUSH] [MERGE]`: all data is written as RDB and read again.
pub(super) fn reload(call: &mut Call<'_>) -> Answer {
    let mut options = ReloadOptions::default();
    for word in &call.args[2..] {
        if is(word, "nosave") {
            options.no_save = true;
        } else if is(word, "noflush") {
            options.no_flush = true;
        } else if is(word, "merge") {
            options.merge = true;
        } else {
            return Err(
                "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.".into()
            );
        }
    }
    if !matches!(call.node.reload(call.now, options), Ok(true)) {
        return Err("ERR Error trying to load the RDB dump, check server logs.".into());
    }
    call.node.out.log(LogLevel::Warning, "DB reloaded by DEBUG RELOAD");
    call.out.ok();
    Ok(())
}

/// `DEBUG CHANGE-REPL-ID`: a new history that continues nothing.
pub(super) fn change_repl_id(call: &mut Call<'_>) -> Answer {
    let text = "Changing replication IDs after receiving change-repl-id";
    call.node.out.log(LogLevel::Warning, text);
    call.node.replication.new_id();
    call.out.ok();
    Ok(())
}

/// `DEBUG SET-ACTIVE-EXPIRE 0|1`
pub(super) fn set_active_expire(call: &mut Call<'_>) -> Answer {
    call.node.debug.keeps_expired = int(call.args[2]).unwrap_or(0) == 0;
    call.out.ok();
    Ok(())
}

/// `DEBUG LOADAOF`: answered when the file has been read again.
pub(super) fn load_aof(call: &mut Call<'_>) -> Answer {
    let link = call.client;
    if !call.node.reload_append_only(link) {
        return Err("ERR Error trying to load the AOF files, check server logs.".into());
    }
    Ok(())
}

/// `DEBUG HTSTATS dbid`: how evenly the keys lie in the tables of their slots.
pub(super) fn table_stats(call: &mut Call<'_>, db: &[u8]) -> Answer {
    let index = usize::try_from(int(db)?).ok();
    let Some(db) = index.and_then(|index| call.node.dbs.get(index)) else {
        return Err(Fail::new("ERR Out of range database"));
    };
    let mut text = String::new();
    for (name, volatile) in [("Dictionary", false), ("Expires", true)] {
        text.push_str(&format!("[{name} HT]\nHash table 0 stats (main hash table):\n"));
        text.push_str(&told_chains(&db.chains(volatile)));
    }
    call.out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// `dictGetStats`; a home counts as a slot of Redis's table.
fn told_chains(chains: &Chains) -> String {
    if chains.keys == 0 {
        return "No stats available for empty dictionaries\n".to_owned();
    }
    let used = chains.homes - chains.by_length.get(&0).copied().unwrap_or(0);
    let longest = chains.by_length.keys().next_back().copied().unwrap_or(0);
    let mean = chains.keys as f64 / used.max(1) as f64;
    let mut text = format!(
        " table size: {}\n number of elements: {}\n different slots: {used}\n max chain length: \
         {longest}\n avg chain length (counted): {mean:.2}\n avg chain length (computed): \
         {mean:.2}\n Chain length distribution:\n",
        chains.homes, chains.keys
    );
    for (length, homes) in &chains.by_length {
        let share = *homes as f64 * 100.0 / chains.homes as f64;
        text.push_str(&format!("   {length}: {homes} ({share:.2}%)\n"));
    }
    text
}
