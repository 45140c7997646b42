//! What one seed stands for: the cluster, the load and the faults, drawn before the world begins.

use engine_base::{Rng, Seed};

use crate::fault::{Fault, draw};

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
    /// How long a packet takes at least, in microseconds; `None`: a local network.
    pub latency_us: Option<u64>,
    /// How many clients write and read, each from a host of its own.
    pub clients: usize,
    /// How long faults happen, in virtual milliseconds.
    pub safety_ms: u64,
    /// What goes wrong, by its beginning.
    pub faults: Vec<Fault>,
}

/// Ten virtual minutes.
const SAFETY_MS: u64 = 600_000;
/// The first fault comes not before, the last one not later than so long before the end.
const QUIET_MS: (u64, u64) = (5000, 60_000);

/// How many faults begin while another one lasts.
const COMPANY: f64 = 0.5;

impl Plan {
    /// The plan of a seed; `nodes` fixes the size of the cluster, `hours` the length.
    #[must_use]
    pub fn draw(seed: u64, nodes: Option<usize>, hours: Option<u64>) -> Self {
        let mut rng = Rng::new(Seed::from_number(seed)).fork("swarm plan");
        let (masters, replicas) = match nodes {
            Some(n) if n < 6 => (n.max(3), 0),
            Some(n) => ((n / 2).max(3), 1),
            None if rng.chance(0.04) => (7 + rng.index(4), 2),
            None => (3 + rng.index(4), [0, 1, 1, 1, 2, 2][rng.index(6)]),
        };
        let far = [None, None, None, Some(2000), Some(20_000), Some(80_000)];
        let latency_us = far[rng.index(far.len())];
        let node_timeout_ms = [1000, 2000, 5000][rng.index(3)];
        let safety_ms = hours.map_or(SAFETY_MS, |hours| (hours * 3_600_000).max(SAFETY_MS));
        let clients = 2 + rng.index(3);
        let times = safety_ms / SAFETY_MS;
        let count = (5 + rng.below(14)) * times;
        let total = masters * (1 + replicas);
        let mut faults: Vec<Fault> = Vec::new();
        for _ in 0..count {
            let (first, last) = (QUIET_MS.0, safety_ms - QUIET_MS.1);
            let from_ms = match faults.get(rng.index(faults.len().max(1))) {
                Some(other) if rng.chance(COMPANY) => {
                    let within = other.from_ms + rng.below(other.until_ms - other.from_ms);
                    within.min(last)
                }
                _ => first + rng.below(last - first),
            };
            faults.push(draw(&mut rng, total, clients, node_timeout_ms, from_ms));
        }
        faults.sort_by_key(|fault| fault.from_ms);
        Self { seed, masters, replicas, node_timeout_ms, latency_us, clients, safety_ms, faults }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.masters * (1 + self.replicas)
    }
}
