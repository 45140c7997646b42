//! `CLUSTER FLUSHSLOT slot [ASYNC|SYNC]` of Valkey 9: all keys of one slot go
//! (`clusterCommandFlushslot` in cluster.c of Valkey 9.1).

use super::{DISABLED, slot_argument};
use crate::command::{Call, CommandFlags};

/// It writes, so it is refused where writes are, and replicas and the append-only file are told
/// the same words.
pub(super) const FLAGS: CommandFlags = CommandFlags::BEYOND
    .union(CommandFlags::WRITE)
    .union(CommandFlags::ADMIN)
    .union(CommandFlags::NO_ASYNC_LOADING);

pub(super) fn flush_slot(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let Some(slot) = slot_argument(call, 2) else { return };
    match call.args.get(3) {
        None => {}
        // There is no second thread to free memory in: both are the same here.
        Some(word) if word.eq_ignore_ascii_case(b"async") || word.eq_ignore_ascii_case(b"sync") => {
        }
        Some(_) => return call.syntax_error(),
    }
    if call.args.len() > 4 {
        return super::wrong_form(call);
    }
    let keys: Vec<Vec<u8>> = call.db().keys_in_slot(slot, usize::MAX).map(<[u8]>::to_vec).collect();
    call.propagation = crate::command::Propagation::Nothing;
    for key in keys {
        call.db().remove(&key);
        call.touch(&key);
        // Deletions, and not the command: replicas of Redis 7.0 know only those.
        call.propagate_instead(&[b"DEL", &key]);
    }
    call.out.ok();
}
