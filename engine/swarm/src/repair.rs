//! What a careful operator does when faults have left what no rule of the protocol mends: wiped
//! nodes, reset nodes, halves of moves. Steps as `redis-cli --cluster fix` takes them.

use std::collections::{BTreeMap, BTreeSet};

use engine_base::{NodeId, Slot};
use engine_node::ClusterView;

use crate::fault::operator::words_of;
use crate::invariant::node_of;
use crate::stage::Stage;

/// One round: whatever is wrong now is taken in hand once.
pub(crate) fn round(stage: &mut Stage) {
    stage.history.repairs += 1;
    stage.restart_all();
    introduce(stage);
    take_over(stage);
    forget_nobodies(stage);
    stage.run_ms(2000);
    cover(stage);
    close(stage);
    employ(stage);
}

fn views(stage: &Stage) -> BTreeMap<usize, ClusterView> {
    (0..stage.addrs.len())
        .filter_map(|node| Some((node, node_of(&stage.world, node)?.view_cluster()?)))
        .collect()
}

/// Everybody knows everybody.
fn introduce(stage: &mut Stage) {
    let views = views(stage);
    for (at, view) in &views {
        for (to, other) in &views {
            if !view.peers.iter().any(|peer| peer.id == other.id && !peer.noaddr) {
                stage.meet(*at, *to);
            }
        }
    }
    stage.run_ms(3000);
}

/// A master that is gone for good, whose replica did not stand: its best replica takes over.
fn take_over(stage: &mut Stage) {
    let views = views(stage);
    let alive: BTreeSet<NodeId> = views.values().map(|view| view.id).collect();
    let mut best: BTreeMap<NodeId, (u64, usize)> = BTreeMap::new();
    for (node, view) in &views {
        let Some(me) = view.myself().filter(|me| me.is_replica) else { continue };
        let Some(master) = me.master.filter(|master| !alive.contains(master)) else { continue };
        let offer = (me.repl_offset, *node);
        let known = best.entry(master).or_insert(offer);
        *known = (*known).max(offer);
    }
    for (_, node) in best.values() {
        stage.ask(*node, &["CLUSTER", "FAILOVER", "TAKEOVER"]);
    }
    stage.run_ms(3000);
}

/// Ids that belong to nobody any more are forgotten everywhere.
fn forget_nobodies(stage: &mut Stage) {
    let views = views(stage);
    let alive: BTreeSet<NodeId> = views.values().map(|view| view.id).collect();
    for (node, view) in &views {
        for peer in view.peers.iter().filter(|peer| !alive.contains(&peer.id) && !peer.handshake) {
            stage.ask(*node, &["CLUSTER", "FORGET", &peer.id.to_string()]);
        }
    }
}

/// Slots that somebody holds for nobody's go to the one that serves them by its own word, else to
/// one that has their keys, else to any master.
fn cover(stage: &mut Stage) {
    let views = views(stage);
    let masters: Vec<usize> = views
        .iter()
        .filter(|(_, view)| view.myself().is_some_and(|me| !me.is_replica))
        .map(|(node, _)| *node)
        .collect();
    let mut wanted: BTreeMap<usize, Vec<Slot>> = BTreeMap::new();
    for slot in Slot::all() {
        let serves =
            |node: &&usize| views[*node].myself().is_some_and(|me| me.slots.contains(slot));
        if masters.iter().any(|node| serves(&node)) {
            continue;
        }
        let holds = |node: &&usize| {
            node_of(&stage.world, **node).is_some_and(|node| node.keys_in_slot(slot) > 0)
        };
        let told = |node: &&usize| {
            let id = views[*node].id;
            views.values().any(|view| view.owner(slot).is_some_and(|owner| owner.id == id))
        };
        let pick = masters.iter().find(holds).or_else(|| masters.iter().find(told));
        if let Some(node) = pick.or(masters.first()) {
            wanted.entry(*node).or_default().push(slot);
        }
    }
    for (node, slots) in wanted {
        let numbers: Vec<String> = slots.iter().map(ToString::to_string).collect();
        for some in numbers.chunks(500) {
            let list: Vec<&str> = some.iter().map(String::as_str).collect();
            // In this node's table the slot may still be somebody's who does not serve it.
            stage.ask(node, &[&["CLUSTER", "DELSLOTS"], &list[..]].concat());
            stage.ask(node, &[&["CLUSTER", "ADDSLOTS"], &list[..]].concat());
        }
        stage.ask(node, &["CLUSTER", "BUMPEPOCH"]);
    }
}

