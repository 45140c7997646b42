//! The slot map for clients: `SLOTS` and `SHARDS`.

use engine_base::{NodeId, Slot};

use super::DISABLED;
use crate::cluster::{ClusterState, Peer};
use crate::command::Call;
use crate::config::{Config, EndpointType};
use crate::endpoint::preferred;

/// `SLOTS`: for every run of slots of one owner, its ends, the owner and its replicas.
pub(super) fn slots(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_deref() else { return call.error(DISABLED) };
    let my_offset = call.node.replication.offset();
    let runs = runs(cluster);
    call.out.array(runs.len());
    for (first, last, owner) in runs {
        let Some(owner) = cluster.peer(&owner) else { continue };
        let replicas: Vec<&Peer> = cluster
            .replicas_of(&owner.id)
            .filter(|peer| !peer.is_failed() && offset(cluster, peer, my_offset) != 0)
            .collect();
        call.out.array(3 + replicas.len());
        call.out.int(i64::from(first.number()));
        call.out.int(i64::from(last.number()));
        address(call.out, &call.node.config, owner);
        for replica in replicas {
            address(call.out, &call.node.config, replica);
        }
    }
}

fn runs(cluster: &ClusterState) -> Vec<(Slot, Slot, NodeId)> {
    let mut runs: Vec<(Slot, Slot, NodeId)> = Vec::new();
    for slot in Slot::all() {
        let Some(owner) = cluster.owner(slot) else { continue };
        match runs.last_mut() {
            Some(run) if run.2 == owner && run.1.number() + 1 == slot.number() => run.1 = slot,
            _ => runs.push((slot, slot, owner)),
        }
    }
    runs
}

/// Endpoint, port, id, and whatever of ip and hostname the endpoint does not say.
fn address(out: &mut engine_resp::Reply, config: &Config, peer: &Peer) {
    let kind = config.cluster_preferred_endpoint_type;
    let mut extra: Vec<(&str, String)> = Vec::new();
    if kind != EndpointType::Ip {
        extra.push(("ip", peer.ip_text()));
    }
    if kind != EndpointType::Hostname && !peer.hostname.is_empty() {
        extra.push(("hostname", peer.hostname.clone()));
    }
    out.array(4);
    out.bulk_or_null(preferred(config, peer).as_deref().map(str::as_bytes));
    out.int(i64::from(peer.port));
    out.bulk(peer.id.as_bytes());
    out.map(extra.len());
    for (name, value) in extra {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
}

/// `SHARDS`: every master with its slots, and with its replicas.
pub(super) fn shards(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_deref() else { return call.error(DISABLED) };
    let my_offset = call.node.replication.offset();
    let masters: Vec<&Peer> = cluster.peers().filter(|peer| !peer.is_replica()).collect();
    call.out.array(masters.len());
    for master in masters {
        call.out.map(2);
        call.out.bulk(b"slots");
        let ranges: Vec<(Slot, Slot)> = master.slots.ranges().collect();
        call.out.array(2 * ranges.len());
        for (first, last) in ranges {
            call.out.int(i64::from(first.number()));
            call.out.int(i64::from(last.number()));
        }
        call.out.bulk(b"nodes");
        let replicas: Vec<&Peer> = cluster.replicas_of(&master.id).collect();
        call.out.array(1 + replicas.len());
        for peer in std::iter::once(master).chain(replicas) {
            details(call.out, &call.node.config, peer, offset(cluster, peer, my_offset));
        }
    }
}

/// A node's replication offset: as gossiped, or this node's own.
fn offset(cluster: &ClusterState, peer: &Peer, mine: u64) -> u64 {
    if peer.id == cluster.my_id() { mine } else { peer.repl_offset }
}

fn details(out: &mut engine_resp::Reply, config: &Config, peer: &Peer, offset: u64) {
    let health = if peer.is_failed() {
        "fail"
    } else if peer.is_replica() && offset == 0 {
        "loading"
    } else {
        "online"
    };
    let named = !peer.hostname.is_empty();
    out.map(7 + usize::from(named));
    let mut field = |name: &str, value: &[u8]| {
        out.bulk(name.as_bytes());
        out.bulk(value);
    };
    field("id", peer.id.as_bytes());
    out.bulk(b"port");
    out.int(i64::from(peer.port));
    let mut field = |name: &str, value: &[u8]| {
        out.bulk(name.as_bytes());
        out.bulk(value);
    };
    field("ip", peer.ip_text().as_bytes());
    out.bulk(b"endpoint");
    out.bulk_or_null(preferred(config, peer).as_deref().map(str::as_bytes));
    let mut field = |name: &str, value: &[u8]| {
        out.bulk(name.as_bytes());
        out.bulk(value);
    };
    if named {
        field("hostname", peer.hostname.as_bytes());
    }
    field("role", if peer.is_replica() { b"replica" } else { b"master" });
    out.bulk(b"replication-offset");
    out.int(offset as i64);
    out.bulk(b"health");
    out.bulk(health.as_bytes());
}
