//! `MULTI`, `EXEC`, `DISCARD`, `WATCH`, `UNWATCH`: multi.c.

use super::macros::{keys, specs};
use super::{Answer, Call, Propagation, Spec};
use crate::client::ClientFlags;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "discard" 1 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] () [TRANSACTION] => discard,
    "exec" 1 [NOSCRIPT LOADING STALE SKIP_SLOWLOG] () [TRANSACTION] => exec,
    "multi" 1 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] () [TRANSACTION] => multi,
    "unwatch" 1 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] () [TRANSACTION] => unwatch,
    "watch" -2 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] (1 -1 1) [TRANSACTION] => watch,
};

fn flags(call: &mut Call<'_>) -> ClientFlags {
    call.session().map_or(ClientFlags::empty(), |client| client.flags)
}

fn multi(call: &mut Call<'_>) -> Answer {
    if flags(call).contains(ClientFlags::MULTI) {
        return Err("ERR MULTI calls can not be nested".into());
    }
    if let Some(client) = call.session() {
        client.flags.insert(ClientFlags::MULTI);
    }
    call.out.ok();
    Ok(())
}

fn discard(call: &mut Call<'_>) -> Answer {
    if !flags(call).contains(ClientFlags::MULTI) {
        return Err("ERR DISCARD without MULTI".into());
    }
    call.node.discard_transaction(call.client);
    call.out.ok();
    Ok(())
}

/// Carries out what was queued, or nothing: after a command that could not be queued, or a change
/// to a watched key.
fn exec(call: &mut Call<'_>) -> Answer {
    let link = call.client;
    let mut flags = flags(call);
    if !flags.contains(ClientFlags::MULTI) {
        return Err("ERR EXEC without MULTI".into());
    }
    if watched_key_expired(call) {
        flags.insert(ClientFlags::DIRTY_CAS);
    }
    if flags.intersects(ClientFlags::DIRTY_CAS | ClientFlags::DIRTY_EXEC) {
        call.node.discard_transaction(link);
        if flags.contains(ClientFlags::DIRTY_EXEC) {
            return Err("EXECABORT Transaction discarded because of previous errors.".into());
        }
        call.out.null_array();
        return Ok(());
    }
    let transaction = call.session().and_then(|client| client.transaction.take());
    let queued = transaction.map(|t| t.queued).unwrap_or_default();
    call.node.unwatch_all(link);
    if let Some(client) = call.session() {
        client.flags.insert(ClientFlags::DENY_BLOCKING);
    }
    call.node.begin_unit();
    call.out.array(queued.len());
    call.node.run_queued(call.now, link, queued, call.out);
    // Its commands have said themselves what they changed.
    call.propagation = Propagation::Nothing;
    Ok(())
}

/// Whether a watched key's time has come since (`isWatchedKeyExpired`).
fn watched_key_expired(call: &mut Call<'_>) -> bool {
    let now = call.now.unix;
    let node = &*call.node;
    node.links.client(call.client).is_some_and(|client| {
        let due = |((db, key), expired): (&(usize, Vec<u8>), &bool)| {
            !expired && node.dbs[*db].is_expired(key, now)
        };
        client.watched.iter().any(due)
    })
}

fn watch(call: &mut Call<'_>) -> Answer {
    if flags(call).contains(ClientFlags::MULTI) {
        return Err("ERR WATCH inside MULTI is not allowed".into());
    }
    let at = call.at();
    for key in &call.args[1..] {
        call.node.watch(call.now, call.client, at.db, key);
    }
    call.out.ok();
    Ok(())
}

fn unwatch(call: &mut Call<'_>) -> Answer {
    call.node.unwatch_all(call.client);
    if let Some(client) = call.session() {
        client.flags.remove(ClientFlags::DIRTY_CAS);
    }
    call.out.ok();
    Ok(())
}
