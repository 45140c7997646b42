//! `CLUSTER SETSLOT slot IMPORTING|MIGRATING|STABLE|NODE …`: the states of a slot on the move.

use engine_base::Slot;

use super::{DISABLED, known_node, slot_argument};
use crate::command::Call;

pub(super) fn set_slot(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    if cluster.me().is_replica() {
        return call.error("ERR Please use SETSLOT only with masters.");
    }
    let Some(slot) = slot_argument(call, 2) else { return };
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

/// From now on, keys of the slot that are not here are asked for at the target.
fn migrating(call: &mut Call<'_>, slot: Slot) {
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.owner(slot) != Some(cluster.myself) {
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