/// Moves that were left half done: all keys go to the owner, then the slot is stable. The owner's
/// mark goes first: while it gives a slot away, it answers ASK to keys that are brought home. The
/// others keep theirs until their keys are gone: without it, MIGRATE would be redirected.
fn close(stage: &mut Stage) {
    let views = views(stage);
    let owns = |view: &ClusterView, slot: Slot| {
        view.myself().is_some_and(|me| !me.is_replica && me.slots.contains(slot))
    };
    let open = |view: &ClusterView| -> BTreeSet<Slot> {
        view.migrating.iter().chain(&view.importing).map(|(slot, _)| *slot).collect()
    };
    let half_moved: BTreeSet<Slot> = views.values().flat_map(open).collect();
    for at_owner in [true, false] {
        for (node, view) in &views {
            for slot in half_moved.iter().copied().filter(|slot| owns(view, *slot) == at_owner) {
                if !at_owner {
                    bring_home(stage, &views, *node, slot);
                }
                stage.ask(*node, &["CLUSTER", "SETSLOT", &slot.to_string(), "STABLE"]);
            }
        }
    }
}

/// Keys of a slot that a node holds without owning it go to the owner.
fn bring_home(stage: &mut Stage, views: &BTreeMap<usize, ClusterView>, node: usize, slot: Slot) {
    let owner = views.iter().find(|(_, view)| {
        view.myself().is_some_and(|me| !me.is_replica && me.slots.contains(slot))
    });
    let Some((owner, owner_id)) = owner.map(|(at, view)| (*at, view.id.to_string())) else {
        return;
    };
    if owner == node {
        return;
    }
    let (number, addr) = (slot.to_string(), stage.addrs[owner]);
    let (ip, port) = (addr.ip().to_string(), addr.port().to_string());
    stage.ask(node, &["CLUSTER", "SETSLOT", &number, "MIGRATING", &owner_id]);
    for _ in 0..10 {
        let keys = keys_in(stage, node, &number, "10");
        if keys.is_empty() {
            return;
        }
        let mut words = vec!["MIGRATE", &ip, &port, "", "0", "1000", "KEYS"];
        words.extend(keys.iter().map(String::as_str));
        stage.history.carried(stage.world.now(), slot, owner);
        stage.ask(node, &words);
    }
    discard_copies(stage, node, owner, &number);
}

/// Keys that their owner has too and refuses (BUSYKEY) are copies from before they left, such as
/// those of a giver of slots that lost its power before its deletions were on the disk.
fn discard_copies(stage: &mut Stage, node: usize, owner: usize, slot: &str) {
    let left = keys_in(stage, node, slot, "1000");
    let served: BTreeSet<String> = keys_in(stage, owner, slot, "1000").into_iter().collect();
    if !left.is_empty() && left.iter().all(|key| served.contains(key)) {
        stage.ask(node, &["CLUSTER", "FLUSHSLOT", slot]);
    }
}

fn keys_in(stage: &mut Stage, node: usize, slot: &str, count: &str) -> Vec<String> {
    words_of(&stage.ask(node, &["CLUSTER", "GETKEYSINSLOT", slot, count]))
}

/// Masters without slots become replicas of those who have fewest, and replicas that follow
/// nobody who leads find somebody who does.
fn employ(stage: &mut Stage) {
    let views = views(stage);
    let leads = |id: NodeId| {
        views
            .values()
            .filter_map(ClusterView::myself)
            .any(|me| me.id == id && !me.is_replica && !me.slots.is_empty())
    };
    let mut followers: BTreeMap<NodeId, usize> =
        views.values().map(|view| view.id).filter(|id| leads(*id)).map(|id| (id, 0)).collect();
    let mut idle = Vec::new();
    for (node, view) in &views {
        let Some(me) = view.myself() else { continue };
        match me.master.and_then(|master| followers.get_mut(&master)) {
            Some(count) if me.is_replica => *count += 1,
            _ if me.slots.is_empty() => idle.push(*node),
            _ => {}
        }
    }
    for node in idle {
        let fewest = followers.iter().min_by_key(|(_, count)| **count).map(|(id, _)| *id);
        let Some(master) = fewest else { return };
        stage.ask(node, &["CLUSTER", "REPLICATE", &master.to_string()]);
        *followers.entry(master).or_default() += 1;
    }
}
