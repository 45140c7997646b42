//! What one seed stands for: the cluster, the load and the faults, drawn before the world begins.

use engine_base::{Rng, Seed};

use crate::fault::{Fault, FaultKind};

/// One run, decided beforehand.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The seed it was drawn from.
    pub seed: u64,
    /// How many masters the cluster begins with.
    pub masters: usize,
    /// How many replicas each master begins with.
    pub replicas: usize,
    /// `cluster-node-timeout`, in milliseconds.
    pub node_timeout_ms: u64,
    /// How many clients write.
    pub clients: usize,
    /// How long faults happen, in virtual milliseconds.
    pub safety_ms: u64,
    /// What goes wrong, by its beginning.
    pub faults: Vec<Fault>,
}

/// Ten virtual minutes.
const SAFETY_MS: u64 = 600_000;

impl Plan {
    /// The plan of a seed; `nodes` fixes the size of the cluster.
    #[must_use]
    pub fn draw(seed: u64, nodes: Option<usize>) -> Self {
        let mut rng = Rng::new(Seed::from_number(seed)).fork("swarm plan");
        let (masters, replicas) = match nodes {
            Some(n) => ((n / 2).max(3), 1),
            None => (3 + rng.index(4), rng.index(3)),
        };
        let node_timeout_ms = [1000, 2000, 5000][rng.index(3)];
        let count = 5 + rng.index(12);
        let total = masters * (1 + replicas);
        let mut faults: Vec<Fault> =
            (0..count).map(|_| draw_fault(&mut rng, total, node_timeout_ms)).collect();
        faults.sort_by_key(|fault| fault.from_ms);
        Self {
            seed,
            masters,
            replicas,
            node_timeout_ms,
            clients: 2 + rng.index(3),
            safety_ms: SAFETY_MS,
            faults,
        }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.masters * (1 + self.replicas)
    }
}

fn draw_fault(rng: &mut Rng, nodes: usize, node_timeout_ms: u64) -> Fault {
    let node = rng.index(nodes);
    let kind = match rng.index(9) {
        0 | 1 => FaultKind::Kill { node },
        2 => FaultKind::Pause { node },
        3 => FaultKind::PowerLoss { node },
        4 => FaultKind::Partition { side: draw_side(rng, nodes), one_way: rng.chance(0.3) },
        5 => FaultKind::Slow { node, latency_us: 1000 << rng.index(10), loss: rng.unit() * 0.3 },
        6 => FaultKind::Skew { node, ms: rng.below(120_000) as i64 - 60_000 },
        7 => FaultKind::HoldBus { node, bus_type: rng.below(9) as u16 },
        _ => FaultKind::Failover { node, how: ["", "FORCE", "TAKEOVER"][rng.index(3)] },
    };
    // Some faults are over before anybody notices, some last many node timeouts.
    let length = node_timeout_ms / 4 + rng.below(node_timeout_ms * 12);
    let from_ms = 5000 + rng.below(SAFETY_MS - 60_000);
    Fault { from_ms, until_ms: from_ms + length, kind }
}

/// Some nodes, but not all.
fn draw_side(rng: &mut Rng, nodes: usize) -> Vec<usize> {
    let mut side: Vec<usize> = (0..nodes).filter(|_| rng.chance(0.4)).collect();
    if side.is_empty() || side.len() == nodes {
        side = vec![rng.index(nodes)];
    }
    side
}
