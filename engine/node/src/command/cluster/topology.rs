//! What a node believes of the cluster, as text: `MYID`, `NODES`, `REPLICAS`, `INFO`.

use std::fmt::Write as _;

use super::{DISABLED, known_node};
use crate::cluster::ClusterState;
use crate::command::Call;
use engine_bus::kind::TYPE_COUNT;
use engine_bus::{MessageType, NodeFlags};

/// `MYID`
pub(super) fn my_id(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    call.out.bulk(cluster.me().id.as_bytes());
}

/// `MYSHARDID` (7.2): a name that all nodes of this node's shard have, whoever is its master.
pub(super) fn my_shard_id(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    call.out.bulk(cluster.my_shard().as_bytes());
}

/// `NODES`: a line a node, the file's format without its last line.
pub(super) fn nodes(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    let text = cluster.nodes_text(NodeFlags::empty());
    call.out.verbatim("txt", text.as_bytes());
}

/// `REPLICAS node-id`: the lines of a master's replicas.
pub(super) fn replicas(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let Some(id) = known_node(call, 2, "Unknown node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if cluster.nodes[id].is_replica() {
        return call.error("ERR The specified node is not a master");
    }
    let lines: Vec<String> =
        cluster.nodes[id].replicas.iter().map(|ix| cluster.node_line(*ix)).collect();
    call.out.array(lines.len());
    for line in lines {
        call.out.bulk(line.as_bytes());
    }
}

/// `INFO`
pub(super) fn info(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    let text = info_text(cluster);
    call.out.verbatim("txt", text.as_bytes());
}

fn info_text(cluster: &ClusterState) -> String {
    let slots = cluster.slot_health();
    let mut text = String::with_capacity(640);
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = write!(text, "{name}:{value}\r\n");
    };
    line("cluster_state", &if cluster.ok { "ok" } else { "fail" });
    line("cluster_slots_assigned", &slots.assigned);
    line("cluster_slots_ok", &slots.ok);
    line("cluster_slots_pfail", &slots.pfail);
    line("cluster_slots_fail", &slots.fail);
    line("cluster_known_nodes", &cluster.nodes.len());
    line("cluster_size", &cluster.size);
    line("cluster_current_epoch", &cluster.current_epoch);
    line("cluster_my_epoch", &cluster.shown_epoch(cluster.me()));
    let mut total = 0;
    for (name, count) in by_type(&cluster.sent_by_type) {
        total += count;
        if count > 0 {
            line(&format!("cluster_stats_messages_{name}_sent"), &count);
        }
    }
    line("cluster_stats_messages_sent", &total);
    let mut total = 0;
    for (name, count) in by_type(&cluster.received_by_type) {
        total += count;
        if count > 0 {
            line(&format!("cluster_stats_messages_{name}_received"), &count);
        }
    }
    line("cluster_stats_messages_received", &total);
    line("total_cluster_links_buffer_limit_exceeded", &cluster.links_over_limit);
    text
}

/// The counters of each type of packet, by its name in `CLUSTER INFO`.
fn by_type(counts: &[u64; TYPE_COUNT]) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    MessageType::KNOWN.iter().zip(counts).map(|(kind, count)| (kind.name(), *count))
}
