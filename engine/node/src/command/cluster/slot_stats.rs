//! `CLUSTER SLOT-STATS` of Valkey 8: which of this shard's slots cost what
//! (`clusterSlotStatsCommand` in cluster_slot_stats.c of Valkey 9.1).

use engine_base::number::parse_i64;
use engine_base::{SLOT_COUNT, Slot};

use super::{DISABLED, slot_argument, wrong_form};
use crate::Node;
use crate::command::Call;
use crate::command::args::is;

/// What slots can be ordered by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metric {
    KeyCount,
    CpuUsec,
    BytesIn,
    BytesOut,
}

/// The options behind `ORDERBY metric`.
struct Order {
    metric: Metric,
    limit: usize,
    descending: bool,
}

/// `SLOT-STATS SLOTSRANGE start end`, or `ORDERBY metric [LIMIT limit] [ASC|DESC]`
pub(super) fn slot_stats(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if call.args.len() == 5 && is(call.args[2], "slotsrange") {
        by_range(call);
    } else if is(call.args[2], "orderby") {
        match order(call) {
            Ok(order) => by_order(call, &order),
            Err(text) => call.error(text),
        }
    } else {
        wrong_form(call);
    }
}

fn by_range(call: &mut Call<'_>) {
    let Some(first) = slot_argument(call, 3) else { return };
    let Some(last) = slot_argument(call, 4) else { return };
    if first > last {
        return call.error(&format!(
            "ERR Start slot number {first} is greater than end slot number {last}"
        ));
    }
    let mut slots = slots_of_shard(call.node);
    slots.retain(|slot| (first..=last).contains(slot));
    answer(call, &slots);
}

fn by_order(call: &mut Call<'_>, order: &Order) {
    let mut slots = slots_of_shard(call.node);
    // Equal ones stay in the order of their numbers.
    if order.descending {
        slots.sort_by_key(|slot| std::cmp::Reverse(value(call.node, *slot, order.metric)));
    } else {
        slots.sort_by_key(|slot| value(call.node, *slot, order.metric));
    }
    slots.truncate(order.limit);
    answer(call, &slots);
}

/// Reads the options, in the order of Valkey's checks.
fn order(call: &Call<'_>) -> Result<Order, &'static str> {
    let counted = call.node.config.cluster_slot_stats_enabled;
    let metric = match &call.args[3].to_ascii_lowercase()[..] {
        b"key-count" => Metric::KeyCount,
        b"cpu-usec" if counted => Metric::CpuUsec,
        b"network-bytes-in" if counted => Metric::BytesIn,
        b"network-bytes-out" if counted => Metric::BytesOut,
        _ => return Err("ERR Unrecognized sort metric for ORDERBY."),
    };
    let mut order = Order { metric, limit: SLOT_COUNT, descending: true };
    let (mut limits, mut directions) = (0, 0);
    let mut at = 4;
    while let Some(word) = call.args.get(at) {
        match call.args.get(at + 1) {
            Some(number) if is(word, "limit") => {
                let limit = parse_i64(number).and_then(|n| usize::try_from(n).ok());
                order.limit = limit.filter(|n| (1..=SLOT_COUNT).contains(n)).ok_or(
                    "ERR Limit has to lie in between 1 and 16384 (maximum number of slots).",
                )?;
                limits += 1;
                at += 1;
            }
            _ if is(word, "asc") || is(word, "desc") => {
                order.descending = is(word, "desc");
                directions += 1;
            }
            _ => return Err("ERR syntax error"),
        }
        if limits > 1 || directions > 1 {
            return Err("ERR Multiple filters of the same type are disallowed.");
        }
        at += 1;
    }
    Ok(order)
}

/// The slots of this node, or of its master when it is a replica.
fn slots_of_shard(node: &Node) -> Vec<Slot> {
    let Some(cluster) = node.cluster.as_deref() else { return Vec::new() };
    let me = cluster.me();
    let primary = me.master.filter(|_| me.is_replica()).unwrap_or(cluster.myself);
    Slot::all().filter(|slot| cluster.owner(*slot) == Some(primary)).collect()
}

fn value(node: &Node, slot: Slot, metric: Metric) -> u64 {
    match metric {
        Metric::KeyCount => node.dbs.first().map_or(0, |db| db.count_in_slot(slot)) as u64,
        Metric::CpuUsec => node.slot_stats.of(slot).micros,
        Metric::BytesIn => node.slot_stats.of(slot).bytes_in,
        Metric::BytesOut => node.slot_stats.of(slot).bytes_out,
    }
}

fn answer(call: &mut Call<'_>, slots: &[Slot]) {
    let metrics: &[(&str, Metric)] = &[
        ("key-count", Metric::KeyCount),
        ("cpu-usec", Metric::CpuUsec),
        ("network-bytes-in", Metric::BytesIn),
        ("network-bytes-out", Metric::BytesOut),
    ];
    let shown = if call.node.config.cluster_slot_stats_enabled { metrics } else { &metrics[..1] };
    call.out.array(slots.len());
    for slot in slots {
        call.out.array(2);
        call.out.int(i64::from(slot.number()));
        call.out.map(shown.len());
        for (name, metric) in shown {
            call.out.bulk(name.as_bytes());
            let value = value(call.node, *slot, *metric);
            call.out.int(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}
