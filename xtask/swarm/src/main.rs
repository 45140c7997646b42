//! `cargo xtask swarm`: runs seeds, prints what they covered, and replays and shrinks a failure.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use engine_swarm::{Outcome, Plan, run, shrink};

struct Arguments {
    first: u64,
    end: u64,
    nodes: Option<usize>,
    shrink: bool,
}

fn arguments() -> Result<Arguments> {
    let mut parsed = Arguments { first: 0, end: 20, nodes: None, shrink: true };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--no-shrink" => parsed.shrink = false,
            "--seeds" => {
                let range = words.next().context("--seeds needs A..B")?;
                let (a, b) = range.split_once("..").context("--seeds needs A..B")?;
                (parsed.first, parsed.end) = (a.parse()?, b.parse()?);
            }
            "--nodes" => parsed.nodes = Some(words.next().context("--nodes needs N")?.parse()?),
            other => bail!("unknown argument {other}; see `cargo xtask swarm --help`"),
        }
    }
    Ok(parsed)
}

fn main() -> Result<ExitCode> {
    let arguments = arguments()?;
    let began = Instant::now();
    let mut total = Outcome::default();
    let mut failed = 0;
    for seed in arguments.first..arguments.end {
        let plan = Plan::draw(seed, arguments.nodes);
        let outcome = run(&plan);
        if let Some(violation) = &outcome.violation {
            failed += 1;
            println!("seed {seed}: {violation}");
            println!("  replay: cargo xtask swarm --seeds {seed}..{}", seed + 1);
            let plan = if arguments.shrink { shrink(&plan, 40) } else { plan };
            println!(
                "  {} masters, {} replicas each, node timeout {} ms; faults:",
                plan.masters, plan.replicas, plan.node_timeout_ms
            );
            for fault in &plan.faults {
                println!("    {} to {} ms: {:?}", fault.from_ms, fault.until_ms, fault.kind);
            }
        }
        add(&mut total, &outcome);
    }
    report(&total, arguments.end - arguments.first, failed, began.elapsed().as_secs_f64());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn add(total: &mut Outcome, one: &Outcome) {
    total.writes += one.writes;
    total.lost += one.lost;
    total.virtual_ms += one.virtual_ms;
    total.units += one.units;
    let sum = |to: &mut BTreeMap<&'static str, u64>, from: &BTreeMap<&'static str, u64>| {
        for (name, count) in from {
            *to.entry(name).or_default() += count;
        }
    };
    sum(&mut total.faults, &one.faults);
    sum(&mut total.events, &one.events);
}

fn report(total: &Outcome, seeds: u64, failed: u64, seconds: f64) {
    let virtual_seconds = total.virtual_ms as f64 / 1000.0;
    println!(
        "{seeds} seeds: {:.1} virtual hours in {seconds:.1} s ({:.0} to 1), {} writes \
         acknowledged, {} lost inside admitted windows, {} units delivered",
        virtual_seconds / 3600.0,
        virtual_seconds / seconds.max(0.001),
        total.writes,
        total.lost,
        total.units
    );
    let list = |map: &BTreeMap<&'static str, u64>| {
        map.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
    };
    println!("faults: {}", list(&total.faults));
    println!("events: {}", list(&total.events));
    println!("{} passed, {failed} failed", seeds - failed);
}
