//! A short search in every test run; `cargo xtask swarm` runs as many seeds as there is time for.

use engine_swarm::{Plan, run};

fn search(seed: u64) {
    let plan = Plan::draw(seed, None, None);
    let outcome = run(&plan);
    assert_eq!(outcome.violation, None, "cargo xtask swarm --seeds {seed}..{}", seed + 1);
    assert!(outcome.coverage.virtual_ms >= 600_000, "seed {seed}");
    assert!(outcome.coverage.writes >= 1000, "seed {seed}");
    assert!(plan.faults.len() >= 5, "seed {seed}");
}

#[test]
fn seed_0_holds() {
    search(0);
}

#[test]
fn seed_1_holds() {
    search(1);
}

#[test]
fn seed_2_holds() {
    search(2);
}

#[test]
fn seed_3_holds() {
    search(3);
}

#[test]
fn a_run_is_its_seed() {
    let mut plan = Plan::draw(2, Some(6), None);
    plan.safety_ms = 60_000;
    let (a, b) = (run(&plan).coverage, run(&plan).coverage);
    assert_eq!((a.units, a.writes, a.rules), (b.units, b.writes, b.rules));
}
