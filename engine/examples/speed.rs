//! How fast an idle cluster of six nodes runs: virtual seconds in one real second, on one core.
//! `cargo run --release -p engine --example speed`

#![allow(clippy::disallowed_types, reason = "it measures real time, from outside")]

use std::time::Instant;

use engine::base::Seed;
use engine::sim::{ClusterSpec, World};

/// So many virtual seconds are run, in five rounds.
const VIRTUAL_SECONDS: u64 = 3000;

fn main() {
    let (mut world, _) = World::cluster(&ClusterSpec::six(Seed::from_number(1)));
    let before = world.steps();
    let mut ratios: Vec<f64> = (0..5)
        .map(|_| {
            let begin = Instant::now();
            world.run_ms(VIRTUAL_SECONDS * 1000);
            VIRTUAL_SECONDS as f64 / begin.elapsed().as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let steps = (world.steps() - before) / (5 * VIRTUAL_SECONDS);
    println!(
        "six idle nodes: {:.0} virtual seconds a second (spread {:.0} to {:.0}), {steps} steps a virtual second",
        ratios[2], ratios[0], ratios[4]
    );
}
