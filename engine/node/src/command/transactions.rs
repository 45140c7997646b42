//! MULTI, EXEC, DISCARD, WATCH, UNWATCH: multi.c.

use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec};
use crate::client::ClientFlags;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "discard" 1 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] () [TRANSACTION] => discard,
    "exec" 1 [NOSCRIPT LOADING STALE SKIP_SLOWLOG] () [TRANSACTION] => exec,
    "multi" 1 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] () [TRANSACTION] => multi,
    "unwatch" 1 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] () [TRANSACTION] => unwatch,
    "watch" -2 [NOSCRIPT LOADING STALE FAST ALLOW_BUSY] (1 -1 1) [TRANSACTION] => watch,
};

fn multi(call: &mut Call<'_>) -> Answer {
    let Some(client) = call.session() else { return Ok(()) };
    if client.flags.contains(ClientFlags::MULTI) {
        return Err(Fail::new("ERR MULTI calls can not be nested"));
    }
    client.flags.insert(ClientFlags::MULTI);
    client.transaction = Some(Box::default());
    call.out.ok();
    Ok(())
}

fn discard(call: &mut Call<'_>) -> Answer {
    let Some(client) = call.session() else { return Ok(()) };
    if !client.flags.contains(ClientFlags::MULTI) {
        return Err(Fail::new("ERR DISCARD without MULTI"));
    }
    call.node.discard_transaction(call.client);
    call.out.ok();
    Ok(())
}

/// Runs the queue as one unit: no other client's command comes between, and replicas get it as
/// one.
fn exec(call: &mut Call<'_>) -> Answer {
    let Some(client) = call.session() else { return Ok(()) };
    if !client.flags.contains(ClientFlags::MULTI) {
        return Err(Fail::new("ERR EXEC without MULTI"));
    }
    if client.flags.contains(ClientFlags::DIRTY_EXEC) {
        call.node.discard_transaction(call.client);
        return Err(Fail::new("EXECABORT Transaction discarded because of previous errors."));
    }
    if client.flags.contains(ClientFlags::DIRTY_CAS) || call.watched_key_expired() {
        call.node.discard_transaction(call.client);
        call.out.null_array();
        return Ok(());
    }
    let queued = call.session().and_then(|c| c.transaction.take()).unwrap_or_default().queued;
    call.node.discard_transaction(call.client);
    call.set_deny_blocking(true);
    call.node.begin_unit();
    call.out.array(queued.len());
    for (spec, words) in &queued {
        let args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        call.node.call(call.now, call.client, spec, &args, call.out);
    }
    call.node.end_unit(call.now);
    call.set_deny_blocking(false);
    Ok(())
}

/// The transaction will not run if one of these keys is touched before EXEC.
fn watch(call: &mut Call<'_>) -> Answer {
    let db = call.db_index();
    let keys: Vec<(usize, Vec<u8>)> = call.args[1..].iter().map(|key| (db, key.to_vec())).collect();
    let Some(client) = call.session() else { return Ok(()) };
    if client.flags.contains(ClientFlags::MULTI) {
        return Err(Fail::new("ERR WATCH inside MULTI is not allowed"));
    }
    let first = client.watched.is_empty();
    client.watched.extend(keys);
    call.node.watchers += usize::from(first);
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

impl Call<'_> {
    /// Whether the time of a watched key has come since (`isWatchedKeyExpired`).
    fn watched_key_expired(&self) -> bool {
        let now = self.now.unix;
        let Some(client) = self.node.links.client(self.client) else { return false };
        client.watched.iter().any(|(db, key)| {
            self.node
                .dbs
                .get(*db)
                .is_some_and(|db| db.volatile_len() > 0 && db.is_expired(key, now))
        })
    }

    /// Inside EXEC what would block answers at once.
    fn set_deny_blocking(&mut self, on: bool) {
        if let Some(client) = self.session() {
            client.flags.set(ClientFlags::DENY_BLOCKING, on);
        }
    }
}
