//! How fast idle clusters run: virtual seconds in one second of one core, and what they hold. Where
//! the system tells the time that this process had a core, that counts: others may be at work.

use std::time::Instant;

use engine_base::Seed;
use engine_sim::{ClusterSpec, World};

/// Rounds of each measurement; the median counts.
const ROUNDS: usize = 5;

/// Prints the table of six, a hundred and a thousand nodes, or of these numbers of them: half of each
/// are masters.
pub(crate) fn table(sizes: &[usize]) {
    println!(
        "nodes  virtual : core (spread)      steps a virtual s   formed in   clone     memory"
    );
    let sizes = if sizes.is_empty() { &[6, 100, 1000] } else { sizes };
    for nodes in sizes {
        let milliseconds = match nodes {
            0..20 => 3_000_000,
            20..=FORMED_MOST => 20_000,
            _ => 3000,
        };
        measure((nodes / 2).max(1), 1, milliseconds);
    }
}

/// Larger clusters are not formed by commands: each node finds the nodes.conf that it would have
/// written, and the links that it would have opened.
const FORMED_MOST: usize = 200;

/// A stopwatch that runs while this process has a core.
struct Watch {
    began: Instant,
    core: Option<f64>,
}

impl Watch {
    fn begin() -> Self {
        Self { began: Instant::now(), core: core_seconds() }
    }

    fn seconds(&self) -> f64 {
        match self.core.zip(core_seconds()) {
            Some((began, now)) => (now - began).max(0.001),
            None => self.began.elapsed().as_secs_f64(),
        }
    }
}

/// Seconds that this process has had a core, where the system says (`/proc`, nanoseconds first).
fn core_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split(' ').next()?.parse::<f64>().ok().map(|ns| ns / 1e9)
}

fn measure(masters: usize, replicas: usize, round_ms: u64) {
    let before = resident();
    let six = ClusterSpec::six(Seed::from_number(1));
    let began = Watch::begin();
    let spec = ClusterSpec { masters, replicas, ..six };
    let many = masters * (1 + replicas) > FORMED_MOST;
    let (mut world, nodes) = if many { World::warm(&spec) } else { World::cluster(&spec) };
    let formed = began.seconds();
    let steps = world.steps();
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Watch::begin();
            world.run_ms(round_ms);
            round_ms as f64 / 1000.0 / began.seconds()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let steps = (world.steps() - steps) * 1000 / (ROUNDS as u64 * round_ms);
    let memory = resident().saturating_sub(before);
    let began = Watch::begin();
    let copy = world.clone();
    let cloned = began.seconds() * 1e3;
    drop(copy);
    println!(
        "{:>5}  {:>9.2} ({:.2} to {:.2}) {steps:>14} {formed:>12.2} s {cloned:>8.2} ms {memory:>6} MB",
        nodes.len(),
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1],
    );
}

/// Megabytes of this process in memory; 0 where the system does not say.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * 4096 / (1 << 20)
}
