//! `CLUSTER SETSLOT slot IMPORTING|MIGRATING|STABLE|NODE …`: the states of a slot on the move.

use engine_base::number::parse_i64;
use engine_base::{Mono, NodeId, Slot};

use super::{DISABLED, known_node, slot_argument};
use crate::client::{ClientFlags, Wait};
use crate::command::Call;
use crate::command::args::is;

pub(super) fn set_slot(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    let from_master =
        call.session_ref().is_some_and(|client| client.flags.contains(ClientFlags::MASTER));
    if cluster.me().is_replica() && !from_master {
        return call.error("ERR Please use SETSLOT only with masters.");
    }
    if call.node.slot_migrations.is_importing() {
        return call.error("ERR Slot import in progress.");
    }
    if call.node.slot_migrations.is_exporting() {
        return call.error("ERR Slot export in progress.");
    }
    let Some(slot) = slot_argument(call, 2) else { return };
    match take_timeout(call) {
        Ok(None) => {}
        Ok(Some(timeout)) => return first_to_replicas(call, slot, timeout),
        Err(text) => return call.error(text),
    }
    let action = call.args[3].to_ascii_lowercase();
    match (action.as_slice(), call.args.len()) {
        (b"migrating", 5) => migrating(call, slot),
        (b"importing", 5) => importing(call, slot),
        (b"stable", 4) => stable(call, slot),
        (b"node", 5) => node(call, slot),
        _ => call
            .error("ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"),
    }
}

/// `TIMEOUT milliseconds` behind the action (Valkey 8): takes it off the words. 0 is for ever.
fn take_timeout(call: &mut Call<'_>) -> Result<Option<Mono>, &'static str> {
    let base = if is(call.args[3], "stable") { 4 } else { 5 };
    match call.args.get(base..) {
        Some([word, rest @ ..]) if is(word, "timeout") && rest.len() < 2 => {
            let number = rest.first().ok_or("ERR Missing timeout value")?;
            let ms = parse_i64(number).ok_or("ERR timeout is not an integer or out of range")?;
            let ms = u64::try_from(ms).map_err(|_| "ERR timeout is negative")?;
            call.args = &call.args[..base];
            Ok(Some(if ms == 0 { Mono::NEVER } else { call.now.mono.plus_ms(ms) }))
        }
        _ => Ok(None),
    }
}

/// With a timeout, the replicas hear of the change before it happens here, so that none that is
/// promoted in between is without it (`clusterCommandSetSlot` of Valkey 8). Without a timeout
/// nobody waits, as in Redis 7.0, whose replicas would not understand.
fn first_to_replicas(call: &mut Call<'_>, slot: Slot, deadline: Mono) {
    let count = call.node.online_replicas().len();
    let may_wait =
        call.session_ref().is_some_and(|c| !c.flags.contains(ClientFlags::DENY_BLOCKING));
    if count == 0 || !may_wait {
        return set_slot(call);
    }
    if let Err(text) = check(call, slot) {
        return call.error(&text);
    }
    let args: Vec<Vec<u8>> = call.args.iter().map(|word| word.to_vec()).collect();
    call.node.feed_replicas(call.now, 0, call.args);
    let offset = call.node.replication.offset();
    call.node.block(call.client, deadline, Wait::SetSlot { count, offset, args });
    call.node.ask_for_acks();
}

/// What would refuse the change: replicas hear nothing of one that is refused.
fn check(call: &Call<'_>, slot: Slot) -> Result<(), String> {
    let Some(cluster) = call.node.cluster.as_ref() else { return Ok(()) };
    let name = call.args.get(4).copied().unwrap_or_default();
    let node = NodeId::from_bytes(name).and_then(|id| cluster.nodes.find(&id));
    let mine = cluster.owner(slot) == Some(cluster.myself);
    let unknown = |text: &str| format!("ERR {text} {}", String::from_utf8_lossy(name));
    let (migrating, importing) = (is(call.args[3], "migrating"), is(call.args[3], "importing"));
    if migrating && !mine {
        return Err(format!("ERR I'm not the owner of hash slot {slot}"));
    }
    if importing && mine {
        return Err(format!("ERR I'm already the owner of hash slot {slot}"));
    }
    if is(call.args[3], "stable") {
        return Ok(());
    }
    let words = if is(call.args[3], "node") { "Unknown node" } else { "I don't know about node" };
    let node = node.ok_or_else(|| unknown(words))?;
    if cluster.nodes[node].is_replica() {
        return Err("ERR Target node is not a master".to_owned());
    }
    let keys = call.node.dbs.first().map_or(0, |db| db.count_in_slot(slot));
    if is(call.args[3], "node") && mine && node != cluster.myself && keys > 0 {
        return Err(format!(
            "ERR Can't assign hashslot {slot} to a different node while I still hold keys for \
             this hash slot."
        ));
    }
    Ok(())
}

/// From now on, keys of the slot that are not here are asked for at the target.
fn migrating(call: &mut Call<'_>, slot: Slot) {
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if !cluster.me().is_replica() && cluster.owner(slot) != Some(cluster.myself) {
        return call.error(&format!("ERR I'm not the owner of hash slot {slot}"));
    }
    let Some(target) = known_node(call, 4, "I don't know about node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.nodes[target].is_replica() {
        return call.error("ERR Target node is not a master");
    }
    call.admin_event();
    call.node.with_cluster(call.now, |cluster, _| cluster.set_migrating(slot, target));
    call.out.ok();
}

/// From now on, clients that say ASKING reach the slot here.
fn importing(call: &mut Call<'_>, slot: Slot) {
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.owner(slot) == Some(cluster.myself) {
        return call.error(&format!("ERR I'm already the owner of hash slot {slot}"));
    }
    let Some(source) = known_node(call, 4, "I don't know about node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.nodes[source].is_replica() {
        return call.error("ERR Target node is not a master");
    }
    call.admin_event();
    call.node.with_cluster(call.now, |cluster, _| cluster.set_importing(slot, source));
    call.out.ok();
}

/// The slot is not on the move any more, wherever its keys are.
fn stable(call: &mut Call<'_>, slot: Slot) {
    call.admin_event();
    call.node.with_cluster(call.now, |cluster, _| cluster.set_stable(slot));
    call.out.ok();
}

/// The slot belongs to a node now.
fn node(call: &mut Call<'_>, slot: Slot) {
    let Some(owner) = known_node(call, 4, "Unknown node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.nodes[owner].is_replica() {
        return call.error("ERR Target node is not a master");
    }
    call.admin_event();
    let now = call.now;
    let done = call
        .node
        .with_cluster(now, |cluster, cx| cluster.set_slot_owner(now.unix.0, cx, slot, owner));
    match done {
        Some(Err(text)) => call.error(&format!("ERR {text}")),
        _ => call.out.ok(),
    }
}
