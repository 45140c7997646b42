//! The slot map for clients: `SLOTS` and `SHARDS`.

use engine_base::Slot;
use engine_resp::Reply;

use super::DISABLED;
use crate::cluster::{ClusterNode, ClusterState, NodeIx};
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
        let owner = &cluster.nodes[owner];
        let replicas: Vec<&ClusterNode> = replicas_of(cluster, owner)
            .filter(|node| !node.is_failed() && offset(node, my_offset) != 0)
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

fn runs(cluster: &ClusterState) -> Vec<(Slot, Slot, NodeIx)> {
    let mut runs: Vec<(Slot, Slot, NodeIx)> = Vec::new();
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
fn address(out: &mut Reply, config: &Config, node: &ClusterNode) {
    let kind = config.cluster_preferred_endpoint_type;
    let mut extra: Vec<(&str, String)> = Vec::new();
    if kind != EndpointType::Ip {
        extra.push(("ip", node.ip.to_string()));
    }
    if kind != EndpointType::Hostname
        && let Some(hostname) = &node.rare().hostname
    {
        extra.push(("hostname", hostname.to_string()));
    }
    out.array(4);
    out.bulk_or_null(preferred(config, node).as_deref().map(str::as_bytes));
    out.int(i64::from(node.port));
    out.bulk(node.id.as_bytes());
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
    let masters: Vec<&ClusterNode> =
        cluster.nodes.iter().map(|(_, node)| node).filter(|node| !node.is_replica()).collect();
    call.out.array(masters.len());
    for master in masters {
        call.out.map(2);
        call.out.bulk(b"slots");
        let ranges: Vec<(Slot, Slot)> = master.slot_ranges().collect();
        call.out.array(2 * ranges.len());
        for (first, last) in ranges {
            call.out.int(i64::from(first.number()));
            call.out.int(i64::from(last.number()));
        }
        call.out.bulk(b"nodes");
        let replicas: Vec<&ClusterNode> = replicas_of(cluster, master).collect();
        call.out.array(1 + replicas.len());
        for node in std::iter::once(master).chain(replicas) {
            details(call.out, &call.node.config, node, offset(node, my_offset));
        }
    }
}

/// A node's replication offset: as gossiped, or this node's own.
fn offset(node: &ClusterNode, mine: u64) -> u64 {
    if node.is_myself() { mine } else { node.repl_offset }
}

fn replicas_of<'c>(
    cluster: &'c ClusterState,
    master: &'c ClusterNode,
) -> impl Iterator<Item = &'c ClusterNode> {
    master.replicas.iter().map(|ix| &cluster.nodes[*ix])
}

fn details(out: &mut Reply, config: &Config, node: &ClusterNode, offset: u64) {
    let health = if node.is_failed() {
        "fail"
    } else if node.is_replica() && offset == 0 {
        "loading"
    } else {
        "online"
    };
    let role = if node.is_replica() { "replica" } else { "master" };
    out.map(7 + usize::from(node.rare().hostname.is_some()));
    field(out, "id", node.id.as_bytes());
    out.bulk(b"port");
    out.int(i64::from(node.port));
    field(out, "ip", node.ip.to_string().as_bytes());
    out.bulk(b"endpoint");
    out.bulk_or_null(preferred(config, node).as_deref().map(str::as_bytes));
    if let Some(hostname) = &node.rare().hostname {
        field(out, "hostname", hostname.as_bytes());
    }
    field(out, "role", role.as_bytes());
    out.bulk(b"replication-offset");
    out.int(offset as i64);
    field(out, "health", health.as_bytes());
}

fn field(out: &mut Reply, name: &str, value: &[u8]) {
    out.bulk(name.as_bytes());
    out.bulk(value);
}
