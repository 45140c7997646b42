//! What the search prints.

use std::collections::BTreeMap;

use engine_swarm::{Coverage, Outcome, Plan};

/// Each seed shall run at least so long, in virtual milliseconds.
const LEAST_MS: u64 = 600_000;
/// Each seed shall see so many acknowledged writes.
const LEAST_WRITES: u64 = 1000;

/// Says when a seed covered too little.
pub(crate) fn thin(seed: u64, plan: &Plan, outcome: &Outcome) {
    let coverage = &outcome.coverage;
    if outcome.violation.is_none()
        && (coverage.virtual_ms < LEAST_MS
            || coverage.writes < LEAST_WRITES
            || plan.faults.len() < 5)
    {
        println!(
            "seed {seed} covered little: {} ms, {} writes, {} faults",
            coverage.virtual_ms,
            coverage.writes,
            plan.faults.len()
        );
    }
}

/// A plan that fails.
pub(crate) fn plan(plan: &Plan) {
    println!(
        "  {} masters, {} replicas each, node timeout {} ms; faults:",
        plan.masters, plan.replicas, plan.node_timeout_ms
    );
    for fault in &plan.faults {
        println!("    {} to {} ms: {:?}", fault.from_ms, fault.until_ms, fault.kind);
    }
}

/// What all seeds covered together.
pub(crate) fn coverage(total: &Coverage, seeds: u64, failed: u64, seconds: f64) {
    let virtual_seconds = total.virtual_ms as f64 / 1000.0;
    println!(
        "{seeds} seeds: {:.1} virtual hours in {seconds:.1} s ({:.0} to 1); {} writes acknowledged, \
         {} reads answered, {} units delivered; {} starts refused, {} rounds of repair",
        virtual_seconds / 3600.0,
        virtual_seconds / seconds.max(0.001),
        total.writes,
        total.reads,
        total.units,
        total.refused_starts,
        total.repairs
    );
    let lost: u64 = total.losses.values().sum();
    println!("acknowledged writes not read again, {lost} in all, by the window that admits it:");
    for (window, count) in &total.losses {
        println!("  {count:>7}  {window}");
    }
    println!("faults: {}", list(&total.faults));
    println!("messages sent: {}", list(&total.messages));
    println!("clients were refused or redirected: {}", list(&total.refusals));
    let idle: Vec<&str> =
        total.rules.iter().filter(|(_, count)| **count == 0).map(|(rule, _)| *rule).collect();
    println!("rules at work, {} of {}:", total.rules.len() - idle.len(), total.rules.len());
    for (rule, count) in total.rules.iter().filter(|(_, count)| **count > 0) {
        println!("  {count:>9}  {rule}");
    }
    println!(
        "rules never at work: {}",
        if idle.is_empty() { "none".to_owned() } else { idle.join(", ") }
    );
    println!("{} passed, {failed} failed", seeds - failed);
}

fn list(map: &BTreeMap<&'static str, u64>) -> String {
    map.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
}
