//! Which fault comes: every kind, every node, every length.

use engine_base::Rng;

use super::operator::Operator;
use super::{Fault, FaultKind};

/// Draws a fault that begins at `from_ms`.
pub(crate) fn draw(
    rng: &mut Rng,
    nodes: usize,
    clients: usize,
    node_timeout_ms: u64,
    from_ms: u64,
) -> Fault {
    // Some faults are over before anybody notices, most last some node timeouts, some much longer.
    let mut length = node_timeout_ms / 4 + rng.below(node_timeout_ms * 12);
    if rng.chance(0.15) {
        length += rng.below(90_000);
    }
    let kind = if rng.chance(0.3) {
        FaultKind::Operator(draw_operator(rng, nodes))
    } else if rng.chance(0.5) {
        draw_of_node(rng, nodes)
    } else {
        draw_of_network(rng, nodes, clients)
    };
    Fault { from_ms, until_ms: from_ms + length, kind }
}

fn draw_of_node(rng: &mut Rng, nodes: usize) -> FaultKind {
    let node = rng.index(nodes);
    match rng.index(13) {
        0..=2 => FaultKind::Kill(node),
        3 => FaultKind::Terminate(node),
        4 => FaultKind::Pause(node),
        5 => FaultKind::Stutter(node),
        6 => FaultKind::PowerLoss(node),
        7 => FaultKind::PowerLossOf(some(rng, nodes, 0.3)),
        8 => FaultKind::Wipe(node),
        9 => FaultKind::TornConf(node, rng.below(1000)),
        10 => FaultKind::DiskFull(node, rng.below(200)),
        11 => FaultKind::SlowDisk(node, 1000 << rng.index(11)),
        _ => FaultKind::Skew(node, rng.below(120_000) as i64 - 60_000),
    }
}

fn draw_of_network(rng: &mut Rng, nodes: usize, clients: usize) -> FaultKind {
    let node = rng.index(nodes);
    match rng.index(8) {
        0 | 1 => {
            FaultKind::Partition { side: some(rng, nodes + clients, 0.4), one_way: rng.chance(0.3) }
        }
        2 | 3 => {
            FaultKind::Cut { a: node, b: rng.index(nodes + clients), one_way: rng.chance(0.4) }
        }
        4 => FaultKind::Reset(node),
        5 => FaultKind::SlowLinks {
            node,
            latency_us: 1000 << rng.index(10),
            loss: rng.unit() * 0.3,
            one_way: rng.chance(0.4),
        },
        6 => FaultKind::HoldBus(node, rng.below(9) as u16),
        _ => FaultKind::Partition { side: vec![node], one_way: rng.chance(0.3) },
    }
}

fn draw_operator(rng: &mut Rng, nodes: usize) -> Operator {
    let (node, other) = (rng.index(nodes), rng.index(nodes));
    match rng.index(20) {
        0..=4 => Operator::Failover { node, how: ["", "", "FORCE", "TAKEOVER"][rng.index(4)] },
        5..=9 => Operator::Reshard {
            from: node,
            to: other,
            slots: 1 + rng.index(6),
            stop_after: rng.chance(0.5).then(|| rng.index(12)),
        },
        10 => Operator::Forget { of: node, at: some(rng, nodes, 0.7) },
        11 => Operator::Reset { node, hard: rng.chance(0.5) },
        12 => Operator::Replicate { node, to: other },
        13 => Operator::Meet { at: node, to: other },
        14 => Operator::BumpEpoch { node },
        15..=18 => Operator::Migrate {
            from: node,
            to: other,
            slots: 1 << rng.index(11),
            back: rng.chance(0.3),
            cancel_after: rng.chance(0.2).then(|| rng.below(300)),
        },
        _ => match rng.chance(0.5) {
            true => Operator::DelSlots { node, slots: 1 + rng.index(20) },
            false => Operator::StraySlot { node, other, importing: rng.chance(0.5) },
        },
    }
}

/// Some of `count`, but neither none nor all.
fn some(rng: &mut Rng, count: usize, share: f64) -> Vec<usize> {
    let mut side: Vec<usize> = (0..count).filter(|_| rng.chance(share)).collect();
    if side.is_empty() || side.len() == count {
        side = vec![rng.index(count)];
    }
    side
}
