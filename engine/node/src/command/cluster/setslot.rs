//! `CLUSTER SETSLOT slot IMPORTING|MIGRATING|STABLE|NODE …`: the states of a slot on the move.

use engine_base::Slot;

use super::{DISABLED, known_node, slot_argument};
use crate::command::Call;
use crate::event::EventKind;

pub(super) fn set_slot(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    if cluster.myself().is_replica() {
        return call.error("ERR You can use SETSLOT only with masters.");
    }
    let Some(slot) = slot_argument(call, 2) else { return };
    let action = call.args[3].to_ascii_lowercase();
    match (action.as_slice(), call.args.len()) {
        (b"migrating", 5) => migrating(call, slot),
        (b"importing", 5) => importing(call, slot),
        (b"stable", 4) => stable(call, slot),
        (b"node", 5) => node(call, slot),
        _ => call.error(
            "ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
        ),
    }
}

/// From now on, keys of the slot that are not here are asked for at the target.
fn migrating(call: &mut Call<'_>, slot: Slot) {
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if !cluster.is_mine(slot) {
        return call.error(&format!("ERR I'm not the owner of hash slot {slot}"));
    }
    let Some(target) = known_node(call, 4, "I don't know about node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.peer(&target).is_none_or(|peer| peer.is_replica()) {
        return call.error("ERR Target node is not a master");
    }
    call.node.with_cluster(call.now, |cluster, cx| {
        cluster.set_migrating(slot, Some(target));
        cx.event(EventKind::SlotMigrating { slot, to: Some(target) });
        cx.save_and_update();
    });
    call.out.ok();
}

/// From now on, clients that say ASKING reach the slot here.
fn importing(call: &mut Call<'_>, slot: Slot) {
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.is_mine(slot) {
        return call.error(&format!("ERR I'm already the owner of hash slot {slot}"));
    }
    let Some(source) = known_node(call, 4, "I don't know about node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.peer(&source).is_none_or(|peer| peer.is_replica()) {
        return call.error("ERR Target node is not a master");
    }
    call.node.with_cluster(call.now, |cluster, cx| {
        cluster.set_importing(slot, Some(source));
        cx.event(EventKind::SlotImporting { slot, from: Some(source) });
        cx.save_and_update();
    });
    call.out.ok();
}

/// The slot is not on the move any more, wherever its keys are.
fn stable(call: &mut Call<'_>, slot: Slot) {
    call.node.with_cluster(call.now, |cluster, cx| {
        if cluster.migrating_to(slot).is_some() {
            cx.event(EventKind::SlotMigrating { slot, to: None });
        }
        if cluster.importing_from(slot).is_some() {
            cx.event(EventKind::SlotImporting { slot, from: None });
        }
        cluster.set_migrating(slot, None);
        cluster.set_importing(slot, None);
        cx.save_and_update();
    });
    call.out.ok();
}

/// The slot belongs to a node now.
fn node(call: &mut Call<'_>, slot: Slot) {
    let Some(owner) = known_node(call, 4, "Unknown node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.peer(&owner).is_none_or(|peer| peer.is_replica()) {
        return call.error("ERR Target node is not a master");
    }
    let gives_away = cluster.is_mine(slot) && owner != cluster.my_id();
    let keys = call.db().count_in_slot(slot);
    if gives_away && keys > 0 {
        return call.error(&format!(
            "ERR Can't assign hashslot {slot} to a different node while I still hold keys for \
             this hash slot."
        ));
    }
    call.node.with_cluster(call.now, |cluster, cx| cluster.assign_slot(cx, slot, owner, keys));
    call.out.ok();
}
