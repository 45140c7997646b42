//! The subcommands that change membership, roles and epochs.

use engine_base::number::parse_i64;

use super::{DISABLED, known_node};
use crate::cluster::MeetError;
use crate::command::Call;

const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";

/// `MEET ip port [bus-port]`
pub(super) fn meet(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if call.args.len() > 5 {
        return call.error("ERR wrong number of arguments for 'cluster|meet' command");
    }
    let text = |arg: &[u8]| String::from_utf8_lossy(arg).into_owned();
    let (ip, port_text) = (text(call.args[2]), text(call.args[3]));
    let Some(port) = parse_i64(call.args[3]) else {
        return call.error(&format!("ERR Invalid TCP base port specified: {port_text}"));
    };
    let bus_port = match call.args.get(4) {
        None => port.saturating_add(10_000),
        Some(arg) => match parse_i64(arg) {
            Some(bus_port) => bus_port,
            None => {
                let bad = text(arg);
                return call.error(&format!("ERR Invalid TCP bus port specified: {bad}"));
            }
        },
    };
    let now = call.now;
    call.admin_event();
    let met =
        call.node.with_cluster(now, |cluster, _| cluster.meet(now.unix.0, &ip, port, bus_port));
    match met {
        Some(Err(MeetError::Invalid)) => {
            call.error(&format!("ERR Invalid node address specified: {ip}:{port_text}"));
        }
        // A handshake that is under way already is as good as a new one, to Redis too.
        _ => call.out.ok(),
    }
}

/// `FORGET node-id`
pub(super) fn forget(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let Some(id) = known_node(call, 2, "Unknown node") else { return };
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    if id == cluster.myself {
        return call.error("ERR I tried hard but I can't forget myself...");
    }
    if cluster.me().master == Some(id) {
        return call.error("ERR Can't forget my master!");
    }
    call.admin_event();
    let now = call.now;
    call.node.with_cluster(now, |cluster, cx| {
        cluster.forget(now.unix.0, id, cx.config.blacklist_ttl);
    });
    call.out.ok();
}

/// `REPLICATE node-id`, and Valkey 9's `REPLICATE NO ONE`: a replica becomes a master without
/// slots and data.
pub(super) fn replicate(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    if call.args.len() == 4 {
        if cluster.me().is_replica() {
            call.admin_event();
            call.node.with_cluster(call.now, |cluster, _| cluster.replicate_no_one());
        }
        return call.out.ok();
    }
    let Some(id) = known_node(call, 2, "Unknown node") else { return };
    let empty = call.db().is_empty();
    let Some(cluster) = call.node.cluster.as_ref() else { return };
    let me = cluster.me();
    if id == cluster.myself {
        return call.error("ERR Can't replicate myself");
    }
    if cluster.nodes[id].is_replica() {
        return call.error("ERR I can only replicate a master, not a replica.");
    }
    if !me.is_replica() && (me.slot_count != 0 || !empty) {
        return call
            .error("ERR To set a master the node must be empty and without assigned slots.");
    }
    call.admin_event();
    call.node.with_cluster(call.now, |cluster, _| cluster.replicate(id));
    call.out.ok();
}

/// `COUNT-FAILURE-REPORTS node-id`
pub(super) fn count_failure_reports(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let Some(id) = known_node(call, 2, "Unknown node") else { return };
    let now = call.now;
    let count = call
        .node
        .with_cluster(now, |cluster, cx| cluster.failure_reports(now.unix.0, cx, id))
        .unwrap_or_default();
    call.out.int(count as i64);
}

/// `SET-CONFIG-EPOCH epoch`: only for a node that knows nobody, so that a cluster being created
/// starts without collisions.
pub(super) fn set_config_epoch(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    let Some(epoch) = parse_i64(call.args[2]) else { return call.error(NOT_AN_INTEGER) };
    let (known, current) = (cluster.nodes.len(), cluster.me().config_epoch);
    let Ok(epoch) = u64::try_from(epoch) else {
        return call.error(&format!("ERR Invalid config epoch specified: {epoch}"));
    };
    if known > 1 {
        return call.error(
            "ERR The user can assign a config epoch only when the node does not know any other \
             node.",
        );
    }
    if current != 0 {
        return call.error("ERR Node config epoch is already non-zero");
    }
    call.node.with_cluster(call.now, |cluster, _| cluster.set_own_epoch(epoch));
    call.out.ok();
}

/// `BUMPEPOCH`
pub(super) fn bump_epoch(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    let bumped = call.node.with_cluster(call.now, |cluster, _| cluster.bump_epoch());
    let epoch = call.node.cluster.as_ref().map_or(0, |cluster| cluster.me().config_epoch);
    let word = if bumped == Some(true) { "BUMPED" } else { "STILL" };
    call.out.simple(&format!("{word} {epoch}"));
}

/// `SAVECONFIG`
pub(super) fn save_config(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    call.node.with_cluster(call.now, |cluster, _| cluster.save(crate::cluster::Safety::Barrier));
    call.out.ok();
}

/// `RESET [HARD|SOFT]`
pub(super) fn reset(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    let is_replica = cluster.me().is_replica();
    let hard = match call.args.get(2).map(|arg| arg.to_ascii_lowercase()) {
        None => false,
        Some(word) if word == b"soft" => false,
        Some(word) if word == b"hard" => true,
        Some(_) => return call.syntax_error(),
    };
    if call.args.len() > 3 {
        return call.syntax_error();
    }
    if !is_replica && !call.db().is_empty() {
        return call.error("ERR CLUSTER RESET can't be called with master nodes containing keys");
    }
    call.admin_event();
    call.node.with_cluster(call.now, |cluster, _| cluster.reset(hard));
    call.out.ok();
}
