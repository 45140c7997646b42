//! `CLUSTER LINKS`: every bus link of this node, in both directions.

use super::DISABLED;
use crate::command::Call;

pub(super) fn links(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_deref() else { return call.error(DISABLED) };
    let mut rows = Vec::new();
    for (_, node) in cluster.nodes.iter() {
        for (direction, link) in [("to", node.link()), ("from", node.inbound())] {
            if let Some(bus) = link.and_then(|link| cluster.links.get(&link)) {
                rows.push((direction, node.id, bus.created, bus.queued));
            }
        }
    }
    call.out.array(rows.len());
    for (direction, id, created, queued) in rows {
        call.out.map(6);
        call.out.bulk(b"direction");
        call.out.bulk(direction.as_bytes());
        call.out.bulk(b"node");
        call.out.bulk(id.as_bytes());
        call.out.bulk(b"create-time");
        call.out.int(created);
        call.out.bulk(b"events");
        call.out.bulk(if queued > 0 { b"rw" } else { b"r" });
        call.out.bulk(b"send-buffer-allocated");
        call.out.int(queued as i64);
        call.out.bulk(b"send-buffer-used");
        call.out.int(queued as i64);
    }
}
