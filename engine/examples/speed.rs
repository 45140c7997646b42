//! How fast idle clusters of six and of a hundred nodes run: virtual seconds in one real second, on
//! one core. `cargo run --release -p engine --example speed`

#![allow(clippy::disallowed_types, reason = "it measures real time, from outside")]

use std::time::Instant;

use engine::base::Seed;
use engine::sim::{ClusterSpec, World};

/// Rounds of each measurement; the median counts.
const ROUNDS: usize = 5;

fn main() {
    let six = ClusterSpec::six(Seed::from_number(1));
    measure(&six, 3000);
    measure(&ClusterSpec { masters: 50, ..six }, 20);
}

fn measure(spec: &ClusterSpec, virtual_seconds: u64) {
    let begin = Instant::now();
    let (mut world, nodes) = World::cluster(spec);
    let formed = (world.now().as_millis(), begin.elapsed().as_secs_f64());
    let before = world.steps();
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            world.run_ms(virtual_seconds * 1000);
            virtual_seconds as f64 / begin.elapsed().as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let begin = Instant::now();
    let copy = world.clone();
    let cloned = begin.elapsed().as_secs_f64() * 1e6;
    drop(copy);
    println!(
        "{} idle nodes: {:.0} virtual seconds a second (spread {:.0} to {:.0}), {} steps a virtual \
         second; formed in {} virtual ms, {:.2} s; a clone takes {cloned:.0} us",
        nodes.len(),
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1],
        (world.steps() - before) / (ROUNDS as u64 * virtual_seconds),
        formed.0,
        formed.1,
    );
}
